#include "runtime/image/sources.h"

#include "runtime/image/json_text.h"
#include "runtime/image/layout_writer.h"
#include "runtime/image/transfer.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <set>

namespace chasi::image {

using nlohmann::json;

namespace {

std::string below(const std::string& root, const std::string& path) {
  return (std::filesystem::path(root) / path).string(); // an absolute path stays as it is
}

llvm::Error notAsked(const std::string& what) {
  return fault(FaultCode::RegistryOffline, fmt::format("{} is not here, and this build asks no registry", what), "build once with a network, or carry the folder with what was fetched over here; without --offline it is fetched");
}

llvm::Expected<LayoutLock> lockOf(const std::string& layout, const BuildOptions& options) {
  if (layout.empty()) return fault(FaultCode::BadDescription, "images from registries and archives need a folder that keeps them");
  return LayoutLock::take(layout, options.lockPatience, [&] {
    if (options.event) options.event({Event::Kind::Waiting, layout, 0});
  });
}

/// An image of a registry as far as its manifests go. They are asked for once, and stay in the cache under their digest.
class Remote {
public:
  Remote(const ImageSource& source, ImageAddress address, const BuildOptions& options) : source_(source), address_(std::move(address)), options_(options), layout_(options.fetchedDir) {}

  static llvm::Expected<Remote> of(const ImageSource& source, const BuildOptions& options) {
    auto address = parseImageAddress(source.registry);
    if (!address) return address.takeError();
    auto digest = Digest::parse(source.digest);
    if (!digest) return digest.takeError();
    address->digest = std::move(*digest);
    return Remote(source, std::move(*address), options);
  }

  const RepositoryAddress& repository() const { return address_.repository; }
  const std::string& layout() const { return layout_; }

  /// The pin says nothing of type and size: the document does.
  llvm::Expected<Descriptor> root() {
    Descriptor d;
    d.digest = address_.digest;
    const std::string path = blobPath(layout_, d.digest);
    if (layout_.empty() || !exists(path)) {
      auto text = ask(d.digest);
      if (!text) return text.takeError();
    }
    auto text = readWhole(path, maxManifestSize, FaultCode::BadLayout);
    if (!text) return text.takeError();
    auto document = parseJson(*text, path);
    if (!document) return document.takeError();
    d.size = text->size();
    const bool says = document->is_object() && document->contains("mediaType") && (*document)["mediaType"].is_string();
    d.mediaType = says ? (*document)["mediaType"].get<std::string>() : document->contains("manifests") ? media::index : media::manifest;
    return d;
  }

  llvm::Expected<json> manifest(const Descriptor& d) {
    if (!hasBlob(layout_, d))
      if (auto text = ask(d.digest); !text) return text.takeError();
    return readJsonBlob(layout_, d, maxManifestSize);
  }

  /// Brings the config that a manifest names.
  llvm::Error config(const json& manifest) {
    auto d = configOf(manifest);
    if (!d || hasBlob(layout_, *d)) return d.takeError();
    return bring(address_.repository, {*d}, layout_, options_);
  }

  llvm::Expected<Descriptor> configOf(const json& manifest) const {
    if (manifest.is_object() && manifest.contains("config")) return parseDescriptor(manifest["config"], source_.str() + ": config");
    return fault(FaultCode::RegistryAnswer, fmt::format("{} is no image: it has no config", source_.str()));
  }

private:
  const ImageSource& source_;
  ImageAddress address_;
  const BuildOptions& options_;
  std::string layout_;
  std::unique_ptr<Repository> repository_;

  /// From the registry into the cache.
  llvm::Expected<std::string> ask(const Digest& digest) {
    if (options_.offline) return notAsked(fmt::format("{} of {}", digest.str(), source_.str()));
    auto lock = lockOf(layout_, options_);
    if (!lock) return lock.takeError();
    if (!repository_) repository_ = std::make_unique<Repository>(address_.repository, Repository::Access::Pull);
    auto found = repository_->fetchManifest(digest.str());
    if (!found) return found.takeError();
    if (!*found)
      return fault(FaultCode::RegistryUnknown, fmt::format("{} has no {} of {}", address_.repository.host, digest.str(), source_.str()),
                   "somebody deleted it, or the login does not show it; `chasic image pin --update` pins what the address leads to today");
    if (auto put = putBlob(*lock, digest, (*found)->text); !put) return put.takeError();
    if (options_.event) options_.event({Event::Kind::BlobFetched, fmt::format("fetched {}", digest.str()), (*found)->text.size()});
    return std::move((*found)->text);
  }
};

llvm::Error missing(const ImageSource& source, const Platform& platform, const std::string& offered) {
  return fault(FaultCode::UnknownReference, fmt::format("{} is for no {}", source.str(), platform.str()),
               (offered.empty() ? std::string("it names no platform at all") : "it is for " + offered) + "; leave that platform out, or write the address with its digest: then it travels as it is");
}

/// What travels of an index: the images that are for the platforms, in its order. Nothing when that is all that it has.
llvm::Expected<std::optional<SmallBlob>> reduced(const ImageSource& source, json index, const Descriptor& root, const std::vector<Platform>& platforms) {
  auto entries = children(index, source.str());
  if (!entries) return entries.takeError();
  json kept = json::array();
  std::set<Platform> served;
  std::string offered;
  for (size_t i = 0; i < entries->size(); ++i) {
    const std::optional<Platform>& is = (*entries)[i].platform;
    if (!is) continue;
    offered += (offered.empty() ? "" : ", ") + is->str();
    std::vector<Platform> here;
    llvm::copy_if(platforms, std::back_inserter(here), [&](const Platform& p) { return serves(*is, p); });
    served.insert(here.begin(), here.end());
    if (!here.empty()) kept.push_back(index["manifests"][i]);
  }
  for (const Platform& p : platforms)
    if (!served.contains(p)) return missing(source, p, offered);
  if (kept.size() == entries->size()) return std::nullopt;
  index["manifests"] = std::move(kept);
  if (!index.contains("annotations") || !index["annotations"].is_object()) index["annotations"] = json::object();
  index["annotations"][annotation::origin] = root.digest.str();
  SmallBlob out;
  out.content = canonical(index);
  out.descriptor.mediaType = root.mediaType;
  out.descriptor.digest = sha256(out.content);
  out.descriptor.size = out.content.size();
  return out;
}

/// A single image says in its config what it is for; what is no container image is for everything.
llvm::Error checkSingle(const ImageSource& source, Remote& remote, const Descriptor& root, const std::vector<Platform>& platforms) {
  auto manifest = remote.manifest(root);
  if (!manifest) return manifest.takeError();
  auto d = remote.configOf(*manifest);
  if (!d) return d.takeError();
  if (d->mediaType != media::config && d->mediaType != media::dockerConfig) return llvm::Error::success();
  if (llvm::Error e = remote.config(*manifest)) return e;
  auto config = readJsonBlob(remote.layout(), *d, maxConfigSize);
  if (!config) return config.takeError();
  const Platform is = platformOf(*config);
  for (const Platform& p : platforms)
    if (!serves(is, p)) return missing(source, p, is.os.empty() ? "" : is.str());
  return llvm::Error::success();
}

llvm::Expected<CarriedImage> carriedFrom(const ImageSource& source, Remote remote, const std::vector<Platform>& platforms) {
  CarriedImage out;
  out.ref = source.registry;
  out.layout = remote.layout();
  out.from = remote.repository();
  auto root = remote.root();
  if (!root) return root.takeError();
  out.root = std::move(*root);
  const bool whole = llvm::StringRef(source.registry).contains('@');
  if (!whole && media::isIndex(out.root.mediaType)) {
    auto index = remote.manifest(out.root);
    if (!index) return index.takeError();
    auto made = reduced(source, std::move(*index), out.root, platforms);
    if (!made) return made.takeError();
    out.made = std::move(*made);
    if (out.made) out.root = out.made->descriptor;
  } else if (!whole) {
    if (llvm::Error e = checkSingle(source, remote, out.root, platforms)) return e;
  }
  auto blobs = reachable(source.registry, out.root, [&](const Descriptor& d) -> llvm::Expected<json> {
    if (out.made && d.digest == out.made->descriptor.digest) return parseJson(out.made->content, source.registry);
    return remote.manifest(d);
  });
  if (!blobs) return blobs.takeError();
  out.blobs = std::move(*blobs);
  return out;
}

llvm::Expected<BaseImage> baseFrom(const ImageSource& source, Remote remote, const Platform& platform) {
  auto root = remote.root();
  if (!root) return root.takeError();
  auto document = remote.manifest(*root);
  if (!document) return document.takeError();
  if (media::isIndex(root->mediaType)) {
    auto chosen = manifestFor(*document, source.registry, platform);
    if (!chosen) return chosen.takeError();
    *root = std::move(*chosen);
    document = remote.manifest(*root);
    if (!document) return document.takeError();
  }
  if (llvm::Error e = remote.config(*document)) return e;
  auto image = loadBase(remote.layout(), *root, source.registry, platform);
  if (image) image->from = remote.repository();
  return image;
}

/// An image of a layout or archive.
struct Place {
  std::string layout;
  Descriptor root;
  std::string name; ///< in the layout or archive, if any
};

llvm::Expected<Place> placeOf(const ImageSource& source, const BuildOptions& options) {
  Place out{below(options.workspaceRoot, source.layout), {}, source.ref};
  if (source.archive.empty()) {
    auto root = findReference(out.layout, source.ref);
    if (!root) return root.takeError();
    out.root = std::move(*root);
    return out;
  }
  if (options.fetchedDir.empty()) return fault(FaultCode::BadDescription, "images from archives need a folder that keeps them");
  auto loaded = keepArchive(below(options.workspaceRoot, source.archive), options.fetchedDir, source.ref, options.lockPatience);
  if (!loaded) return loaded.takeError();
  return Place{options.fetchedDir, std::move(loaded->second), std::move(loaded->first)};
}

} // namespace

llvm::Error bring(const RepositoryAddress& from, const std::vector<Descriptor>& blobs, const std::string& layout, const BuildOptions& options, const std::string& other) {
  std::vector<Descriptor> wanted;
  for (const Descriptor& d : blobs)
    if (!pointsAtMore(d) && !hasBlob(layout, d) && (other.empty() || !hasBlob(other, d))) wanted.push_back(d);
  if (wanted.empty()) return llvm::Error::success();
  if (options.offline) return notAsked(fmt::format("{} of {}", wanted.front().digest.str(), from.str()));
  auto lock = lockOf(layout, options);
  if (!lock) return lock.takeError();
  TransferOptions transfer;
  if (options.event) transfer.event = [&](const std::string& text) { options.event({Event::Kind::BlobFetched, text, 0}); };
  auto result = fetchBlobs(from, *lock, wanted, transfer);
  return result ? llvm::Error::success() : result.takeError();
}

llvm::Expected<BaseImage> findBase(const ImageSource& source, const Platform& platform, const BuildOptions& options) {
  if (!source.registry.empty()) {
    auto remote = Remote::of(source, options);
    if (!remote) return remote.takeError();
    return baseFrom(source, std::move(*remote), platform);
  }
  auto place = placeOf(source, options);
  if (!place) return place.takeError();
  return loadBase(place->layout, place->root, source.str(), platform);
}

llvm::Expected<CarriedImage> findCarried(const ImageSource& source, const std::vector<Platform>& platforms, const BuildOptions& options) {
  if (!source.registry.empty()) {
    auto remote = Remote::of(source, options);
    if (!remote) return remote.takeError();
    return carriedFrom(source, std::move(*remote), platforms);
  }
  auto place = placeOf(source, options);
  if (!place) return place.takeError();
  if (place->name.empty()) return fault(FaultCode::UnknownReference, fmt::format("the image in {} has no name that it could be carried under", source.archive), "say which with `ref`");
  CarriedImage out;
  out.ref = place->name;
  out.layout = place->layout;
  out.root = std::move(place->root);
  auto blobs = reachable(out.layout, out.root);
  if (!blobs) return blobs.takeError();
  out.blobs = std::move(*blobs);
  return out;
}

} // namespace chasi::image
