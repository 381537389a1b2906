// From the concrete syntax to the tree: rules become the nodes of nodes.def or vanish, and entries that nothing separates
// are reported.
#pragma once

#include "compiler/syntax/concrete.h"
#include "compiler/syntax/layout.h"
#include "compiler/syntax/reporter.h"

namespace chasi::syntax {

class TreeBuilder {
public:
  /// `tokens` gets the kind Identifier where a word is a name.
  TreeBuilder(std::vector<Token>& tokens, uint32_t nodeDepth, Reporter& reporter);

  /// Adds the items of one chunk. `concrete[0]` is its `file`.
  void add(llvm::ArrayRef<ParserToken> tokens, bool damaged, llvm::ArrayRef<Concrete> concrete);
  /// Adds an Error node over tokens that were not parsed.
  void addError(llvm::ArrayRef<ParserToken> tokens);
  std::vector<Node> finish();

private:
  struct Open {
    uint32_t end;  ///< the Concrete after the last one below
    uint32_t node; ///< kNone for a rule that makes no node
    uint32_t skipped; ///< the Error node that the next skipped token joins, or kNone
    Rule rule;
    bool entry;    ///< the last child was an entry of a list, and nothing has separated it yet
  };

  void leaf(uint32_t index);
  void rule(uint32_t index);
  void push(NodeKind kind, uint32_t index, uint32_t end);
  void close();
  void separation(uint32_t index);
  NodeKind kindOf(uint32_t index) const;
  NodeKind kindOfMember(uint32_t index) const;
  NodeKind kindOfOperand(uint32_t index) const;
  NodeKind kindOfLiteral(const Concrete& c) const;
  uint32_t namingToken(NodeKind kind, uint32_t index) const;
  bool has(uint32_t index, TokenKind token) const;
  uint32_t lastOf(uint32_t index) const;
  uint32_t nearestNode() const;

  std::vector<Token>& tokens_;
  uint32_t nodeDepth_;
  Reporter& reporter_;
  std::vector<Node> nodes_;
  std::vector<Open> stack_;
  uint32_t depth_ = 1; ///< nodes on the stack
  bool tooDeep_ = false; ///< reported for this chunk
  uint32_t lastItem_ = UINT32_MAX; ///< the last node at file level of this chunk
  bool damaged_ = false;
  llvm::ArrayRef<ParserToken> chunk_;
  llvm::ArrayRef<Concrete> concrete_;
};

} // namespace chasi::syntax
