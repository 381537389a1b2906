#include "compiler/syntax/format_units.h"

namespace chasi::syntax::layout {

namespace {

NodeKind ownerKind(const Tree& tree, const Unit& unit) { return tree.nodes()[unit.owner].kind; }

bool isTypeAngle(const Tree& tree, const Unit& unit) {
  if (unit.kind != TokenKind::Less && unit.kind != TokenKind::Greater) return false;
  const NodeKind owner = ownerKind(tree, unit);
  return owner == NodeKind::NamedType || owner == NodeKind::TypeParams;
}

/// The `:` before a type stands close; the one before a message or a value does not.
bool isTypeColon(const Tree& tree, const Unit& unit) {
  if (unit.kind != TokenKind::Colon) return false;
  switch (ownerKind(tree, unit)) {
  case NodeKind::Param:
  case NodeKind::Let:
  case NodeKind::FnParam:
  case NodeKind::Field:
  case NodeKind::LambdaParam:
  case NodeKind::Nested:
  case NodeKind::MatchBind: return true;
  default: return false;
  }
}

bool isPrefix(const Tree& tree, const Unit& unit) {
  return (unit.kind == TokenKind::Minus || unit.kind == TokenKind::Not) && ownerKind(tree, unit) == NodeKind::Unary;
}

/// Nothing stands between this and what follows.
bool clingsForward(const Tree& tree, const Unit& unit) {
  switch (unit.kind) {
  case TokenKind::ParenOpen:
  case TokenKind::BracketOpen:
  case TokenKind::Dot:
  case TokenKind::OptDot:
  case TokenKind::Spread:
  case TokenKind::Range:
  case TokenKind::RangeUntil: return true;
  case TokenKind::Less: return isTypeAngle(tree, unit);
  default: return isPrefix(tree, unit);
  }
}

bool clingsBack(const Tree& tree, const Unit& unit) {
  switch (unit.kind) {
  case TokenKind::ParenClose:
  case TokenKind::BracketClose:
  case TokenKind::Dot:
  case TokenKind::OptDot:
  case TokenKind::Question:
  case TokenKind::Range:
  case TokenKind::RangeUntil: return true;
  case TokenKind::Less:
  case TokenKind::Greater: return isTypeAngle(tree, unit);
  case TokenKind::Colon: return isTypeColon(tree, unit);
  case TokenKind::BracketOpen: return ownerKind(tree, unit) == NodeKind::Index;
  case TokenKind::ParenOpen: return ownerKind(tree, unit) == NodeKind::Call || ownerKind(tree, unit) == NodeKind::Fn;
  default: return false;
  }
}

bool isOperator(const Tree& tree, const Unit& unit) {
  switch (unit.kind) {
  case TokenKind::And:
  case TokenKind::Or:
  case TokenKind::Coalesce:
  case TokenKind::Bar: return true;
  default: return ownerKind(tree, unit) == NodeKind::Binary && unit.kind != TokenKind::Range && unit.kind != TokenKind::RangeUntil;
  }
}

} // namespace

bool spaceBetween(const Tree& tree, const Unit& before, const Unit& after) {
  if (before.kind == TokenKind::BraceOpen && after.kind == TokenKind::BraceClose) return false;
  return !clingsForward(tree, before) && !clingsBack(tree, after);
}

bool breakIsKept(const Tree& tree, const Unit& before, const Unit& after, bool comma) {
  switch (after.kind) {
  case TokenKind::Dot:
  case TokenKind::OptDot:
  case TokenKind::Arrow:
  case TokenKind::Where:
  case TokenKind::Extends: return true;
  case TokenKind::Colon: return !isTypeColon(tree, after);
  case TokenKind::If:
    if (ownerKind(tree, after) == NodeKind::Guard) return true;
    break;
  case TokenKind::Schema:
  case TokenKind::Kind:
    if (ownerKind(tree, before) == NodeKind::Deprecated || before.kind == TokenKind::StringClose) return true;
    break;
  default:
    if (isOperator(tree, after)) return true;
  }
  switch (before.kind) {
  case TokenKind::Assign:
  case TokenKind::PlusAssign:
  case TokenKind::FatArrow:
  case TokenKind::Arrow: return true;
  case TokenKind::Colon: return !isTypeColon(tree, before);
  default: return isOperator(tree, before) || (comma && ownerKind(tree, before) != NodeKind::NamedType);
  }
}

bool isEntry(NodeKind list, NodeKind child) {
  switch (list) {
  case NodeKind::File:
  case NodeKind::Block:
  case NodeKind::SchemaBody:
  case NodeKind::Body:
  case NodeKind::BodyExpr:
  case NodeKind::List: return true;
  case NodeKind::Match: return child == NodeKind::MatchArm;
  case NodeKind::Policy:
  case NodeKind::Test: return child != NodeKind::String;
  default: return false;
  }
}

} // namespace chasi::syntax::layout
