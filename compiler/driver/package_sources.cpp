#include "compiler/driver/package_sources.h"

#include "compiler/package/vendored.h"
#include "compiler/package/workspace.h"
#include "compiler/syntax/parse.h"
#include "runtime/image/json_text.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace chasi::driver {

namespace {

namespace fs = llvm::sys::fs;
using package::workspaceError;
using source::Code;

std::string plural(size_t n) { return n == 1 ? "" : "s"; }

} // namespace

image::Artifact packageArtifact(const package::Manifest& manifest, const package::Content& content) {
  image::Artifact out;
  out.type = kPackageType;
  out.layerType = kPackageLayer;
  out.annotations = {{"org.opencontainers.image.title", manifest.name}, {"org.opencontainers.image.version", manifest.version.str()}, {"dev.chasi.package.digest", package::digestOf(content)}};
  if (!manifest.description.empty()) out.annotations["org.opencontainers.image.description"] = manifest.description;
  out.files = content;
  return out;
}

std::string packageReference(const std::string& name, const package::Version& version) { return name + ":" + version.str(); }

llvm::Expected<package::Manifest> manifestOf(const package::Content& content, const std::string& name, const std::string& where) {
  const auto file = content.find("workspace.chasi");
  if (file == content.end()) return workspaceError(Code::BadSource, fmt::format("{} is no package: it has no workspace.chasi", where), "a package says `package \"OWNER.NAME\" { version = \"…\" }` there");
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  const source::FileId id = sources.add("workspace.chasi", file->second);
  const syntax::Tree tree = syntax::parse(sources, id, diagnostics);
  package::Manifest manifest = package::readManifest(tree.root(), diagnostics);
  if (diagnostics.hasErrors()) {
    const auto& first = diagnostics.all().front();
    return workspaceError(Code::BadSource, fmt::format("{} is no usable package: line {} of its workspace.chasi: {}", where, sources.position(first.span.begin).line, first.message),
                          fmt::format("{} mistake{} to mend there", diagnostics.errorCount(), plural(diagnostics.errorCount())));
  }
  if (manifest.name == name) return manifest;
  return workspaceError(Code::BadSource, manifest.name.empty() ? fmt::format("{} is no package: its workspace.chasi does not name one", where) : fmt::format("{} is package {}, not {}", where, manifest.name, name));
}

bool isRegistry(llvm::StringRef from) { return from.starts_with(image::kRegistryScheme); }

llvm::Expected<std::unique_ptr<image::Repository>> repositoryOf(const std::string& from, const std::string& name, image::Repository::Access access) {
  auto address = image::parseRepository(llvm::StringRef(from).rtrim('/').str() + "/" + name);
  if (!address) return address.takeError();
  return std::make_unique<image::Repository>(std::move(*address), access);
}

llvm::Expected<std::optional<image::Artifact>> pullPackage(image::Repository& repository, const package::Version& version) {
  auto text = repository.manifest(version.str());
  if (!text) return text.takeError();
  if (!*text) return std::nullopt;
  const std::string where = fmt::format("{}:{}", repository.address().str(), version.str());
  auto manifest = image::parseJson(**text, where);
  if (!manifest) return manifest.takeError();
  auto artifact = image::readArtifact(where, *manifest, kPackageType, {package::kMaxPackageBytes, package::kMaxPackageFiles},
                                      [&](const image::Descriptor& blob, uint64_t most) { return repository.blob(blob, most); });
  if (!artifact) return artifact.takeError();
  return std::move(*artifact);
}

std::string PackageSources::place(const std::string& from) const {
  llvm::SmallString<256> out(llvm::sys::path::is_absolute(from) ? "" : root_);
  llvm::sys::path::append(out, from);
  llvm::sys::path::remove_dots(out, true);
  return out.str().str();
}

bool PackageSources::isLayout(const std::string& from) const { return !from.empty() && !isRegistry(from) && fs::exists(place(from) + "/oci-layout"); }

llvm::Expected<std::pair<package::Content, package::Manifest>> PackageSources::folder(const std::string& name, const std::string& from) {
  const std::string shown = from.empty() ? "vendor/" + name : from, at = place(shown);
  if (!fs::is_directory(at))
    return workspaceError(Code::BadSource, fmt::format("{} is no folder", shown), from.empty() ? fmt::format("say where the package comes from: `chasic mod add {} --from SOURCE`", name) : "a source is the folder of a package, or an OCI layout with packages");
  auto content = package::readContent(at);
  if (!content) return content.takeError();
  auto manifest = manifestOf(*content, name, shown);
  if (!manifest) return manifest.takeError();
  return std::pair(std::move(*content), std::move(*manifest));
}

llvm::Expected<std::vector<package::Version>> PackageSources::versions(const std::string& name, const std::string& from) {
  if (isRegistry(from)) return registryVersions(name, from);
  if (isLayout(from)) return layoutVersions(name, from);
  auto found = folder(name, from);
  if (!found) return found.takeError();
  return std::vector<package::Version>{found->second.version};
}

llvm::Expected<image::Repository*> PackageSources::repository(const std::string& name, const std::string& from) {
  auto& known = repositories_[from + "\n" + name];
  if (known) return known.get();
  auto made = repositoryOf(from, name, image::Repository::Access::Pull);
  if (!made) return made.takeError();
  known = std::move(*made);
  return known.get();
}

llvm::Expected<std::vector<package::Version>> PackageSources::registryVersions(const std::string& name, const std::string& from) {
  auto there = repository(name, from);
  if (!there) return there.takeError();
  auto tags = (*there)->tags();
  if (!tags) return tags.takeError();
  std::vector<package::Version> out;
  for (const std::string& tag : *tags)
    if (const auto version = package::Version::parse(tag)) out.push_back(*version);
  if (!out.empty()) return out;
  return workspaceError(Code::BadSource, fmt::format("{} has no package {}: {}", from, name, tags->empty() ? fmt::format("there is no repository {}", (*there)->address().str()) : "no tag of its repository is a version"),
                        fmt::format("`chasic mod pack --push {}` publishes a package there", from));
}

llvm::Expected<std::vector<package::Version>> PackageSources::layoutVersions(const std::string& name, const std::string& from) {
  auto names = image::artifactNames(place(from), kPackageType);
  if (!names) return names.takeError();
  std::vector<package::Version> out;
  std::vector<std::string> others;
  for (const std::string& reference : *names) {
    const auto [packageName, text] = llvm::StringRef(reference).rsplit(':');
    if (const auto version = package::Version::parse(text); version && packageName == name) out.push_back(*version);
    else if (packageName != name && (others.empty() || others.back() != packageName)) others.push_back(packageName.str());
  }
  if (!out.empty()) return out;
  const std::string near = source::nearest(name, others);
  return workspaceError(Code::BadSource, fmt::format("the layout {} has no package {}", from, name),
                        !near.empty() ? fmt::format("did you mean {}?", near) : others.empty() ? "it has no packages; `chasic mod pack` puts one there" : fmt::format("it has {}", fmt::join(others, ", ")));
}

llvm::Expected<package::Content> PackageSources::content(const std::string& name, const package::Version& version, const std::string& from) {
  const std::string key = fmt::format("{}\n{}\n{}", from, name, version.str());
  if (const auto at = read_.find(key); at != read_.end()) return at->second;
  const package::Locked* locked = lock_.find(name);
  if (locked && locked->version == version && locked->from == from && fs::is_directory(package::vendorFolder(root_, name))) {
    auto there = package::readContent(package::vendorFolder(root_, name));
    if (there && package::digestOf(*there) == locked->digest) return read_[key] = std::move(*there);
    if (!there) llvm::consumeError(there.takeError()); // damaged: the source has it whole
  }
  if (!isPublished(from)) {
    auto found = folder(name, from);
    if (!found) return found.takeError();
    if (found->second.version != version) return workspaceError(Code::BadSource, fmt::format("{} is {} {} now, not {}", from.empty() ? "vendor/" + name : from, name, found->second.version.str(), version.str()), fmt::format("`chasic mod update {}` takes it", name));
    return read_[key] = std::move(found->first);
  }
  auto files = published(name, version, from);
  if (!files) return files.takeError();
  return read_[key] = std::move(*files);
}

llvm::Expected<package::Content> PackageSources::published(const std::string& name, const package::Version& version, const std::string& from) {
  std::optional<image::Artifact> artifact;
  if (isRegistry(from)) {
    auto there = repository(name, from);
    if (!there) return there.takeError();
    auto pulled = pullPackage(**there, version);
    if (!pulled) return pulled.takeError();
    artifact = std::move(*pulled);
    if (!artifact) return workspaceError(Code::BadSource, fmt::format("{} has no {} {}", from, name, version.str()));
  } else {
    auto read = image::readArtifact(place(from), packageReference(name, version), kPackageType, {package::kMaxPackageBytes, package::kMaxPackageFiles});
    if (!read) return read.takeError();
    artifact = std::move(*read);
  }
  for (const auto& [path, text] : artifact->files)
    if (!package::isContentPath(path)) return workspaceError(Code::BadSource, fmt::format("{} {} of {} holds \"{}\", which no package may", name, version.str(), from, path));
  auto manifest = manifestOf(artifact->files, name, fmt::format("{} of {}", packageReference(name, version), from));
  if (!manifest) return manifest.takeError();
  if (manifest->version != version) return workspaceError(Code::BadSource, fmt::format("{} of {} says in its workspace.chasi that it is {}", packageReference(name, version), from, manifest->version.str()));
  return std::move(artifact->files);
}

llvm::Expected<std::map<std::string, package::Catalog::Need>> PackageSources::needs(const std::string& name, const package::Version& version, const std::string& from) {
  auto files = content(name, version, from);
  if (!files) return files.takeError();
  auto manifest = manifestOf(*files, name, from.empty() ? "vendor/" + name : from);
  if (!manifest) return manifest.takeError();
  std::map<std::string, Need> out;
  for (const package::Required& r : manifest->requires_) out[r.name] = {r.least, r.from};
  return out;
}

std::string PackageSources::sourceFor(const std::string& name, const std::string& askerSource, const std::string& askerFrom) {
  if (const package::Locked* locked = lock_.find(name)) return locked->from;
  if (isRegistry(askerFrom)) return askerFrom;
  if (isPublished(askerSource)) return askerSource;
  if (!askerSource.empty() && !askerFrom.empty()) {
    const std::string at = place(askerSource + "/" + askerFrom);
    return package::relativePath(root_, at);
  }
  return "";
}

} // namespace chasi::driver
