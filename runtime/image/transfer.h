// Whole images between layouts and registries: what is there already is not moved again, and what was begun is continued.
#pragma once

#include "runtime/image/registry.h"

namespace chasi::image {

/// "registry.acme.io/team/shop:1.2", "…@sha256:…", or both; the digest counts then. Names without a registry are those of Docker Hub.
struct ImageAddress {
  RepositoryAddress repository;
  std::string tag;
  Digest digest;
  std::string str() const;
  std::string reference() const { return digest.empty() ? tag : digest.str(); } ///< as registries are asked
};
/// A leading "oci://" or "docker://" is no part of it. CH7103 for what is no address.
llvm::Expected<ImageAddress> parseImageAddress(llvm::StringRef text);

/// Where an image with this tag is pushed to: the address is a repository, or has a tag of its own. A digest follows from the image and is CH7103.
llvm::Expected<ImageAddress> parsePushAddress(llvm::StringRef text, llvm::StringRef tag);

/// The manifest that it leads to; CH7103 when there is none. `repository` is its.
llvm::Expected<RegistryManifest> manifestAt(Repository& repository, const ImageAddress& address);

struct TransferOptions {
  std::optional<Platform> platform; ///< one image of several; all of them otherwise
  size_t parallel = 4;              ///< blobs at a time, each on a connection of its own
  std::chrono::milliseconds lockPatience = std::chrono::minutes(10);
  std::function<void(const std::string&)> event; ///< for people; one at a time, from any thread
};

struct TransferResult {
  Descriptor image;     ///< what the name points at
  bool changed = false; ///< the name pointed elsewhere, or at nothing; or something more hangs on it
  size_t attached = 0;  ///< what hangs on the image, such as signatures: all that came, or what was sent
  size_t moved = 0, there = 0, mounted = 0; ///< blobs
  uint64_t bytes = 0;                       ///< of those that were moved
};

/// Into the layout, which is made when missing, under that name. Nothing is visible there before all of it came and has its digest; what
/// came of a large blob stays for the next try.
llvm::Expected<TransferResult> pull(const ImageAddress& from, const std::string& layout, const std::string& name, const TransferOptions& options);

/// Blobs alone, those aside that the layout has. What points at them is the caller's affair.
llvm::Expected<TransferResult> fetchBlobs(const RepositoryAddress& from, const class LayoutLock& lock, const std::vector<Descriptor>& blobs, const TransferOptions& options);

/// Every blob before what points at it, the tag last.
llvm::Expected<TransferResult> push(const std::string& layout, const std::string& name, const ImageAddress& to, const TransferOptions& options);

/// From one registry to another, by way of a layout that keeps what passes. Within one registry blobs are mounted and go nowhere.
llvm::Expected<TransferResult> copy(const ImageAddress& from, const ImageAddress& to, const std::string& layout, const TransferOptions& options);

} // namespace chasi::image
