// Signatures as cosign writes them: a payload that names the image's digest, signed; in a manifest that hangs on the image, and, for who
// looks there, under the tag sha256-<hex>.sig (cosign's specs/SIGNATURE_SPEC.md; containers/image, "Atomic container signature").
#pragma once

#include "runtime/image/referrer.h"
#include "runtime/image/signing_key.h"
#include "runtime/image/transfer.h"

namespace chasi::image {

namespace media {
inline constexpr const char* signature = "application/vnd.dev.cosign.artifact.sig.v1+json"; ///< artifactType, by the config's type
inline constexpr const char* simpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json";
} // namespace media

/// A payload, and what somebody says is its signature.
struct Signature {
  Descriptor layer; ///< the signature is one of its annotations
  std::string payload;
};

/// The layers of a manifest that are payloads with signatures; none for what is no such manifest.
std::vector<Descriptor> signatureLayers(llvm::StringRef manifest);

/// A manifest with these layers that hangs on the image, and its config; no blobs for no layers.
PackedAttachment signatureManifest(const Descriptor& subject, const std::vector<Descriptor>& layers);

std::string signatureTag(const Digest& subject);

/// Makes the signatures of this manifest, which the repository has, those of the tag. Signatures that are there already stay.
llvm::Error tagSignature(Repository& repository, const Digest& subject, llvm::StringRef manifest);

/// All signatures that hang on an image; the sizes and digests of their payloads are right.
llvm::Expected<std::vector<Signature>> signaturesIn(const std::string& layout, const Digest& image);
llvm::Expected<std::vector<Signature>> signaturesAt(Repository& repository, const Digest& image);

/// CH7202 unless one of them was made with the key, over this digest. `name` is the image in messages.
llvm::Error checkSigned(const std::string& name, const Digest& image, const std::vector<Signature>& signatures, const Key& key);

/// What signing takes besides the place: `identity` is what the payload calls the image, a name without a tag.
struct SignResult {
  Digest image;
  bool changed = false; ///< false: this key has signed it already
};
llvm::Expected<SignResult> sign(const std::string& layout, const std::string& name, const std::string& identity, const Key& key);
llvm::Expected<SignResult> sign(const ImageAddress& address, const std::string& identity, const Key& key);

} // namespace chasi::image
