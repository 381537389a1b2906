// Which node a rule makes.
#include "compiler/syntax/build.h"

namespace chasi::syntax {

bool TreeBuilder::has(uint32_t index, TokenKind token) const {
  for (uint32_t c = index + 1; c < concrete_[index].end; c = concrete_[c].end) {
    if (concrete_[c].rule == Rule::Token && concrete_[c].at < chunk_.size() && chunk_[concrete_[c].at].type == token) return true;
  }
  return false;
}

NodeKind TreeBuilder::kindOfLiteral(const Concrete& c) const {
  if (c.at >= chunk_.size()) return NodeKind::Error;
  switch (tokens_[chunk_[c.at].token].kind) {
  case TokenKind::Int: return NodeKind::IntLit;
  case TokenKind::Float: return NodeKind::FloatLit;
  case TokenKind::Quantity: return NodeKind::QuantityLit;
  case TokenKind::True:
  case TokenKind::False: return NodeKind::BoolLit;
  default: return NodeKind::Error; // a number that was reported
  }
}

/// File stands for "no node of its own".
NodeKind TreeBuilder::kindOfMember(uint32_t index) const {
  const uint32_t first = index + 1;
  const uint32_t second = first < concrete_[index].end ? concrete_[first].end : concrete_[index].end;
  if (second >= concrete_[index].end) return NodeKind::File;
  const Concrete& c = concrete_[second];
  if (c.rule == Rule::Token) return chunk_[c.at].type == TokenKind::PlusAssign ? NodeKind::Append : NodeKind::Assign;
  if (c.rule == Rule::Block) return NodeKind::Sub;
  return concrete_[first].rule == Rule::OverrideWord ? NodeKind::Override : NodeKind::Inner;
}

NodeKind TreeBuilder::kindOfOperand(uint32_t index) const {
  const Concrete& c = concrete_[index];
  const uint32_t first = index + 1;
  if (first >= c.end || concrete_[first].end >= c.end) return NodeKind::File;
  if (concrete_[first].rule == Rule::Token) return NodeKind::Unary;
  const Concrete& second = concrete_[concrete_[first].end];
  if (second.rule != Rule::Token) return NodeKind::Amend;
  switch (chunk_[second.at].type) {
  case TokenKind::Dot: return NodeKind::Member;
  case TokenKind::OptDot: return NodeKind::OptMember;
  case TokenKind::BracketOpen: return NodeKind::Index;
  case TokenKind::ParenOpen: return NodeKind::Call;
  case TokenKind::As: return NodeKind::As;
  default: return NodeKind::Binary;
  }
}

NodeKind TreeBuilder::kindOf(uint32_t index) const {
  const Concrete& c = concrete_[index];
  if (c.flags & kFailed) return NodeKind::Error;
  switch (c.rule) {
  case Rule::Edition: return NodeKind::Edition;
  case Rule::ImportItem: return NodeKind::Import;
  case Rule::Param: return NodeKind::Param;
  case Rule::Let: return NodeKind::Let;
  case Rule::Fn: return NodeKind::Fn;
  case Rule::FnParam: return NodeKind::FnParam;
  case Rule::FnBody: return NodeKind::BodyExpr;
  case Rule::TypeParams: return NodeKind::TypeParams;
  case Rule::TypeDecl: return NodeKind::TypeDecl;
  case Rule::SchemaItem: return has(index, TokenKind::Kind) ? NodeKind::Kind : NodeKind::Schema;
  case Rule::Deprecated: return NodeKind::Deprecated;
  case Rule::Extends: return NodeKind::Extends;
  case Rule::SchemaBody: return NodeKind::SchemaBody;
  case Rule::Field: return NodeKind::Field;
  case Rule::Check: return NodeKind::Check;
  case Rule::Nested: return NodeKind::Nested;
  case Rule::Lower: return NodeKind::Lower;
  case Rule::Declaration: return NodeKind::Declaration;
  case Rule::KindName:
  case Rule::CastName:
  case Rule::DottedName: return NodeKind::DottedName;
  case Rule::OverrideItem: return NodeKind::Override;
  case Rule::SetParam: return NodeKind::SetParam;
  case Rule::Layer: return NodeKind::Layer;
  case Rule::ForItem: return NodeKind::For;
  case Rule::IfItem:
  case Rule::IfMember: return NodeKind::If;
  case Rule::ItemBody:
  case Rule::MemberBody: return NodeKind::Body;
  case Rule::Guard: return NodeKind::Guard;
  case Rule::Policy: return NodeKind::Policy;
  case Rule::PolicyFor: return NodeKind::PolicyFor;
  case Rule::Deny: return NodeKind::Deny;
  case Rule::Warn: return NodeKind::Warn;
  case Rule::Except: return NodeKind::Except;
  case Rule::Test: return NodeKind::Test;
  case Rule::With: return NodeKind::With;
  case Rule::Assertion: return NodeKind::Assert;
  case Rule::Expect: return NodeKind::Expect;
  case Rule::Snapshot: return NodeKind::Snapshot;
  case Rule::Block: return NodeKind::Block;
  case Rule::Member: return kindOfMember(index);
  case Rule::Unset: return NodeKind::Unset;
  case Rule::Spread: return NodeKind::Spread;
  case Rule::ForMember: return has(index, TokenKind::Colon) ? NodeKind::ForEntry : NodeKind::For;
  case Rule::ForElement: return NodeKind::ForEntry;
  case Rule::IfElement: return NodeKind::IfEntry;
  case Rule::RefinedType: return has(index, TokenKind::Where) ? NodeKind::RefinedType : NodeKind::File;
  case Rule::Type: {
    uint32_t alternatives = 0;
    for (uint32_t k = index + 1; k < c.end; k = concrete_[k].end) alternatives += concrete_[k].rule == Rule::OptType;
    return alternatives > 1 ? NodeKind::UnionType : NodeKind::File;
  }
  case Rule::OptType: return has(index, TokenKind::Question) ? NodeKind::OptionalType : NodeKind::File;
  case Rule::NamedType:
  case Rule::CastType: return NodeKind::NamedType;
  case Rule::LiteralType: return NodeKind::LiteralType;
  case Rule::FnType: return NodeKind::FnType;
  case Rule::Lambda: return NodeKind::Lambda;
  case Rule::BareParam:
  case Rule::LambdaParam: return NodeKind::LambdaParam;
  case Rule::Operand: return kindOfOperand(index);
  case Rule::NamedArg: return NodeKind::NamedArg;
  case Rule::NameExpr: return NodeKind::NameExpr;
  case Rule::Literal: return kindOfLiteral(c);
  case Rule::Negative: return NodeKind::Unary;
  case Rule::Paren: return NodeKind::Paren;
  case Rule::BlockLit: return NodeKind::BlockLit;
  case Rule::IfExpr: return NodeKind::IfExpr;
  case Rule::BodyExpr: return NodeKind::BodyExpr;
  case Rule::MatchExpr: return NodeKind::Match;
  case Rule::MatchArm: return NodeKind::MatchArm;
  case Rule::Otherwise: return NodeKind::Else;
  case Rule::MatchBind: return NodeKind::MatchBind;
  case Rule::List: return NodeKind::List;
  case Rule::String: return NodeKind::String;
  case Rule::StringText: return NodeKind::StringText;
  case Rule::Interp: return NodeKind::Interp;
  case Rule::OverrideWord: {
    const uint32_t around = nearestNode();
    return nodes_[around].kind == NodeKind::Override ? NodeKind::File : NodeKind::Name;
  }
  case Rule::Name:
  case Rule::MemberWord:
  case Rule::KindWord: return NodeKind::Name;
  default: return NodeKind::File;
  }
}

/// Index of the token (in the token list) that names the node.
uint32_t TreeBuilder::namingToken(NodeKind kind, uint32_t index) const {
  const Concrete& c = concrete_[index];
  const uint32_t first = index + 1;
  const auto tokenOf = [&](uint32_t k) { return chunk_[concrete_[k].at].token; };
  switch (kind) {
  case NodeKind::Edition: return first < c.end && concrete_[first].end < c.end ? tokenOf(concrete_[first].end) : tokenOf(first);
  case NodeKind::Member:
  case NodeKind::OptMember:
  case NodeKind::Index:
  case NodeKind::Call:
  case NodeKind::Binary: return tokenOf(concrete_[first].end);
  default: return nodes_.back().first;
  }
}

} // namespace chasi::syntax
