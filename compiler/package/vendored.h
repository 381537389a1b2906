// The packages of a workspace as evaluation sees them: what chasi.lock has, in vendor/NAME, with the content that it says.
// Looks at nothing else; a source is never asked.
#pragma once

#include "compiler/package/lock.h"
#include "compiler/package/manifest.h"

namespace chasi::package {

struct Vendored {
  std::string folder;             ///< absolute; empty when it cannot be used
  std::vector<std::string> needs; ///< names that its own files may import
};

struct VendoredPackages {
  std::vector<std::string> direct; ///< what the workspace requires
  std::map<std::string, Vendored> all;
};

/// `root/vendor/NAME`.
std::string vendorFolder(const std::string& root, const std::string& name);

/// Every package that the workspace needs. Reports CH8021 to CH8025 where it is required.
VendoredPackages vendoredPackages(const std::string& root, const Manifest& manifest, source::Diagnostics& diagnostics);

} // namespace chasi::package
