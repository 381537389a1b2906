#include "compiler/syntax/tree.h"

#include "compiler/syntax/concrete.h"

namespace chasi::syntax {

NodeRef NodeRef::child(uint32_t n) const {
  if (!tree_) return {};
  for (const NodeRef c : children()) {
    if (n-- == 0) return c;
  }
  return {};
}

NodeRef NodeRef::child(NodeKind k) const {
  if (!tree_) return {};
  for (const NodeRef c : children()) {
    if (c.kind() == k) return c;
  }
  return {};
}

uint32_t NodeRef::childCount() const {
  uint32_t n = 0;
  if (tree_) {
    for ([[maybe_unused]] const NodeRef c : children()) ++n;
  }
  return n;
}

source::Span NodeRef::span() const {
  if (!tree_) return {};
  const Node& node = tree_->nodes()[index_];
  const auto tokens = tree_->tokens();
  const uint32_t begin = node.first < tokens.size() ? tokens[node.first].begin : static_cast<uint32_t>(tree_->text().size());
  if (node.last + 1 == node.first) { // empty: behind the token that comes before it
    const uint32_t at = node.first > 0 ? tokens[node.last].end : begin;
    return {tree_->base() + at, tree_->base() + at};
  }
  return {tree_->base() + begin, tree_->base() + tokens[node.last].end};
}

source::Span NodeRef::tokenSpan() const {
  if (!tree_) return {};
  const Node& node = tree_->nodes()[index_];
  if (node.last + 1 == node.first || node.token >= tree_->tokens().size()) return span();
  const Token& token = tree_->tokens()[node.token];
  return {tree_->base() + token.begin, tree_->base() + token.end};
}

llvm::StringRef NodeRef::text() const {
  if (!tree_) return "";
  const source::Span s = span();
  return tree_->text().slice(s.begin - tree_->base(), s.end - tree_->base());
}

llvm::StringRef NodeRef::tokenText() const {
  if (!tree_) return "";
  const source::Span s = tokenSpan();
  return tree_->text().slice(s.begin - tree_->base(), s.end - tree_->base());
}

TokenKind NodeRef::token() const {
  if (!tree_) return TokenKind::EndOfFile;
  const uint32_t token = tree_->nodes()[index_].token;
  return token < tree_->tokens().size() ? tree_->tokens()[token].kind : TokenKind::EndOfFile;
}

std::string NodeRef::doc() const {
  if (!tree_) return "";
  std::vector<llvm::StringRef> lines;
  const auto tokens = tree_->tokens();
  for (uint32_t i = tree_->nodes()[index_].first; i > 0; --i) {
    const Token& token = tokens[i - 1];
    if (token.kind == TokenKind::DocComment) {
      // One behind code on its line belongs to that code, if to anything.
      const bool ownLine = tree_->text().take_front(token.begin).rtrim(" \t").ends_with("\n") ||
                           tree_->text().take_front(token.begin).rtrim(" \t").empty();
      if (!ownLine) break;
      llvm::StringRef line = tree_->text().slice(token.begin, token.end).drop_front(3);
      line.consume_front(" ");
      lines.push_back(line.rtrim());
    } else if (token.kind != TokenKind::Whitespace && token.kind != TokenKind::NewLine) {
      break;
    }
  }
  std::string text;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (line != lines.rbegin()) text += '\n';
    text += *line;
  }
  return text;
}

bool isType(NodeKind kind) { return kind >= NodeKind::NamedType && kind <= NodeKind::RefinedType; }

bool isExpr(NodeKind kind) {
  switch (kind) {
  case NodeKind::StringText:
  case NodeKind::Interp:
  case NodeKind::NamedArg:
  case NodeKind::BodyExpr:
  case NodeKind::MatchArm:
  case NodeKind::MatchBind:
  case NodeKind::Else:
  case NodeKind::LambdaParam: return false;
  default: return kind >= NodeKind::IntLit && kind <= NodeKind::BlockLit;
  }
}

} // namespace chasi::syntax
