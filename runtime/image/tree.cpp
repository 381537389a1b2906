#include "runtime/image/tree.h"

#include "runtime/image/fault.h"

#include <fmt/format.h>

namespace chasi::image {

const TreeNode* ImageTree::find(const std::string& path) const {
  static const TreeNode root;
  if (path.empty()) return &root;
  const auto it = nodes.find(path);
  return it == nodes.end() ? nullptr : &it->second;
}

/// Erases what lies below `path`. The children are not one run in the order of bytes with their parent ("a", "a-b",
/// "a/b"), but they are one run by themselves.
static bool eraseBelow(std::map<std::string, TreeNode>& nodes, const std::string& path) {
  const std::string prefix = path.empty() ? "" : path + "/";
  const auto first = nodes.lower_bound(prefix);
  auto last = first;
  while (last != nodes.end() && last->first.starts_with(prefix)) ++last;
  const bool any = first != last;
  nodes.erase(first, last);
  return any;
}

bool ImageTree::remove(const std::string& path) {
  const bool below = eraseBelow(nodes, path);
  return nodes.erase(path) != 0 || below;
}

void ImageTree::set(const std::string& path, TreeNode node) {
  if (path.empty()) return;
  if (node.kind != TreeNode::Kind::Folder) eraseBelow(nodes, path);
  nodes.insert_or_assign(path, std::move(node));
}

std::optional<std::string> resolveLinks(const std::string& path, llvm::function_ref<std::optional<std::string>(const std::string&)> linkAt) {
  int links = 0;
  std::string done;
  std::vector<std::string> pending; // the next component is at the back
  const auto push = [&](llvm::StringRef text) {
    llvm::SmallVector<llvm::StringRef, 16> parts;
    text.split(parts, '/', -1, false);
    for (auto it = parts.rbegin(); it != parts.rend(); ++it) pending.push_back(it->str());
  };
  push(path);
  while (!pending.empty()) {
    const std::string part = std::move(pending.back());
    pending.pop_back();
    if (part == ".") continue;
    if (part == "..") {
      done = llvm::StringRef(done).rsplit('/').first.size() == done.size() ? std::string() : llvm::StringRef(done).rsplit('/').first.str();
      continue;
    }
    std::string next = done.empty() ? part : done + "/" + part;
    const std::optional<std::string> link = linkAt(next);
    if (!link) {
      done = std::move(next);
      continue;
    }
    if (++links > maxLinks) return std::nullopt;
    if (llvm::StringRef(*link).starts_with("/")) done.clear();
    push(*link);
  }
  return done;
}

llvm::Expected<std::string> ImageTree::resolve(const std::string& path) const {
  auto place = resolveLinks(path, [&](const std::string& at) -> std::optional<std::string> {
    const TreeNode* node = find(at);
    return node && node->kind == TreeNode::Kind::Symlink ? std::optional(node->link) : std::nullopt;
  });
  if (place) return std::move(*place);
  return fault(FaultCode::BadInput, fmt::format("/{} leads through more than {} symbolic links in the image", path, maxLinks));
}

llvm::Expected<std::string> cleanPath(llvm::StringRef path) {
  llvm::SmallVector<llvm::StringRef, 16> parts;
  path.split(parts, '/', -1, false);
  std::string out;
  for (llvm::StringRef part : parts) {
    if (part == ".") continue;
    if (part == "..")
      return fault(FaultCode::BadDescription, fmt::format("\"{}\" goes up with \"..\"", path.str()), "write the path without it");
    if (!out.empty()) out += '/';
    out += part;
  }
  return out;
}

} // namespace chasi::image
