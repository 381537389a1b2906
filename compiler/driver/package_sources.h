// Where packages come from: folders, OCI layouts, registries, and what was put into vendor/ by hand. Only `chasic mod` asks.
#pragma once

#include "compiler/package/content.h"
#include "compiler/package/select.h"
#include "runtime/image/artifact.h"
#include "runtime/image/registry.h"

namespace chasi::driver {

inline constexpr const char* kPackageType = "application/vnd.chasi.package.v1";
inline constexpr const char* kPackageLayer = "application/vnd.chasi.package.v1.tar";

/// The artifact of a package, and the name under which a layout has it: `acme.platform:1.4.0`.
image::Artifact packageArtifact(const package::Manifest& manifest, const package::Content& content);
std::string packageReference(const std::string& name, const package::Version& version);

/// A source is a registry: oci://HOST/PATH. Its packages are repositories below that path, their versions are tags.
bool isRegistry(llvm::StringRef from);
llvm::Expected<std::unique_ptr<image::Repository>> repositoryOf(const std::string& from, const std::string& name, image::Repository::Access access);

/// The artifact of a package, when it is there.
llvm::Expected<std::optional<image::Artifact>> pullPackage(image::Repository& repository, const package::Version& version);

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
  /// Published versions are what the source has: they keep their content. A folder is worked on.
  bool isPublished(const std::string& from) const { return isRegistry(from) || isLayout(from); }

private:
  std::string root_;
  package::Lock lock_;
  std::map<std::string, package::Content> read_; ///< by source, name and version

  std::map<std::string, std::unique_ptr<image::Repository>> repositories_; ///< by source and name

  llvm::Expected<image::Repository*> repository(const std::string& name, const std::string& from);
  llvm::Expected<std::vector<package::Version>> layoutVersions(const std::string& name, const std::string& from);
  llvm::Expected<std::vector<package::Version>> registryVersions(const std::string& name, const std::string& from);
  llvm::Expected<package::Content> published(const std::string& name, const package::Version& version, const std::string& from);
  std::string place(const std::string& from) const;
  llvm::Expected<std::pair<package::Content, package::Manifest>> folder(const std::string& name, const std::string& from);
};

} // namespace chasi::driver
