// What chasi.lock has of images in registries; nothing here knows the lock itself.
#pragma once

#include "compiler/source/diagnostic.h"

#include <llvm/ADT/StringRef.h>

#include <functional>
#include <string>

namespace chasi::sema {

/// What an image in a registry is pinned to; without a digest, why that cannot be told.
struct Pin {
  std::string digest; ///< "sha256:…"
  source::Code code = {};
  std::string message, hint;
};

/// By the address as it is written.
using PinReader = std::function<Pin(llvm::StringRef reference)>;

} // namespace chasi::sema
