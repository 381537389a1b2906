#include "runtime/image/build.h"

#include "runtime/image/attest.h"
#include "runtime/image/draft.h"
#include "runtime/image/file_io.h"
#include "runtime/image/layout_writer.h"
#include "runtime/image/sources.h"

#include <fmt/format.h>

namespace chasi::image {

namespace {

LayerOptions layerOptions(const BuildDescription& d) { return {d.compression, d.created}; }

bool allKnown(const Draft& draft) {
  return llvm::all_of(draft.layers, [](const LayerPlan& plan) { return plan.blob.has_value(); });
}

/// What the layout's index.json says of the image's name.
struct Present {
  std::optional<Descriptor> entry;
};

llvm::Expected<Present> lookUp(const std::string& layout, const std::string& reference) {
  Present out;
  if (layout.empty() || !exists(layout + "/oci-layout")) return out;
  auto index = readIndex(layout);
  if (!index) return index.takeError();
  auto entries = children(*index, layout + "/index.json");
  if (!entries) return entries.takeError();
  for (const Descriptor& d : *entries)
    if (const auto it = d.annotations.find(annotation::refName); it != d.annotations.end() && it->second == reference) out.entry = d;
  return out;
}

/// The name points at exactly this, and nothing that it needs is missing.
bool complete(const std::string& layout, const Present& present, const Draft& draft, const Assembly& assembly) {
  if (!present.entry || present.entry->digest != assembly.image.digest) return false;
  const auto there = [&](const Descriptor& d) { return hasBlob(layout, d); };
  for (const PlatformDraft& platform : draft.platforms)
    if (platform.base && !llvm::all_of(platform.base->layers, there)) return false;
  for (const LayerPlan& plan : draft.layers)
    if (!there(plan.blob->descriptor)) return false;
  for (const CarriedImage& image : draft.carried)
    if (!llvm::all_of(image.blobs, there)) return false;
  return llvm::all_of(assembly.blobs, [&](const SmallBlob& blob) { return there(blob.descriptor); });
}

/// Computes the layers that the cache did not know, without writing.
llvm::Error computeLayers(const BuildDescription& d, Draft& draft, const BuildCache& cache) {
  for (LayerPlan& plan : draft.layers) {
    if (plan.blob) continue;
    auto blob = writeLayer(plan.entries, layerOptions(d), {});
    if (!blob) return blob.takeError();
    plan.blob = std::move(*blob);
    cache.storeLayer(plan.slot, {plan.key, *plan.blob});
  }
  return llvm::Error::success();
}

/// What neither the layout nor the cache has of the base and of carried images.
llvm::Error bringAll(const Draft& draft, const BuildOptions& options) {
  for (const PlatformDraft& platform : draft.platforms)
    if (platform.base && platform.base->from)
      if (llvm::Error e = bring(*platform.base->from, platform.base->layers, platform.base->layout, options, options.layoutDir)) return e;
  for (const CarriedImage& image : draft.carried)
    if (image.from)
      if (llvm::Error e = bring(*image.from, image.blobs, image.layout, options, options.layoutDir)) return e;
  return llvm::Error::success();
}

/// The second half of a build: everything under the lock.
struct Writer {
  const BuildDescription& description;
  const BuildOptions& options;
  const BuildCache& cache;
  const LayoutLock& lock;
  BuildResult& result;

  void tell(Event::Kind kind, std::string text, uint64_t bytes) const {
    if (options.event) options.event({kind, std::move(text), bytes});
  }
  void wrote(uint64_t bytes) const {
    result.changed = true;
    result.blobsWritten += 1;
    result.bytesWritten += bytes;
  }

  llvm::Error layer(LayerPlan& plan) const {
    if (plan.blob && hasBlob(lock.layout(), plan.blob->descriptor)) {
      tell(Event::Kind::LayerKnown, plan.title, plan.blob->descriptor.size);
      return llvm::Error::success();
    }
    auto writer = BlobWriter::open(lock);
    if (!writer) return writer.takeError();
    auto blob = writeLayer(plan.entries, layerOptions(description), [&](llvm::StringRef bytes) { return writer->write(bytes); });
    if (!blob) return blob.takeError();
    auto isNew = writer->commit(blob->descriptor.digest);
    if (!isNew) return isNew.takeError();
    if (*isNew) wrote(blob->descriptor.size);
    tell(*isNew ? Event::Kind::LayerBuilt : Event::Kind::LayerKnown, plan.title, blob->descriptor.size);
    plan.blob = std::move(*blob); // the truth, whatever the cache had said
    cache.storeLayer(plan.slot, {plan.key, *plan.blob});
    return llvm::Error::success();
  }

  llvm::Error copy(const std::string& layout, const std::vector<Descriptor>& blobs) const {
    for (const Descriptor& d : blobs) {
      auto isNew = copyBlob(lock, layout, d);
      if (!isNew) return isNew.takeError();
      if (!*isNew) continue;
      wrote(d.size);
      tell(Event::Kind::BlobCopied, d.digest.str(), d.size);
    }
    return llvm::Error::success();
  }

  llvm::Error put(const SmallBlob& blob) const {
    auto isNew = putBlob(lock, blob.descriptor.digest, blob.content);
    if (!isNew) return isNew.takeError();
    if (*isNew) wrote(blob.descriptor.size);
    return llvm::Error::success();
  }

  llvm::Error all(Draft& draft) const {
    for (const PlatformDraft& platform : draft.platforms)
      if (platform.base)
        if (llvm::Error e = copy(platform.base->layout, platform.base->layers)) return e;
    for (LayerPlan& plan : draft.layers)
      if (llvm::Error e = layer(plan)) return e;
    for (const CarriedImage& image : draft.carried) {
      if (image.made)
        if (llvm::Error e = put(*image.made)) return e; // is not in the layout that the others are copied from
      if (llvm::Error e = copy(image.layout, image.blobs)) return e;
    }
    Assembly assembly = assemble(description, draft);
    for (const SmallBlob& blob : assembly.blobs)
      if (llvm::Error e = put(blob)) return e;
    auto changed = setReference(lock, result.reference, assembly.image);
    if (!changed) return changed.takeError();
    result.changed |= *changed;
    if (*changed) tell(Event::Kind::ReferenceSet, result.reference, 0);
    auto attested = attestBuild(lock, description, draft, assembly, [&](uint64_t bytes) { wrote(bytes); });
    if (!attested) return attested.takeError();
    result.changed |= *attested;
    result.image = std::move(assembly.image);
    result.platforms = std::move(assembly.platforms);
    return llvm::Error::success();
  }
};

} // namespace

llvm::Expected<BuildResult> build(const BuildDescription& description, const BuildOptions& options) {
  if (options.layoutDir.empty()) return fault(FaultCode::BadDescription, "a build needs a folder for the layout");
  const BuildCache cache(options.cacheDir);
  auto draft = makeDraft(description, options, cache);
  if (!draft) return draft.takeError();
  BuildResult result;
  result.reference = description.reference();
  auto present = lookUp(options.layoutDir, result.reference);
  if (!present) return present.takeError();
  // An image that may be unchanged is computed first, so that being unchanged leaves no trace on the disk; one that is
  // known to be new is compressed once only, straight into the layout.
  const bool certainlyNew = !present->entry || llvm::any_of(draft->layers, [](const LayerPlan& p) { return p.changed; });
  if (!certainlyNew)
    if (llvm::Error e = computeLayers(description, *draft, cache)) return e;
  if (allKnown(*draft)) {
    Assembly assembly = assemble(description, *draft);
    const bool whole = complete(options.layoutDir, *present, *draft, assembly);
    auto attested = whole ? isAttested(options.layoutDir, description, *draft, assembly) : llvm::Expected<bool>(false);
    if (!attested) return attested.takeError();
    if (whole && *attested) {
      if (options.event)
        for (const LayerPlan& plan : draft->layers) options.event({Event::Kind::LayerKnown, plan.title, plan.blob->descriptor.size});
      result.image = std::move(assembly.image);
      result.platforms = std::move(assembly.platforms);
      return result;
    }
  }
  if (llvm::Error e = bringAll(*draft, options)) return e;
  auto lock = LayoutLock::take(options.layoutDir, options.lockPatience, [&] {
    if (options.event) options.event({Event::Kind::Waiting, options.layoutDir, 0});
  });
  if (!lock) return lock.takeError();
  if (llvm::Error e = Writer{description, options, cache, *lock, result}.all(*draft)) return e;
  return result;
}

llvm::Expected<PlannedImage> computeDigest(const BuildDescription& description, const BuildOptions& options) {
  const BuildCache cache(options.cacheDir);
  auto draft = makeDraft(description, options, cache);
  if (!draft) return draft.takeError();
  if (llvm::Error e = computeLayers(description, *draft, cache)) return e;
  const Assembly assembly = assemble(description, *draft);
  PlannedImage out;
  out.reference = description.reference();
  out.image = assembly.image;
  auto present = lookUp(options.layoutDir, out.reference);
  if (!present) return present.takeError();
  if (present->entry) out.inLayout = present->entry->digest;
  out.upToDate = !options.layoutDir.empty() && complete(options.layoutDir, *present, *draft, assembly);
  if (!out.upToDate) return out;
  auto attested = isAttested(options.layoutDir, description, *draft, assembly);
  if (!attested) return attested.takeError();
  out.upToDate = *attested;
  return out;
}

} // namespace chasi::image
