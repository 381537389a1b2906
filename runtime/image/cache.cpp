#include "runtime/image/cache.h"

#include "runtime/image/file_io.h"
#include "runtime/image/json_text.h"

#include <time.h>
#include <unistd.h>

#include <fmt/format.h>

namespace chasi::image {

using nlohmann::json;

/// Part of every key: raise it whenever the same entries would give another archive.
static constexpr const char* archiveFormat = "archive-1";

std::optional<json> BuildCache::read(const std::string& name) const {
  if (folder_.empty()) return std::nullopt;
  auto text = readWhole(folder_ + "/" + name, 256u << 20, FaultCode::BadInput);
  if (!text) return llvm::consumeError(text.takeError()), std::nullopt;
  const auto [sum, body] = llvm::StringRef(*text).split('\n');
  if (sha256(body).str() != sum) return std::nullopt; // torn or edited
  auto value = parseJson(body, name);
  if (!value) return llvm::consumeError(value.takeError()), std::nullopt;
  return std::move(*value);
}

void BuildCache::write(const std::string& name, const json& value) const {
  if (folder_.empty()) return;
  const std::string body = canonical(value);
  const std::string path = folder_ + "/" + name;
  static std::atomic<unsigned> counter{0};
  const std::string temporary = fmt::format("{}.tmp-{}-{}", path, ::getpid(), counter++);
  llvm::Error error = makeFolders(folder_);
  if (!error) error = replaceFile(path, temporary, sha256(body).str() + "\n" + body);
  llvm::consumeError(std::move(error)); // the next build is slower, that is all
}

std::optional<CachedLayer> BuildCache::findLayer(const std::string& slot) const {
  auto value = read("layer-" + slot);
  if (!value) return std::nullopt;
  try {
    CachedLayer out;
    out.key = value->at("key").get<std::string>();
    auto diffId = Digest::parse(value->at("diffId").get<std::string>());
    auto descriptor = parseDescriptor(value->at("blob"), slot);
    if (!diffId || !descriptor) {
      llvm::consumeError(diffId.takeError());
      llvm::consumeError(descriptor.takeError());
      return std::nullopt;
    }
    out.blob = {std::move(*descriptor), std::move(*diffId), value->at("rawSize").get<uint64_t>()};
    return out;
  } catch (const json::exception&) {
    return std::nullopt; // written by another version
  }
}

void BuildCache::storeLayer(const std::string& slot, const CachedLayer& layer) const {
  write("layer-" + slot, {{"key", layer.key}, {"diffId", layer.blob.diffId.str()}, {"blob", toJson(layer.blob.descriptor)}, {"rawSize", layer.blob.rawSize}});
}

std::optional<ImageTree> BuildCache::findTree(const Digest& manifest) const {
  auto value = read("tree-" + manifest.hex().str());
  if (!value) return std::nullopt;
  try {
    ImageTree tree;
    for (const json& row : *value) {
      TreeNode node;
      node.kind = static_cast<TreeNode::Kind>(row.at(1).get<unsigned>());
      node.mode = row.at(2).get<uint32_t>();
      node.link = row.at(3).get<std::string>();
      tree.nodes.emplace_hint(tree.nodes.end(), row.at(0).get<std::string>(), std::move(node));
    }
    return tree;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

void BuildCache::storeTree(const Digest& manifest, const ImageTree& tree) const {
  json rows = json::array();
  for (const auto& [path, node] : tree.nodes) {
    // JSON cannot say names that are not UTF-8 without changing them; such a tree is read anew every time.
    const json row = {path, static_cast<unsigned>(node.kind), node.mode, node.link};
    try {
      (void)row.dump();
    } catch (const json::exception&) {
      return;
    }
    rows.push_back(row);
  }
  write("tree-" + manifest.hex().str(), rows);
}

std::string layerKey(const std::vector<LayerEntry>& entries, const LayerOptions& options) {
  Hasher hasher;
  const auto field = [&](llvm::StringRef text) { // length first: no two lists of fields look the same
    hasher.update(fmt::format("{}:", text.size()));
    hasher.update(text);
  };
  field(archiveFormat);
  field(compressionTag(options.compression));
  field(fmt::format("{}", options.time));
  for (const LayerEntry& e : entries) {
    const FileStamp& s = e.stamp;
    field(fmt::format("{} {} {} {} {} {} {}", static_cast<int>(e.kind), e.mode, s.device, s.inode, s.size, s.mtime, s.ctime));
    field(e.path);
    field(e.source);
    field(e.content);
  }
  return hasher.finish().hex().str();
}

bool stampsSettled(const std::vector<LayerEntry>& entries, int64_t now) {
  return llvm::all_of(entries, [&](const LayerEntry& e) {
    if (e.kind != LayerEntry::Kind::File) return true;
    // Kernel ticks are 1–10 ms; a file system that shows whole seconds may have ticks of up to two (FAT).
    const bool coarse = e.stamp.ctime % 1'000'000'000 == 0;
    const int64_t tick = coarse ? 2'500'000'000 : 50'000'000;
    return std::max(e.stamp.mtime, e.stamp.ctime) + tick < now;
  });
}

int64_t nowNanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return int64_t(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

} // namespace chasi::image
