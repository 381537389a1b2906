// What somebody says about images that were found: which of the doubtful ones are images, and which texts are none, or none to carry.
#pragma once

#include "compiler/manifest/images.h"

#include <llvm/ADT/StringRef.h>

#include <cstdint>

namespace chasi::manifest {

/// Each a reference as it is written, or a pattern in which `*` stands for any text.
struct ImageAnswers {
  std::vector<std::string> use, ignore;
};

/// Which answers met something, side by side with them.
struct MetAnswers {
  std::vector<bool> use, ignore;
};

bool matches(llvm::StringRef pattern, llvm::StringRef text);

/// What is ignored goes, what is used becomes sure. What `met` has already stays.
void answer(std::vector<FoundImage>& found, const ImageAnswers& answers, MetAnswers& met);

} // namespace chasi::manifest
