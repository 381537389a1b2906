#include "compiler/syntax/dump.h"

namespace chasi::syntax {

namespace {

constexpr const char* kNodeNames[] = {
#define CHASI_NODE(name) #name,
#include "compiler/syntax/nodes.def"
#undef CHASI_NODE
};

/// Whether the naming token of such a node tells it from others.
bool showsToken(NodeKind kind) {
  switch (kind) {
  case NodeKind::Name:
  case NodeKind::NameExpr:
  case NodeKind::IntLit:
  case NodeKind::FloatLit:
  case NodeKind::QuantityLit:
  case NodeKind::BoolLit:
  case NodeKind::Unary:
  case NodeKind::Binary:
  case NodeKind::Edition: return true;
  default: return false;
  }
}

/// Bytes that are no text show as U+FFFD.
std::string quoted(llvm::StringRef text) { return nlohmann::json(text.str()).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

std::string oneLine(NodeRef node) {
  std::string out = nodeName(node.kind());
  if (node.flag(kOptional)) out += '?';
  if (node.flag(kSensitive)) out += '!';
  if (showsToken(node.kind())) out += " " + node.tokenText().str();
  else if (node.is(NodeKind::StringText)) out += " " + quoted(node.text());
  else if (node.is(NodeKind::Error)) out += " " + quoted(node.text());
  return out;
}

/// Calls `before` for each node, and `after` when its subtree ends; without recursion, trees can be deep.
template <typename Before, typename After> void walk(NodeRef root, const Before& before, const After& after) {
  std::vector<uint32_t> open;
  const auto nodes = root.tree().nodes();
  for (uint32_t i = root.index(); i < nodes[root.index()].end; ++i) {
    while (!open.empty() && open.back() <= i) open.pop_back(), after();
    before(NodeRef(&root.tree(), i), open.size());
    open.push_back(nodes[i].end);
  }
  for (; !open.empty(); open.pop_back()) after();
}

} // namespace

const char* nodeName(NodeKind kind) { return kNodeNames[static_cast<size_t>(kind)]; }

std::string dump(const Tree& tree) {
  std::string out;
  walk(tree.root(), [&](NodeRef n, size_t depth) { out += std::string(2 * depth, ' ') + oneLine(n) + "\n"; }, [] {});
  return out;
}

std::string dumpLine(NodeRef node) {
  std::string out;
  walk(node, [&](NodeRef n, size_t) { out += (out.empty() || out.back() == '(' ? "(" : " (") + oneLine(n); }, [&] { out += ')'; });
  return out;
}

} // namespace chasi::syntax
