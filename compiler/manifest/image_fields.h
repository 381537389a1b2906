// Where custom resources that are widely used have the images that their operators run.
#pragma once

#include <llvm/ADT/ArrayRef.h>

namespace chasi::manifest {

/// A line for each field: paths from the object on, with `*` for any member or item.
struct ImageField {
  const char* group;
  const char* kind;          ///< or `*`
  const char* image;         ///< an image, or what is one together with the next two
  const char* tag = "";      ///< where its tag stands; the first that is there of several, with a blank between; a `*` means what it meant in `image`
  const char* registry = ""; ///< what comes in front of it
};

llvm::ArrayRef<ImageField> imageFields();

} // namespace chasi::manifest
