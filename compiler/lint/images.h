// Images whose tag may move.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <optional>
#include <string>

namespace chasi::lint {

struct Floating {
  std::string what; ///< "runs `nginx` without a tag, which means `latest`"
  std::string help;
};
inline constexpr const char* kFloatingNote = "what such a tag names can change without a change of the specification, and copies of one component can differ";

/// Nothing for an image with a digest, or a tag that stays.
std::optional<Floating> floatingTag(llvm::StringRef image);

} // namespace chasi::lint
