// The lossless tree: every byte of a file is in exactly one token, every token is in the tree's token list, and nodes
// are an index over ranges of tokens. Two flat arrays, no pointers: a tree can be written to a file and mapped back.
//
// Nodes stand in pre-order. Node i's children are the nodes from i+1 on, each followed by the node at its `end`, up to
// node i's own `end`. Node 0 is the File. Broken pieces are Error nodes; consumers skip them, they were reported.
#pragma once

#include "compiler/source/span.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>

#include <cstdint>
#include <string>
#include <vector>

namespace chasi::syntax {

enum class TokenKind : uint8_t {
#define CHASI_TOKEN(name, text) name,
#include "compiler/syntax/tokens.def"
#undef CHASI_TOKEN
};

/// `begin` and `end` are byte offsets within the file.
struct Token {
  uint32_t begin;
  uint32_t end;
  TokenKind kind;
  uint8_t flags; ///< 0; reserved
  uint16_t pad;
};
static_assert(sizeof(Token) == 12);

/// Spelled in nodes.def with the children that each kind has, in order.
enum class NodeKind : uint8_t {
#define CHASI_NODE(name) name,
#include "compiler/syntax/nodes.def"
#undef CHASI_NODE
};

struct Node {
  NodeKind kind;
  uint8_t flags;  ///< NodeFlag bits
  uint16_t pad;
  uint32_t token; ///< the token that names the node best: a name's identifier, a binary expression's operator
  uint32_t first; ///< first token, trivia before it excluded
  uint32_t last;  ///< last token; an empty node has last + 1 == first
  uint32_t end;   ///< index after the last node of this subtree
};
static_assert(sizeof(Node) == 20);

enum NodeFlag : uint8_t {
  kOptional = 1,  ///< Field: `name?: T`
  kBroken = 2,    ///< an Error node lies somewhere below: it was reported, do not complain about what follows from it
  kSensitive = 4, ///< Field: marked `sensitive`
};

class Tree;

/// A node together with its tree: two words, passed by value. A default one is "no node": in a broken tree any child may be
/// missing, so it can be asked like an Error node without children, text and place. Only tree() needs a node.
class NodeRef {
public:
  NodeRef() = default;
  NodeRef(const Tree* tree, uint32_t index) : tree_(tree), index_(index) {}

  explicit operator bool() const { return tree_ != nullptr; }
  inline NodeKind kind() const;
  bool is(NodeKind k) const { return tree_ && kind() == k; }
  inline bool flag(NodeFlag f) const;
  uint32_t index() const { return index_; }
  const Tree& tree() const { return *tree_; }

  /// The n-th child, or no node.
  NodeRef child(uint32_t n) const;
  /// The first child of this kind, or no node.
  NodeRef child(NodeKind k) const;
  uint32_t childCount() const;

  class Children;
  inline Children children() const;

  /// The place in the SourceSet that the tree was parsed from.
  source::Span span() const;
  /// The place of the naming token alone.
  source::Span tokenSpan() const;
  llvm::StringRef text() const;
  llvm::StringRef tokenText() const;
  TokenKind token() const;
  /// The doc comment that stands before this declaration or field, `///` and one space removed, lines joined by '\n'.
  std::string doc() const;

private:
  const Tree* tree_ = nullptr;
  uint32_t index_ = 0;
};

/// Immutable once made; may be read by many threads.
class Tree {
public:
  Tree(llvm::StringRef text, uint32_t base, std::vector<Token> tokens, std::vector<Node> nodes)
      : text_(text), base_(base), tokens_(std::move(tokens)), nodes_(std::move(nodes)) {}

  NodeRef root() const { return {this, 0}; }
  llvm::ArrayRef<Token> tokens() const { return tokens_; }
  llvm::ArrayRef<Node> nodes() const { return nodes_; }
  /// The file's text, owned by the SourceSet.
  llvm::StringRef text() const { return text_; }
  /// Address of the file's first byte in the SourceSet.
  uint32_t base() const { return base_; }

private:
  llvm::StringRef text_;
  uint32_t base_;
  std::vector<Token> tokens_;
  std::vector<Node> nodes_;
};

inline NodeKind NodeRef::kind() const { return tree_ ? tree_->nodes()[index_].kind : NodeKind::Error; }
inline bool NodeRef::flag(NodeFlag f) const { return tree_ && (tree_->nodes()[index_].flags & f) != 0; }

class NodeRef::Children {
public:
  class iterator {
  public:
    iterator(const Tree* tree, uint32_t index) : tree_(tree), index_(index) {}
    NodeRef operator*() const { return {tree_, index_}; }
    iterator& operator++() {
      index_ = tree_->nodes()[index_].end;
      return *this;
    }
    bool operator!=(const iterator& other) const { return index_ != other.index_; }

  private:
    const Tree* tree_;
    uint32_t index_;
  };
  Children(const Tree* tree, uint32_t index) : tree_(tree), index_(index) {}
  iterator begin() const { return {tree_, index_ + 1}; }
  iterator end() const { return {tree_, tree_ ? tree_->nodes()[index_].end : index_ + 1}; }

private:
  const Tree* tree_;
  uint32_t index_;
};
inline NodeRef::Children NodeRef::children() const { return {tree_, index_}; }

/// True for nodes that stand where a type, or an expression, is expected (see the groups in nodes.def).
bool isType(NodeKind kind);
bool isExpr(NodeKind kind);

} // namespace chasi::syntax
