#include "runtime/image/artifact.h"

#include "runtime/image/archive_library.h"
#include "runtime/image/json_text.h"
#include "runtime/image/layer.h"
#include "runtime/image/layout_writer.h"

#include <fmt/format.h>

namespace chasi::image {

using nlohmann::json;

namespace {

constexpr llvm::StringLiteral kEmptyJson = "{}";

/// Folders get no entries: they are where files are.
llvm::Expected<std::string> tarOf(const Artifact& artifact) {
  std::vector<LayerEntry> entries;
  for (const auto& [path, content] : artifact.files) entries.push_back({LayerEntry::Kind::Inline, path, 0644, {}, content, {}});
  std::string tar;
  llvm::Error error = writeArchive(entries, {Compression::None, 0}, [&](llvm::StringRef bytes) -> llvm::Error {
    tar += bytes;
    return llvm::Error::success();
  });
  if (error) return error;
  return tar;
}

std::string typeOf(const json& manifest) {
  const auto at = manifest.is_object() ? manifest.find("artifactType") : manifest.end();
  return at != manifest.end() && at->is_string() ? at->get<std::string>() : "";
}

class TarReader {
public:
  TarReader(const std::string& where, const ArtifactLimits& limits) : where_(where), limits_(limits) {}

  llvm::Expected<std::map<std::string, std::string>> read(const std::string& tar) {
    if (const std::string& why = libarchive().why; !why.empty()) return damaged(why);
    ArchiveReading a(libarchive().read_new());
    libarchive().read_support_format_tar(a.get());
    libarchive().read_support_format_empty(a.get());
    if (libarchive().read_open_memory(a.get(), tar.data(), tar.size()) != ARCHIVE_OK) return damaged(reason(a.get()));
    archive_entry* entry = nullptr;
    for (;;) {
      const int status = libarchive().read_next_header(a.get(), &entry);
      if (status == ARCHIVE_EOF) return std::move(files_);
      if (status < ARCHIVE_WARN) return damaged(reason(a.get()));
      if (llvm::Error e = add(a.get(), entry)) return e;
    }
  }

private:
  const std::string& where_;
  const ArtifactLimits& limits_;
  std::map<std::string, std::string> files_;
  uint64_t bytes_ = 0;

  static std::string reason(archive* a) {
    const char* text = libarchive().error_string(a);
    return text ? text : "it is no tar";
  }
  llvm::Error damaged(const std::string& what) { return fault(FaultCode::BadLayout, where_ + ": " + what); }

  llvm::Error add(archive* a, archive_entry* entry) {
    const char* name = libarchive().entry_pathname(entry);
    auto path = cleanPath(name ? name : "");
    if (!path || path->empty()) {
      if (!path) llvm::consumeError(path.takeError());
      return damaged(fmt::format("an entry is named \"{}\"", name ? name : ""));
    }
    if (libarchive().entry_filetype(entry) == AE_IFDIR) return llvm::Error::success();
    if (libarchive().entry_filetype(entry) != AE_IFREG || libarchive().entry_hardlink(entry)) return damaged(fmt::format("{} is neither a file nor a folder", *path));
    if (files_.size() >= limits_.files) return damaged(fmt::format("it has more than {} files", limits_.files));
    std::string& content = files_[*path];
    content.clear();
    for (;;) {
      const void* data = nullptr;
      size_t size = 0;
      la_int64_t offset = 0;
      const int status = libarchive().read_data_block(a, &data, &size, &offset);
      if (status == ARCHIVE_EOF) return llvm::Error::success();
      if (status < ARCHIVE_WARN) return damaged(reason(a));
      if (offset < 0 || static_cast<uint64_t>(offset) != content.size()) return damaged(fmt::format("{} has holes", *path));
      bytes_ += size;
      if (bytes_ > limits_.bytes) return damaged(fmt::format("it is larger than {} MiB", limits_.bytes >> 20));
      content.append(static_cast<const char*>(data), size);
    }
  }
};

} // namespace

llvm::Expected<PackedArtifact> packArtifact(const Artifact& artifact) {
  auto tar = tarOf(artifact);
  if (!tar) return tar.takeError();
  const Descriptor layer = descriptorOf(artifact.layerType, *tar), config = descriptorOf(media::empty, kEmptyJson);
  json manifest = {{"schemaVersion", 2}, {"mediaType", media::manifest}, {"artifactType", artifact.type},
                   {"config", toJson(config)}, {"layers", json::array({toJson(layer)})}};
  if (!artifact.annotations.empty()) manifest["annotations"] = artifact.annotations;
  std::string text = canonical(manifest);
  PackedArtifact out;
  out.descriptor = descriptorOf(media::manifest, text);
  out.descriptor.artifactType = artifact.type;
  out.blobs = {{layer, std::move(*tar)}, {config, kEmptyJson.str()}, {out.descriptor, std::move(text)}};
  return out;
}

llvm::Expected<Descriptor> writeArtifact(const std::string& layout, const std::string& name, const Artifact& artifact, std::chrono::milliseconds patience) {
  auto packed = packArtifact(artifact);
  if (!packed) return packed.takeError();
  auto lock = LayoutLock::take(layout, patience);
  if (!lock) return lock.takeError();
  for (const auto& [blob, content] : packed->blobs)
    if (auto put = putBlob(*lock, blob.digest, content); !put) return put.takeError();
  if (auto set = setReference(*lock, name, packed->descriptor); !set) return set.takeError();
  return packed->descriptor;
}

llvm::Expected<std::vector<std::string>> artifactNames(const std::string& layout, const std::string& type) {
  auto index = readIndex(layout);
  if (!index) return index.takeError();
  auto entries = children(*index, layout + "/index.json");
  if (!entries) return entries.takeError();
  std::vector<std::string> out;
  for (const Descriptor& d : *entries) {
    const auto name = d.annotations.find(annotation::refName);
    if (name == d.annotations.end() || !media::isManifest(d.mediaType)) continue;
    std::string is = d.artifactType;
    if (is.empty()) { // tools that copy between layouts and registries leave it out of the index
      auto manifest = readJsonBlob(layout, d, maxManifestSize);
      if (!manifest) return manifest.takeError();
      is = typeOf(*manifest);
    }
    if (is == type) out.push_back(name->second);
  }
  llvm::sort(out);
  return out;
}

llvm::Expected<Artifact> readArtifact(const std::string& layout, const std::string& name, const std::string& type, const ArtifactLimits& limits) {
  auto d = findReference(layout, name);
  if (!d) return d.takeError();
  auto manifest = readJsonBlob(layout, *d, maxManifestSize);
  if (!manifest) return manifest.takeError();
  return readArtifact(fmt::format("{} of {}", name, layout), *manifest, type, limits, [&](const Descriptor& blob, uint64_t most) -> llvm::Expected<std::string> {
    const std::string path = blobPath(layout, blob.digest);
    auto content = readWhole(path, most, FaultCode::BadLayout);
    if (!content) return content.takeError();
    if (content->size() == blob.size && hasDigest(*content, blob.digest)) return content;
    return fault(FaultCode::BadLayout, fmt::format("{} does not have the recorded size and digest", path), "fetch the artifact into that layout again");
  });
}

llvm::Expected<Artifact> readArtifact(const std::string& where, const json& manifest, const std::string& type, const ArtifactLimits& limits,
                                      llvm::function_ref<llvm::Expected<std::string>(const Descriptor&, uint64_t)> blob) {
  Artifact out;
  out.type = typeOf(manifest);
  if (out.type != type) return fault(FaultCode::BadLayout, fmt::format("{} is {}, not {}", where, out.type.empty() ? "no artifact" : out.type, type));
  if (!manifest.contains("layers") || !manifest["layers"].is_array() || manifest["layers"].size() != 1) return fault(FaultCode::BadLayout, where + ": it does not have one layer");
  auto layer = parseDescriptor(manifest["layers"][0], where);
  if (!layer) return layer.takeError();
  out.layerType = layer->mediaType;
  if (manifest.contains("annotations") && manifest["annotations"].is_object())
    for (const auto& [key, value] : manifest["annotations"].items())
      if (value.is_string()) out.annotations[key] = value.get<std::string>();
  auto tar = blob(*layer, limits.bytes + limits.files * 4096); // a header and padding for each file
  if (!tar) return tar.takeError();
  auto files = TarReader(where, limits).read(*tar);
  if (!files) return files.takeError();
  out.files = std::move(*files);
  return out;
}

} // namespace chasi::image
