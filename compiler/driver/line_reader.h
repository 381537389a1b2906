// Lines that somebody types or pipes in.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace chasi::driver {

/// What a line can go on with: the word before the cursor, and what could stand in its place.
struct LineCompletion {
  std::string word;
  std::vector<std::string> candidates;
};

class LineReader {
public:
  virtual ~LineReader() = default;
  enum class End : uint8_t { Line, Interrupted, Closed };
  /// The next line without its line break. Interrupted: Ctrl-C, the line is dropped.
  virtual End next(bool continues, std::string& line) = 0;
  /// Keeps it for the arrow keys and the next time.
  virtual void remember(const std::string& entry) = 0;
  virtual bool interactive() const = 0;
};

/// On a terminal with editing, history and completion; else, or when libedit is missing (`problem` says so), as lines come.
std::unique_ptr<LineReader> lineReader(std::function<LineCompletion(const std::string&)> complete, std::string& problem);

/// The user's state folder: XDG_STATE_HOME or ~/.local/state, with our part of it. Empty when neither is known.
std::string userStateFolder();

} // namespace chasi::driver
