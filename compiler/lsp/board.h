// What is wrong in each file. Several modules may have a file, and each says what it finds there.
#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <set>
#include <string>

namespace chasi::lsp {

/// Diagnostics of the protocol by file.
using Findings = std::map<std::string, nlohmann::json>;

class Board {
public:
  /// Takes what a module has found in place of what it found before. Gives the files of which something else is known now.
  std::set<std::string> tell(const std::string& module, Findings findings);
  /// The same of one file alone; what the module has found in others stays.
  void tell(const std::string& module, const std::string& file, nlohmann::json list);
  /// Nothing is known of a module any more. Gives the files that it spoke of.
  std::set<std::string> forget(const std::string& module) { return tell(module, {}); }
  /// A file that is gone.
  void drop(const std::string& file);
  /// Everything that is wrong in a file; what several modules say is there once.
  nlohmann::json of(const std::string& file) const;
  /// Files with something wrong in them.
  std::set<std::string> files() const;
  /// Modules that have found something.
  std::set<std::string> modules() const;

private:
  std::map<std::string, Findings> said_; ///< by module
};

} // namespace chasi::lsp
