// A workspace as `chasic mod` changes it: workspace.chasi, chasi.lock and vendor/ together.
#pragma once

#include "compiler/driver/package_sources.h"
#include "compiler/driver/report.h"
#include "compiler/package/vendored.h"
#include "compiler/package/workspace.h"

namespace chasi::driver {

class ModWorkspace {
public:
  /// Reads workspace.chasi and chasi.lock of the workspace that PATH belongs to. What is wrong in them is printed, and `exit`
  /// is set; then there is nothing.
  static std::unique_ptr<ModWorkspace> open(const std::string& path, const Terminal& terminal, int& exit);

  std::string root;     ///< absolute
  std::string shown;    ///< how workspace.chasi is named in messages
  std::string text;     ///< of workspace.chasi; empty when there is none
  package::Manifest manifest;
  package::Lock lock;

  /// Sets what is required of a package, in `text` and `manifest`. The rest of the file keeps its words and comments.
  void require(const std::string& name, const package::Version& least, const std::string& from);

  /// Selects versions and makes vendor/, chasi.lock and workspace.chasi say so; in this order, so that a killed run leaves
  /// something that `check` tells of and the next run mends. `fresh` are packages whose locked version and content do not
  /// bind: they are taken as their sources have them.
  llvm::Error settle(const std::vector<std::string>& fresh, const Terminal& terminal);

private:
  std::string before_; ///< workspace.chasi as it is on the disk
  llvm::Expected<package::Lock> collect(PackageSources& sources, const std::vector<package::Selected>& selected, const std::vector<std::string>& fresh, std::map<std::string, package::Content>& contents);
  llvm::Error write(const package::Lock& next, const std::map<std::string, package::Content>& contents);
  void tell(const package::Lock& next, const Terminal& terminal) const;
  bool parse(const Terminal& terminal);
};

} // namespace chasi::driver
