#include "runtime/image/base.h"
#include "runtime/image/inspect.h"

#include <fmt/format.h>

namespace chasi::image {

static llvm::Expected<ImageTree> load(const std::string& layout, const std::string& ref, const Platform& platform) {
  auto image = loadBase(layout, ref, platform);
  if (!image) return image.takeError();
  return readTree(layout, image->layers, true);
}

static const char* word(TreeNode::Kind kind) {
  switch (kind) {
  case TreeNode::Kind::Folder: return "folder";
  case TreeNode::Kind::Regular: return "file";
  case TreeNode::Kind::Symlink: return "link";
  case TreeNode::Kind::Other: return "special file";
  }
  return "";
}

static std::string changes(const TreeNode& a, const TreeNode& b) {
  if (a.kind != b.kind) return fmt::format("{} → {}", word(a.kind), word(b.kind));
  std::vector<std::string> parts;
  if (a.size != b.size) parts.push_back(fmt::format("content, {} → {} bytes", a.size, b.size));
  else if (a.content != b.content) parts.push_back("content");
  if (a.link != b.link) parts.push_back(fmt::format("target {} → {}", a.link, b.link));
  if (a.mode != b.mode) parts.push_back(fmt::format("mode {:04o} → {:04o}", a.mode, b.mode));
  return fmt::format("{}", fmt::join(parts, ", "));
}

llvm::Expected<std::vector<Difference>> diff(const std::string& layoutA, const std::string& refA, const std::string& layoutB,
                                             const std::string& refB, const Platform& platform) {
  auto a = load(layoutA, refA, platform);
  if (!a) return a.takeError();
  auto b = load(layoutB, refB, platform);
  if (!b) return b.takeError();
  std::vector<Difference> out;
  auto left = a->nodes.begin();
  auto right = b->nodes.begin();
  while (left != a->nodes.end() || right != b->nodes.end()) {
    const bool onlyLeft = right == b->nodes.end() || (left != a->nodes.end() && left->first < right->first);
    const bool onlyRight = left == a->nodes.end() || (right != b->nodes.end() && right->first < left->first);
    if (onlyLeft) {
      out.push_back({Difference::Kind::Removed, "/" + left->first, word(left->second.kind)});
    } else if (onlyRight) {
      out.push_back({Difference::Kind::Added, "/" + right->first, word(right->second.kind)});
    } else if (!(left->second == right->second)) {
      out.push_back({Difference::Kind::Changed, "/" + left->first, changes(left->second, right->second)});
    }
    if (!onlyRight) ++left;
    if (!onlyLeft) ++right;
  }
  return out;
}

} // namespace chasi::image
