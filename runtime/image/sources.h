// Images that a build starts from or carries, wherever they are: in a layout of the workspace, or brought into the one that the
// cache keeps, from an archive or a registry. Inside this room only.
#pragma once

#include "runtime/image/draft.h"

namespace chasi::image {

/// The base for one platform. Of a registry, manifest and config are fetched; layers are not: see `bring`.
llvm::Expected<BaseImage> findBase(const ImageSource& source, const Platform& platform, const BuildOptions& options);

/// What is carried, for these platforms. An address with a tag that leads to several images gives those that are for them, in an index of their own;
/// by digest all of them travel, and so do those of layouts and archives. Of a registry, manifests are fetched.
llvm::Expected<CarriedImage> findCarried(const ImageSource& source, const std::vector<Platform>& platforms, const BuildOptions& options);

/// One image of an archive in the layout that keeps what builds fetch, with its name in the archive. The file is read again only when it has
/// changed, or something of it is gone.
llvm::Expected<std::pair<std::string, Descriptor>> keepArchive(const std::string& file, const std::string& layout, const std::string& name, std::chrono::milliseconds patience);

/// Fetches into `layout` those blobs that are neither there nor in `other`, which may be empty.
llvm::Error bring(const RepositoryAddress& from, const std::vector<Descriptor>& blobs, const std::string& layout, const BuildOptions& options, const std::string& other = {});

} // namespace chasi::image
