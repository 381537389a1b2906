// What is known about standard output and standard error: colours, width, how much to say.
#pragma once

#include "compiler/driver/command.h"

#include <llvm/Support/raw_ostream.h>

#include <chrono>
#include <optional>
#include <string>

namespace chasi::driver {

struct Terminal {
  bool outColor = false;
  bool errColor = false;
  bool live = false;    ///< standard error is a terminal that can redraw lines
  bool quiet = false;   ///< -q: results and errors only
  bool verbose = false; ///< -v
};

/// By --color, NO_COLOR, TERM and what the streams are.
Terminal terminalFor(const Invocation& invocation);
/// Columns of standard error's terminal; 80 when it is none.
size_t terminalWidth();

/// Asks on the terminal; anything but y or yes is no. Without a terminal the answer is no and `asked` false.
struct Answer {
  bool asked = false;
  bool yes = false;
};
Answer confirm(const std::string& question);
/// --yes, or asks. Otherwise nothing happens, and `exit` says so.
bool agreedTo(const Invocation& invocation, const std::string& question, int& exit);

/// Standard output is closed or full: reports it once. Returns `code`, or kUnreachable when output was lost.
int finish(int code);

/// "340 ms", "1.5 s".
std::string inWords(std::chrono::milliseconds duration);
/// "90s", "5min", "1h", "300ms"; a number alone is seconds. Nothing for anything else.
std::optional<std::chrono::milliseconds> durationOf(llvm::StringRef text);

/// Writes what belongs into a file in one step: a temporary beside it, then a rename. CH0001-like text in the error.
llvm::Error writeFile(const std::string& path, llvm::StringRef text);

} // namespace chasi::driver
