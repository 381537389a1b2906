// Where packages come from: folders, OCI layouts, and what was put into vendor/ by hand. Only `chasic mod` asks.
#pragma once

#include "compiler/package/content.h"
#include "compiler/package/select.h"
#include "runtime/image/artifact.h"

namespace chasi::driver {

inline constexpr const char* kPackageType = "application/vnd.chasi.package.v1";
inline constexpr const char* kPackageLayer = "application/vnd.chasi.package.v1.tar";

/// The artifact of a package, and the name under which a layout has it: `acme.platform:1.4.0`.
image::Artifact packageArtifact(const package::Manifest& manifest, const package::Content& content);
std::string packageReference(const std::string& name, const package::Version& version);

/// The manifest in a package's content; CH8027 when it is none of this name. `where` names the source in messages.
llvm::Expected<package::Manifest> manifestOf(const package::Content& content, const std::string& name, const std::string& where);

/// Sources are spelled relative to `root`; empty means vendor/NAME. One thread; what was read is kept.
class PackageSources : public package::Catalog {
public:
  PackageSources(std::string root, package::Lock lock) : root_(std::move(root)), lock_(std::move(lock)) {}

  llvm::Expected<std::vector<package::Version>> versions(const std::string& name, const std::string& from) override;
  llvm::Expected<std::map<std::string, Need>> needs(const std::string& name, const package::Version& version, const std::string& from) override;
  std::string sourceFor(const std::string& name, const std::string& askerSource, const std::string& askerFrom) override;

  /// The content of that version: what vendor/ has when that is what the lock says, otherwise what the source has.
  llvm::Expected<package::Content> content(const std::string& name, const package::Version& version, const std::string& from);
  bool isLayout(const std::string& from) const;

private:
  std::string root_;
  package::Lock lock_;
  std::map<std::string, package::Content> read_; ///< by source, name and version

  std::string place(const std::string& from) const;
  llvm::Expected<std::pair<package::Content, package::Manifest>> folder(const std::string& name, const std::string& from);
};

} // namespace chasi::driver
