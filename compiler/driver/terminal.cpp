#include "compiler/driver/terminal.h"

#include "runtime/os/replace_file.h"
#include "runtime/plan/fault.h"

#include <llvm/Support/Process.h>
#include <llvm/Support/ToolOutputFile.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

namespace chasi::driver {

Terminal terminalFor(const Invocation& invocation) {
  Terminal t;
  const std::string color = invocation.get("--color", "auto");
  const char* none = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool able = !(none && *none) && term && llvm::StringRef(term) != "dumb";
  t.outColor = color == "always" || (color == "auto" && able && isatty(STDOUT_FILENO));
  t.errColor = color == "always" || (color == "auto" && able && isatty(STDERR_FILENO));
  t.live = isatty(STDERR_FILENO) && term && llvm::StringRef(term) != "dumb";
  t.quiet = invocation.has("--quiet");
  t.verbose = invocation.has("--verbose");
  return t;
}

size_t terminalWidth() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::optional<std::chrono::milliseconds> durationOf(llvm::StringRef text) {
  unsigned long long n = 0;
  if (text.consumeInteger(10, n)) return std::nullopt;
  if (text == "ms") return std::chrono::milliseconds(n);
  if (text == "s" || text.empty()) return std::chrono::seconds(n);
  if (text == "m" || text == "min") return std::chrono::minutes(n);
  if (text == "h") return std::chrono::hours(n);
  return std::nullopt;
}

std::string inWords(std::chrono::milliseconds duration) {
  const auto ms = duration.count();
  return ms < 1000 ? fmt::format("{} ms", ms) : fmt::format("{:.1f} s", static_cast<double>(ms) / 1000);
}

Answer confirm(const std::string& question) {
  if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) return {};
  llvm::errs() << question << " [y/N] ";
  llvm::errs().flush();
  std::string line;
  if (!std::getline(std::cin, line)) return {true, false};
  return {true, line == "y" || line == "Y" || line == "yes"};
}

int finish(int code) {
  llvm::outs().flush();
  if (!llvm::outs().has_error()) return code;
  const std::error_code why = llvm::outs().error();
  llvm::outs().clear_error(); // otherwise LLVM ends the program in its own words
  // Whoever reads from us has seen enough, as `head` does; that is no failure of ours, but nothing was shown either.
  if (why != std::errc::broken_pipe) llvm::errs() << "chasic: standard output cannot be written: " << why.message() << '\n';
  return code == kDone || code == kChanges ? kUnreachable : code;
}

llvm::Error writeFile(const std::string& path, llvm::StringRef text) {
  if (const std::error_code code = os::replaceFile(path, text))
    return plan::fault("CH6008", fmt::format("{} cannot be written: {}", path, code.message()), "name a file in a folder that may be written and has room");
  return llvm::Error::success();
}

bool agreedTo(const Invocation& invocation, const std::string& question, int& exit) {
  if (invocation.has("--yes")) return true;
  const Answer answer = confirm(question);
  if (answer.yes) return true;
  llvm::errs() << (answer.asked ? "nothing was changed\n" : "chasic: nothing is changed without a confirmation; without a terminal, say --yes\n");
  exit = answer.asked ? kDone : kUsage;
  return false;
}

} // namespace chasi::driver
