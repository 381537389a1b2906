// Which version of each package is used: minimal version selection.
//
// Everybody names the least version that works. The version that is used is the lowest one there is that meets all of them.
// So nothing gets newer because something newer was published, the answer needs no search, and a version is only ever as
// new as somebody asked for. A version that is locked already is kept while it meets everybody.
#pragma once

#include "compiler/package/lock.h"
#include "compiler/package/manifest.h"

namespace chasi::package {

/// What is known about packages outside of the workspace. Sources are spelled relative to the root of the workspace.
class Catalog {
public:
  struct Need {
    Requirement least;
    std::string from; ///< as the package itself says it
  };
  virtual ~Catalog() = default;
  /// The versions that a source has of a package, in any order.
  virtual llvm::Expected<std::vector<Version>> versions(const std::string& name, const std::string& from) = 0;
  /// What that version of it requires.
  virtual llvm::Expected<std::map<std::string, Need>> needs(const std::string& name, const Version& version, const std::string& from) = 0;
  /// Where a package is looked for that another one requires, when the workspace does not say it.
  virtual std::string sourceFor(const std::string& name, const std::string& askerSource, const std::string& askerFrom) = 0;
};

struct Selected {
  std::string name;
  Version version;
  std::string from;
  std::map<std::string, std::string> needs; ///< names and least versions
};

/// All packages that the workspace needs, by name. CH8026 when requirements exclude each other, CH8027 when a source does
/// not have what is asked of it; both tell who asked, link by link.
llvm::Expected<std::vector<Selected>> select(const Manifest& workspace, const Lock& lock, Catalog& catalog);

} // namespace chasi::package
