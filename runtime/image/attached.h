// Whatever hangs on images goes where they go. Inside this room only.
#pragma once

#include "runtime/image/referrer.h"
#include "runtime/image/registry.h"

namespace chasi::image {

/// A manifest of the repository, which is in the layout afterwards.
llvm::Expected<nlohmann::json> keptManifest(Repository& repository, const Descriptor& manifest, const LayoutLock& lock);

struct Attached {
  Referrer referrer;
  std::vector<Descriptor> blobs; ///< all that it needs, the manifest last
};

/// What hangs on these, in a layout.
llvm::Expected<std::vector<Attached>> attachedIn(const std::string& layout, const std::vector<Descriptor>& subjects);

/// The same in a registry; the manifests are in the layout afterwards. Signatures that older tools left under a tag hang on `root` alone.
llvm::Expected<std::vector<Attached>> fetchAttached(Repository& repository, const std::vector<Descriptor>& subjects, const Descriptor& root, const LayoutLock& lock);

/// Leaves those that the registry does not list.
llvm::Expected<std::vector<Attached>> missingAt(Repository& repository, std::vector<Attached> attached);

/// Their manifests, after their blobs. Signatures are found by their tag too.
llvm::Error sendAttached(Repository& repository, const std::string& layout, const std::vector<Attached>& attached);

/// Of all of them, what is no manifest; each once.
std::vector<Descriptor> contentOf(const std::vector<Attached>& attached);
/// Their manifests.
std::vector<Descriptor> manifestsOf(const std::vector<Attached>& attached);

} // namespace chasi::image
