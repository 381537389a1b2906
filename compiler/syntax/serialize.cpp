#include "compiler/syntax/serialize.h"

#include <llvm/Support/xxhash.h>

#include <bit>
#include <cstring>

namespace chasi::syntax {

namespace {

static_assert(std::endian::native == std::endian::little, "the bytes of a tree are little-endian");

constexpr char kMagic[8] = {'c', 'h', 'a', 's', 'i', 't', 'r', '1'};

struct Header {
  char magic[8];
  uint32_t nodeKinds;  ///< how many kinds this version knows: a cheap guard against mixing versions
  uint32_t tokenKinds;
  uint64_t textHash;
  uint32_t tokens;
  uint32_t nodes;
};
static_assert(sizeof(Header) == 32);

constexpr uint32_t kNodeKinds = static_cast<uint32_t>(NodeKind::Error) + 1;
constexpr uint32_t kTokenKinds = static_cast<uint32_t>(TokenKind::BlockComment) + 1;

llvm::Error broken(const char* what) {
  return llvm::createStringError(std::make_error_code(std::errc::invalid_argument), "not a tree of this text: %s", what);
}

/// Whatever a walk relies on: tokens inside the text and in order, nodes properly nested, indices in range.
const char* findFault(llvm::ArrayRef<Token> tokens, llvm::ArrayRef<Node> nodes, size_t textSize) {
  uint32_t at = 0;
  for (const Token& t : tokens) {
    if (t.begin != at || t.end < t.begin || t.end > textSize) return "a token out of place";
    if (static_cast<uint32_t>(t.kind) >= kTokenKinds) return "an unknown token";
    at = t.end;
  }
  if (tokens.empty() || at != textSize || tokens.back().kind != TokenKind::EndOfFile) return "tokens that do not cover it";
  if (nodes.empty() || nodes[0].end != nodes.size()) return "no file";
  std::vector<uint32_t> open;
  for (uint32_t i = 0; i < nodes.size(); ++i) {
    while (!open.empty() && open.back() <= i) open.pop_back();
    const Node& n = nodes[i];
    if (static_cast<uint32_t>(n.kind) >= kNodeKinds) return "an unknown node";
    if (n.end <= i || n.end > (open.empty() ? nodes.size() : open.back())) return "nodes that are not nested";
    if (n.first > tokens.size() || n.token > tokens.size() || (n.last + 1 != n.first && n.last >= tokens.size()))
      return "a node out of place";
    open.push_back(n.end);
  }
  return nullptr;
}

} // namespace

std::string toBytes(const Tree& tree) {
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.nodeKinds = kNodeKinds;
  header.tokenKinds = kTokenKinds;
  header.textHash = llvm::xxh3_64bits(tree.text());
  header.tokens = static_cast<uint32_t>(tree.tokens().size());
  header.nodes = static_cast<uint32_t>(tree.nodes().size());
  std::string bytes;
  bytes.append(reinterpret_cast<const char*>(&header), sizeof header);
  bytes.append(reinterpret_cast<const char*>(tree.tokens().data()), tree.tokens().size() * sizeof(Token));
  bytes.append(reinterpret_cast<const char*>(tree.nodes().data()), tree.nodes().size() * sizeof(Node));
  return bytes;
}

llvm::Expected<Tree> fromBytes(llvm::StringRef bytes, llvm::StringRef text, uint32_t base) {
  Header header;
  if (bytes.size() < sizeof header) return broken("too short");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0 || header.nodeKinds != kNodeKinds || header.tokenKinds != kTokenKinds)
    return broken("written by another version");
  if (header.textHash != llvm::xxh3_64bits(text)) return broken("parsed from another text");
  const uint64_t tokenBytes = uint64_t{header.tokens} * sizeof(Token);
  const uint64_t nodeBytes = uint64_t{header.nodes} * sizeof(Node);
  if (bytes.size() != sizeof header + tokenBytes + nodeBytes) return broken("cut off");
  std::vector<Token> tokens(header.tokens);
  std::vector<Node> nodes(header.nodes);
  if (tokenBytes) std::memcpy(tokens.data(), bytes.data() + sizeof header, tokenBytes);
  if (nodeBytes) std::memcpy(nodes.data(), bytes.data() + sizeof header + tokenBytes, nodeBytes);
  if (const char* fault = findFault(tokens, nodes, text.size())) return broken(fault);
  return Tree(text, base, std::move(tokens), std::move(nodes));
}

} // namespace chasi::syntax
