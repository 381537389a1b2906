// What a build says about its image, hung on it: what is in it, and how it was made. What hangs on carried images comes along.
#pragma once

#include "runtime/image/draft.h"
#include "runtime/image/layout_writer.h"

namespace chasi::image {

/// Nothing that the description asks for is missing or says something else. Reads little: the list of contents is a function of the image.
llvm::Expected<bool> isAttested(const std::string& layout, const BuildDescription& description, const Draft& draft, const Assembly& assembly);

/// Writes what is missing; `wrote` is called with the sizes of new blobs. True when index.json changed.
llvm::Expected<bool> attestBuild(const LayoutLock& lock, const BuildDescription& description, const Draft& draft, const Assembly& assembly, llvm::function_ref<void(uint64_t)> wrote);

struct AttestResult {
  Digest image;
  bool changed = false;
};
/// Hangs the list of what is in it on an image that is there, whoever built it; all of its layers are read.
llvm::Expected<AttestResult> attest(const std::string& layout, const std::string& name);

} // namespace chasi::image
