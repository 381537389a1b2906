#include "compiler/driver/help.h"

#include <fmt/format.h>
#include <llvm/Support/Unicode.h>

namespace chasi::driver {

namespace {

void line(llvm::raw_ostream& out, const std::string& left, llvm::StringRef right, size_t width) {
  const size_t columns = llvm::sys::unicode::columnWidthUTF8(left);
  out << "  " << left;
  if (columns + 2 > width) out << '\n' << std::string(width + 2, ' ');
  else out << std::string(width - columns, ' ');
  auto [first, rest] = right.split('\n');
  out << first << '\n';
  while (!rest.empty()) {
    std::tie(first, rest) = rest.split('\n');
    out << std::string(width + 2, ' ') << first << '\n';
  }
}

std::string spelled(const Flag& f) {
  std::string text = f.shortName ? fmt::format("-{}, {}", f.shortName, f.name) : f.name;
  if (f.value) text += fmt::format(" {}", f.choices ? f.choices : f.value);
  return text;
}

} // namespace

void printHelp(llvm::raw_ostream& out, bool all) {
  out << "chasic " << CHASI_VERSION << ": from specifications in .chasi to running systems\n\nusage: chasic COMMAND [PATH] [FLAGS]\n\n";
  for (const Command& c : commands()) line(out, fmt::format("{} {}", c.name, c.positional), c.summary, 34);
  if (!all) {
    out << "\n`chasic COMMAND --help` tells more about one.\n";
    return;
  }
  out << "\nPATH is a folder (one module) or a file; the current folder unless said otherwise.\n\nFlags of every command:\n";
  for (const Flag& f : outputFlags()) line(out, spelled(f), f.help, 34);
  out << "\nExit codes: 0 done, 1 the specification is wrong, 2 changes (plan, diff --detailed-exitcode), 3 applying is incomplete,\n"
         "4 a cluster, registry or file could not be reached, 64 wrong usage, 130 interrupted.\n"
         "`chasic COMMAND --help` tells more about one; `chasic explain CODE` about an error.\n";
}

void printGroupHelp(llvm::StringRef group, llvm::raw_ostream& out) {
  out << "usage: chasic " << group << " COMMAND\n\n";
  for (const Command& c : commands())
    if (llvm::StringRef(c.name).split(' ').first == group) line(out, fmt::format("{} {}", c.name, c.positional), c.summary, 40);
}

void printCommandHelp(const Command& c, llvm::raw_ostream& out) {
  out << "usage: chasic " << c.name << (*c.positional ? " " : "") << c.positional << (c.flags.empty() ? "" : " [FLAGS]") << "\n\n" << c.summary << '\n';
  if (*c.text) out << '\n' << c.text << '\n';
  if (!c.flags.empty()) {
    out << "\nflags:\n";
    for (const Flag& f : c.flags) line(out, spelled(f), f.help, 28);
  }
  if (*c.examples) out << "\nexamples:\n" << c.examples << '\n';
}

} // namespace chasi::driver
