#include "runtime/image/draft.h"

#include "runtime/image/fault.h"
#include "runtime/image/json_text.h"
#include "runtime/image/sources.h"

#include <fmt/format.h>

#include <filesystem>

namespace chasi::image {

/// What lies below a layer decides how it looks: where links lead, which folders are there. So a base that was never seen is fetched even to know a digest.
static llvm::Expected<ImageTree> baseTree(const BaseImage& base, const BuildOptions& options, const BuildCache& cache) {
  if (auto known = cache.findTree(base.manifest.digest)) return std::move(*known);
  if (base.from)
    if (llvm::Error e = bring(*base.from, base.layers, base.layout, options)) return e;
  auto tree = readTree(base.layout, base.layers, false);
  if (tree) cache.storeTree(base.manifest.digest, *tree);
  return tree;
}

/// What the history says of a layer; part of the config, so it must not depend on where the workspace lies.
static std::string history(const LayerDescription& layer) {
  std::string out = "chasi";
  for (const std::string& path : layer.remove) out += " remove " + path;
  for (const FileItem& item : layer.files)
    switch (item.kind) {
    case FileItem::Kind::Copy: out += fmt::format(" copy {} to {}", item.from.empty() ? "." : item.from, item.to); break;
    case FileItem::Kind::Inline: out += " write " + item.to; break;
    case FileItem::Kind::Folder: out += " folder " + item.to; break;
    case FileItem::Kind::Symlink: out += fmt::format(" link {} to {}", item.to, item.link); break;
    }
  return out;
}

/// Gives the plan its blob when the cache has it: by stamps, or else by content, which still saves the compression.
static llvm::Error recall(LayerPlan& plan, const LayerOptions& layerOptions, const BuildCache& cache) {
  const auto known = cache.findLayer(plan.slot);
  if (!known) return llvm::Error::success();
  if (!plan.key.empty() && known->key == plan.key) {
    plan.blob = known->blob;
    return llvm::Error::success();
  }
  auto diffId = computeDiffId(plan.entries, layerOptions);
  if (!diffId) return diffId.takeError();
  if (*diffId != known->blob.diffId) {
    plan.changed = true;
    return llvm::Error::success();
  }
  plan.blob = known->blob;
  if (plan.key != known->key) cache.storeLayer(plan.slot, {plan.key, known->blob});
  return llvm::Error::success();
}

static bool isFor(const LayerDescription& layer, const Platform& platform) { return layer.platforms.empty() || llvm::is_contained(layer.platforms, platform); }

namespace {

struct Drafter {
  const BuildDescription& description;
  const BuildOptions& options;
  const BuildCache& cache;
  Draft draft;
  std::map<std::string, size_t> byKey; ///< platforms often have the same layers

  llvm::Error platform(const Platform& platform) {
    PlatformDraft out;
    out.platform = platform;
    ImageTree tree;
    if (description.base) {
      auto base = findBase(*description.base, platform, options);
      if (!base) return base.takeError();
      if (llvm::any_of(description.layers, [&](const LayerDescription& layer) { return isFor(layer, platform); })) {
        auto lower = baseTree(*base, options, cache);
        if (!lower) return lower.takeError();
        tree = std::move(*lower);
      }
      out.base = std::move(*base);
    }
    for (size_t i = 0; i < description.layers.size(); ++i) {
      const LayerDescription& layer = description.layers[i];
      if (!isFor(layer, platform)) continue;
      auto index = this->layer(i, platform, tree);
      if (!index) return index.takeError();
      out.layers.push_back(*index);
      out.createdBy.push_back(history(layer));
    }
    draft.platforms.push_back(std::move(out));
    return llvm::Error::success();
  }

  llvm::Expected<size_t> layer(size_t i, const Platform& platform, ImageTree& tree) {
    const int64_t scanned = nowNanoseconds();
    auto entries = scanLayer(description.layers[i], {options.workspaceRoot, {options.layoutDir, options.cacheDir, options.fetchedDir}}, tree);
    if (!entries) return entries.takeError();
    const LayerOptions layerOptions{description.compression, description.created};
    LayerPlan plan;
    plan.entries = std::move(*entries);
    std::string key = layerKey(plan.entries, layerOptions);
    if (const auto it = byKey.find(key); it != byKey.end()) return it->second;
    byKey[key] = draft.layers.size();
    if (stampsSettled(plan.entries, scanned)) plan.key = std::move(key);
    plan.title = fmt::format("layer {} of {}", i + 1, platform.str());
    plan.slot = sha256(fmt::format("{}\n{}\n{}\n{}\n{}", compressionTag(description.compression), std::filesystem::absolute(options.workspaceRoot).string(),
                                   description.reference(), platform.str(), i)).hex().str();
    if (llvm::Error e = recall(plan, layerOptions, cache)) return e;
    draft.layers.push_back(std::move(plan));
    return draft.layers.size() - 1;
  }

  llvm::Error carry(const ImageSource& source) {
    auto found = findCarried(source, description.platforms, options);
    if (!found) return found.takeError();
    if (llvm::any_of(draft.carried, [&](const CarriedImage& c) { return c.ref == found->ref; }))
      return fault(FaultCode::BadDescription, fmt::format("\"{}\" is carried twice", found->ref), "name it once");
    found->root.annotations = {{annotation::carried, found->ref}};
    draft.carried.push_back(std::move(*found));
    return llvm::Error::success();
  }
};

} // namespace

llvm::Expected<Draft> makeDraft(const BuildDescription& description, const BuildOptions& options, const BuildCache& cache) {
  Drafter drafter{description, options, cache, {}, {}};
  if (description.platforms.empty()) return fault(FaultCode::BadDescription, "an image needs at least one platform");
  for (const LayerDescription& layer : description.layers)
    for (const Platform& p : layer.platforms)
      if (!llvm::is_contained(description.platforms, p))
        return fault(FaultCode::BadDescription, fmt::format("a layer is for {}, which is not among the image's platforms", p.str()));
  for (const Platform& platform : description.platforms)
    if (llvm::Error e = drafter.platform(platform)) return e;
  for (const ImageSource& source : description.carry)
    if (llvm::Error e = drafter.carry(source)) return e;
  return std::move(drafter.draft);
}

} // namespace chasi::image
