#include "compiler/source/excerpt.h"

namespace chasi::source {

namespace {

struct Look {
  const char* word;
  const char* color;
};

Look lookOf(Severity severity) {
  switch (severity) {
  case Severity::Error: return {"error", "\x1b[1;31m"};
  case Severity::Warning: return {"warning", "\x1b[1;33m"};
  case Severity::Note: return {"note", "\x1b[1;36m"};
  }
  return {"error", ""};
}

/// A text of several lines keeps its shape under the word that introduces it.
void printRemark(llvm::raw_ostream& out, unsigned gutter, const char* word, llvm::StringRef text, const Palette& palette) {
  out << std::string(gutter + 1, ' ') << palette.bold << "= " << word << ':' << palette.reset << ' ';
  const std::string indent(gutter + 1 + 4 + std::char_traits<char>::length(word), ' ');
  auto [line, rest] = llvm::StringRef(text).split('\n');
  out << printable(line) << '\n';
  while (!rest.empty()) {
    std::tie(line, rest) = rest.split('\n');
    out << indent << printable(line) << '\n';
  }
}

void printOne(const Diagnostic& d, const SourceSet& sources, llvm::raw_ostream& out, bool color) {
  const Look look = lookOf(d.severity);
  Palette palette;
  if (color) palette = {"\x1b[1;34m", look.color, "\x1b[1;34m", "\x1b[0m"};
  out << palette.primary << look.word << '[' << info(d.code).id << ']' << palette.reset << (color ? "\x1b[1m" : "")
      << ": " << printable(d.message) << palette.reset << '\n';

  // One group of marks a file; the file of the primary place comes first.
  std::vector<Mark> all;
  if (d.span.valid()) all.push_back({d.span, d.label, true});
  for (const Label& label : d.labels) {
    if (label.span.valid()) all.push_back({label.span, label.text, false});
  }
  std::vector<std::pair<FileId, std::vector<Mark>>> groups;
  for (const Mark& mark : all) {
    const FileId file = sources.fileOf(mark.span.begin);
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == file; });
    if (group == groups.end()) group = groups.insert(groups.end(), {file, {}});
    group->second.push_back(mark);
  }
  const unsigned gutter = gutterWidth(sources, all);
  const std::string empty = std::string(gutter + 1, ' ') + "|";
  for (const auto& [file, marks] : groups) {
    const Position at = sources.position(marks.front().span.begin);
    const bool first = file == groups.front().first;
    out << std::string(gutter, ' ') << palette.bold << (first ? "--> " : "::: ") << palette.reset
        << printable(sources.name(file)) << ':' << at.line << ':' << at.column << '\n'
        << palette.bold << empty << palette.reset << '\n';
    drawExcerpt(sources, marks, gutter, palette, out);
  }
  for (const std::string& note : d.notes) printRemark(out, gutter, "note", note, palette);
  if (!d.help.empty()) printRemark(out, gutter, "help", d.help, palette);
  out << '\n';
}

std::string counted(size_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

} // namespace

void printText(const Diagnostics& diagnostics, const SourceSet& sources, llvm::raw_ostream& out, const TextStyle& style) {
  const auto& all = diagnostics.all();
  if (all.empty()) return;
  size_t printed = 0;
  size_t warnings = 0;
  for (const Diagnostic& d : all) {
    if (d.severity == Severity::Warning) ++warnings;
    if (printed == style.maxDiagnostics) continue;
    printOne(d, sources, out, style.color);
    ++printed;
  }
  std::string total;
  if (diagnostics.errorCount() > 0) total = counted(diagnostics.errorCount(), "error");
  if (warnings > 0) total += (total.empty() ? "" : ", ") + counted(warnings, "warning");
  if (printed < all.size()) total += fmt::format("{}{} not shown", total.empty() ? "" : ", ", all.size() - printed);
  if (!total.empty() && (style.total || printed < all.size())) out << total << '\n';
}

} // namespace chasi::source
