// What hangs on an image: signatures, lists of what is in it, how it was made. Each is a manifest of its own that names the image as its
// `subject` (image-spec 1.1, manifest.md; distribution-spec 1.1, "Listing Referrers"). In a layout it is an entry of index.json without a
// name, as other tools write it.
#pragma once

#include "runtime/image/layout_writer.h"

#include <nlohmann/json.hpp>

namespace chasi::image {

struct Referrer {
  Descriptor manifest; ///< with artifactType and the manifest's own annotations, as registries list them
  Digest subject;
};

/// Nothing when the manifest has no subject.
std::optional<Referrer> referrerOf(const nlohmann::json& manifest, const Descriptor& descriptor);

/// Takes those that hang on something out of the entries of an index.json, whose manifests are in the layout. What has a name is somebody's
/// image, and its subject its own affair.
llvm::Expected<std::vector<Referrer>> takeReferrers(const std::string& layout, std::vector<Descriptor>& entries);

/// All of a layout, in the order of index.json.
llvm::Expected<std::vector<Referrer>> referrersIn(const std::string& layout);

/// Those that hang on one of these, and those that hang on them in turn: signatures of a list of contents.
std::vector<Referrer> hangingOn(const std::vector<Referrer>& all, const std::vector<Descriptor>& subjects);

/// On what a build attached, with the form of the text: one of another form is made anew.
inline constexpr const char* kAttestedBy = "dev.chasi.attested";
inline constexpr const char* kAttestedForm = "1";
inline constexpr const char* kAttestedName = "dev.chasi.name";

/// A manifest with one layer, and the empty config.
struct Attachment {
  std::string artifactType, layerType;
  std::string content;
  std::map<std::string, std::string> annotations;
};
struct PackedAttachment {
  Descriptor descriptor; ///< of the manifest, which is the last blob
  std::vector<std::pair<Descriptor, std::string>> blobs;
};
PackedAttachment packAttachment(const Descriptor& subject, const Attachment& attachment);

/// Puts the manifests into index.json that are not there, and takes out those of `gone`; `true` when the file changed. Blobs must be there.
llvm::Expected<bool> changeReferrers(const LayoutLock& lock, const std::vector<Descriptor>& put, const std::vector<Digest>& gone = {});

/// "sha256-<hex>": the tag that lists referrers in registries without the API for them.
std::string fallbackTag(const Digest& subject);
/// The image index that lists them.
nlohmann::json referrersIndex(const std::vector<Descriptor>& manifests);

} // namespace chasi::image
