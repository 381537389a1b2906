#include "runtime/image/attest.h"

#include "runtime/image/attached.h"
#include "runtime/image/provenance.h"
#include "runtime/image/referrer.h"
#include "runtime/image/sbom.h"

#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>

namespace chasi::image {

namespace {

/// Two names of one image have lists of their own: the name is in them.
std::map<std::string, std::string> notes(const std::string& name) { return {{kAttestedBy, kAttestedForm}, {kAttestedName, name}}; }

Attachment sbom(const std::string& name, std::string text) { return {kSpdxType, kSpdxType, std::move(text), notes(name)}; }

Attachment provenance(const std::string& name, std::string text) {
  Attachment out{kInTotoType, kInTotoType, std::move(text), notes(name)};
  out.annotations["in-toto.io/predicate-type"] = "https://slsa.dev/provenance/v1";
  return out;
}

std::string note(const Referrer& r, const char* key) {
  const auto at = r.manifest.annotations.find(key);
  return at == r.manifest.annotations.end() ? "" : at->second;
}

bool isOurs(const Referrer& r, const Digest& image, const char* type, const std::string& name) {
  return r.subject == image && r.manifest.artifactType == type && !note(r, kAttestedBy).empty() && note(r, kAttestedName) == name;
}

bool hasSbom(const std::vector<Referrer>& all, const std::string& layout, const Digest& image, const std::string& name) {
  return llvm::any_of(all, [&](const Referrer& r) { return isOurs(r, image, kSpdxType, name) && note(r, kAttestedBy) == kAttestedForm && hasBlob(layout, r.manifest); });
}

bool hasProvenance(const std::vector<Referrer>& all, const BuildDescription& description, const Draft& draft, const Assembly& assembly) {
  const PackedAttachment packed = packAttachment(assembly.image, provenance(description.reference(), provenanceOf(description, draft, assembly)));
  return llvm::any_of(all, [&](const Referrer& r) { return r.manifest.digest == packed.descriptor.digest; });
}

/// What hangs on carried images where they come from: it travels with them.
llvm::Error eachCarried(const Draft& draft, llvm::function_ref<llvm::Error(const std::string& layout, const Attached&)> call) {
  for (const CarriedImage& image : draft.carried) {
    auto attached = attachedIn(image.layout, image.blobs);
    if (!attached) return attached.takeError();
    for (const Attached& each : *attached)
      if (llvm::Error error = call(image.layout, each)) return error;
  }
  return llvm::Error::success();
}

std::vector<SbomBase> basesOf(const BuildDescription& description, const Draft& draft) {
  std::vector<SbomBase> out;
  for (const PlatformDraft& platform : draft.platforms) {
    if (!platform.base) continue;
    SbomBase base{description.base->name(), platform.base->manifest.digest, {}};
    for (const Descriptor& layer : platform.base->layers) base.layers.push_back(layer.digest);
    out.push_back(std::move(base));
  }
  return out;
}

/// One of ours that says something else goes; those of other tools stay.
llvm::Expected<bool> attach(const LayoutLock& lock, const Descriptor& subject, const Attachment& attachment, llvm::function_ref<void(uint64_t)> wrote) {
  const PackedAttachment packed = packAttachment(subject, attachment);
  auto all = referrersIn(lock.layout());
  if (!all) return all.takeError();
  std::vector<Digest> gone;
  for (const Referrer& r : *all)
    if (isOurs(r, subject.digest, attachment.artifactType.c_str(), attachment.annotations.at(kAttestedName)) && r.manifest.digest != packed.descriptor.digest) gone.push_back(r.manifest.digest);
  for (const auto& [blob, content] : packed.blobs) {
    auto put = putBlob(lock, blob.digest, content);
    if (!put) return put.takeError();
    if (*put) wrote(blob.size);
  }
  return changeReferrers(lock, {packed.descriptor}, gone);
}

} // namespace

llvm::Expected<bool> isAttested(const std::string& layout, const BuildDescription& description, const Draft& draft, const Assembly& assembly) {
  if (!description.sbom && !description.provenance && draft.carried.empty()) return true;
  auto all = referrersIn(layout);
  if (!all) return all.takeError();
  bool whole = true;
  llvm::Error error = eachCarried(draft, [&](const std::string&, const Attached& each) {
    whole &= llvm::any_of(*all, [&](const Referrer& r) { return r.manifest.digest == each.referrer.manifest.digest; }) && llvm::all_of(each.blobs, [&](const Descriptor& d) { return hasBlob(layout, d); });
    return llvm::Error::success();
  });
  if (error) return error;
  return whole && (!description.sbom || hasSbom(*all, layout, assembly.image.digest, description.reference())) && (!description.provenance || hasProvenance(*all, description, draft, assembly));
}

llvm::Expected<bool> attestBuild(const LayoutLock& lock, const BuildDescription& description, const Draft& draft, const Assembly& assembly, llvm::function_ref<void(uint64_t)> wrote) {
  std::vector<Descriptor> travelling;
  llvm::Error error = eachCarried(draft, [&](const std::string& layout, const Attached& each) -> llvm::Error {
    for (const Descriptor& d : each.blobs) {
      auto isNew = copyBlob(lock, layout, d);
      if (!isNew) return isNew.takeError();
      if (*isNew) wrote(d.size);
    }
    travelling.push_back(each.referrer.manifest);
    return llvm::Error::success();
  });
  if (error) return error;
  auto changed = changeReferrers(lock, travelling);
  if (!changed) return changed;
  if (description.sbom) {
    auto all = referrersIn(lock.layout());
    if (!all) return all.takeError();
    if (!hasSbom(*all, lock.layout(), assembly.image.digest, description.reference())) {
      auto text = spdxOf(lock.layout(), description.reference(), assembly.image, basesOf(description, draft));
      if (!text) return text.takeError();
      auto done = attach(lock, assembly.image, sbom(description.reference(), std::move(*text)), wrote);
      if (!done) return done;
      *changed |= *done;
    }
  }
  if (description.provenance) {
    auto done = attach(lock, assembly.image, provenance(description.reference(), provenanceOf(description, draft, assembly)), wrote);
    if (!done) return done;
    *changed |= *done;
  }
  return changed;
}

llvm::Expected<AttestResult> attest(const std::string& layout, const std::string& name) {
  if (auto image = findReference(layout, name); !image) return image.takeError(); // a wrong path must not become a layout
  auto lock = LayoutLock::take(layout, std::chrono::minutes(1));
  if (!lock) return lock.takeError();
  auto image = findReference(layout, name);
  if (!image) return image.takeError();
  auto text = spdxOf(layout, name, *image);
  if (!text) return text.takeError();
  auto done = attach(*lock, *image, sbom(name, std::move(*text)), [](uint64_t) {});
  if (!done) return done.takeError();
  return AttestResult{image->digest, *done};
}

} // namespace chasi::image
