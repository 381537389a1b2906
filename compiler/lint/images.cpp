#include "compiler/lint/images.h"

#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>

namespace chasi::lint {

/// Tags that are moved by habit: what they name today is not what they name tomorrow.
static constexpr llvm::StringLiteral kMoving[] = {"latest", "stable", "edge", "nightly", "main", "master", "dev"};

static std::string withoutTag(llvm::StringRef image) {
  const size_t slash = image.rfind('/');
  const size_t colon = image.find(':', slash == llvm::StringRef::npos ? 0 : slash);
  return image.substr(0, colon).str();
}

static std::string tagOf(llvm::StringRef image) {
  const std::string name = withoutTag(image);
  return name.size() < image.size() ? image.substr(name.size() + 1).str() : "";
}

std::optional<Floating> floatingTag(llvm::StringRef image) {
  if (image.contains('@')) return std::nullopt;
  const std::string name = withoutTag(image), tag = tagOf(image);
  if (!tag.empty() && !llvm::is_contained(kMoving, llvm::StringRef(tag))) return std::nullopt;
  return Floating{tag.empty() ? fmt::format("runs `{}` without a tag, which means `latest`", name) : fmt::format("runs `{}` with the floating tag `{}`", name, tag), fmt::format("name a version, such as `{}:1.4.2`, or a digest", name)};
}

} // namespace chasi::lint
