#include "compiler/syntax/build.h"

namespace chasi::syntax {

namespace {

constexpr uint32_t kNone = UINT32_MAX;

/// What separates the entries of the list that this rule holds, or nothing when it holds none.
const char* separatorOf(Rule list, Rule entry) {
  switch (list) {
  case Rule::File:
  case Rule::ItemBody: return "a new line";
  case Rule::Policy: return entry == Rule::PolicyMember ? "a new line" : nullptr;
  case Rule::Test: return entry == Rule::TestMember ? "a new line" : nullptr;
  case Rule::Block:
  case Rule::MemberBody:
  case Rule::SchemaBody:
  case Rule::List:
  case Rule::FnBody:
  case Rule::BodyExpr: return "`,` or a new line";
  case Rule::MatchExpr: return entry == Rule::MatchArm ? "`,` or a new line" : nullptr;
  case Rule::Fn: return entry == Rule::FnParam ? "`,`" : nullptr;
  case Rule::Lambda: return entry == Rule::LambdaParam ? "`,`" : nullptr;
  case Rule::Operand: return entry == Rule::Arg ? "`,`" : nullptr;
  case Rule::FnType: return entry == Rule::Type ? "`,`" : nullptr;
  default: return nullptr;
  }
}

bool isElseIfRule(Rule rule) { return rule == Rule::IfItem || rule == Rule::IfMember || rule == Rule::IfExpr; }

} // namespace

TreeBuilder::TreeBuilder(std::vector<Token>& tokens, uint32_t nodeDepth, Reporter& reporter)
    : tokens_(tokens), nodeDepth_(nodeDepth), reporter_(reporter) {
  nodes_.push_back({NodeKind::File, 0, 0, 0, 0, static_cast<uint32_t>(tokens.size() - 1), 0});
}

uint32_t TreeBuilder::nearestNode() const {
  for (size_t i = stack_.size(); i > 0; --i) {
    if (stack_[i - 1].node != kNone) return stack_[i - 1].node;
  }
  return 0;
}

/// The last parser token of a rule; one less than its first when it is empty.
uint32_t TreeBuilder::lastOf(uint32_t index) const {
  const uint32_t end = concrete_[index].end;
  const uint32_t after = end < concrete_.size() ? concrete_[end].at : static_cast<uint32_t>(chunk_.size());
  return std::min(after, static_cast<uint32_t>(chunk_.size())) - 1;
}

void TreeBuilder::push(NodeKind kind, uint32_t index, uint32_t end) {
  const Concrete& c = concrete_[index];
  const uint32_t last = lastOf(index);
  Node node{kind, 0, 0, 0, 0, 0, 0};
  if (last + 1 <= c.at) { // nothing was there
    node.last = c.at > 0 ? chunk_[c.at - 1].token : chunk_[0].token - 1;
    node.first = node.last + 1;
  } else {
    node.first = chunk_[c.at].token;
    node.last = chunk_[last].token;
  }
  if (depth_ == 1) {
    // What could not be read right behind an item most likely belongs to it.
    if (kind == NodeKind::Error && lastItem_ != kNone) nodes_[lastItem_].flags |= kBroken;
    lastItem_ = static_cast<uint32_t>(nodes_.size());
  }
  nodes_.push_back(node);
  nodes_.back().token = kind == NodeKind::Error ? node.first : namingToken(kind, index);
  stack_.push_back({end, static_cast<uint32_t>(nodes_.size() - 1), kNone, c.rule, false});
  ++depth_;
}

void TreeBuilder::close() {
  const Open top = stack_.back();
  stack_.pop_back();
  if (top.node == kNone) return;
  --depth_;
  Node& node = nodes_[top.node];
  node.end = static_cast<uint32_t>(nodes_.size());
  if (node.kind == NodeKind::Error || (node.flags & kBroken)) nodes_[nearestNode()].flags |= kBroken;
}

void TreeBuilder::leaf(uint32_t index) {
  const Concrete& c = concrete_[index];
  if (c.at >= chunk_.size()) return; // the end
  Open& top = stack_.back();
  top.entry = false;
  if (c.flags & kSkipped) {
    if (top.node != kNone && nodes_[top.node].kind == NodeKind::Error) return;
    const uint32_t token = chunk_[c.at].token;
    if (top.skipped == kNone) {
      top.skipped = static_cast<uint32_t>(nodes_.size());
      nodes_.push_back({NodeKind::Error, 0, 0, token, token, token, top.skipped + 1});
      nodes_[nearestNode()].flags |= kBroken;
      if (depth_ == 1 && lastItem_ != kNone) nodes_[lastItem_].flags |= kBroken;
    } else {
      nodes_[top.skipped].last = token;
    }
    return;
  }
  top.skipped = kNone;
  const TokenKind type = chunk_[c.at].type;
  if (top.rule == Rule::Field && top.node != kNone) {
    if (type == TokenKind::Question) nodes_[top.node].flags |= kOptional;
    if (type == TokenKind::Sensitive) nodes_[top.node].flags |= kSensitive;
  }
  const bool afterElse = c.at > 0 && chunk_[c.at - 1].type == TokenKind::Else;
  if (type == TokenKind::If && afterElse && isElseIfRule(top.rule) && top.node != kNone) {
    // `else if` is one loop in the grammar and one `If` inside the other in the tree.
    const NodeKind kind = nodes_[top.node].kind;
    if (kind == NodeKind::Error) return;
    const uint32_t token = chunk_[c.at].token;
    if (depth_ >= nodeDepth_) {
      nodes_[nearestNode()].flags |= kBroken;
      return; // the rest of the chain is reported by rule()
    }
    const Rule rule = top.rule;
    const uint32_t end = top.end;
    nodes_.push_back({kind, 0, 0, token, token, nodes_[top.node].last, 0});
    stack_.push_back({end, static_cast<uint32_t>(nodes_.size() - 1), kNone, rule, false});
    ++depth_;
  }
}

/// Two entries of a list with nothing between them.
void TreeBuilder::separation(uint32_t index) {
  const Concrete& c = concrete_[index];
  Open& top = stack_.back();
  const char* separator = separatorOf(top.rule, c.rule);
  if (!separator) {
    top.entry = false;
    return;
  }
  const bool failed = (c.flags & kFailed) || (index + 1 < c.end && (concrete_[index + 1].flags & kFailed));
  if (top.entry && !failed && !damaged_ && c.at < chunk_.size() && !(chunk_[c.at].flags & kDamaged)) {
    const Token& token = tokens_[chunk_[c.at].token];
    if (auto* d = reporter_.report(source::Code::UnexpectedToken, reporter_.span(token), fmt::format("{} is missing before this", separator))) {
      const uint32_t before = tokens_[chunk_[c.at - 1].token].end;
      if (llvm::StringRef(separator).contains(',')) d->sureFix("insert `,`", reporter_.span(before, before), ",");
    }
  }
  top.entry = !failed;
}

void TreeBuilder::rule(uint32_t index) {
  const Concrete& c = concrete_[index];
  separation(index);
  stack_.back().skipped = kNone;
  const NodeKind kind = kindOf(index);
  if (kind == NodeKind::File) {
    stack_.push_back({c.end, kNone, kNone, c.rule, false});
    return;
  }
  push(kind, index, c.end);
  if (kind == NodeKind::LambdaParam && c.rule == Rule::BareParam) push(NodeKind::Name, index, c.end);
  const NodeKind made = nodes_.back().kind;
  if (made == NodeKind::Name || made == NodeKind::NameExpr) tokens_[nodes_.back().token].kind = TokenKind::Identifier;
}

void TreeBuilder::add(llvm::ArrayRef<ParserToken> tokens, bool damaged, llvm::ArrayRef<Concrete> concrete) {
  chunk_ = tokens;
  concrete_ = concrete;
  damaged_ = damaged;
  tooDeep_ = false;
  lastItem_ = kNone;
  stack_.push_back({static_cast<uint32_t>(concrete.size()), kNone, kNone, Rule::File, false});
  for (uint32_t i = 1; i < concrete.size();) {
    while (stack_.size() > 1 && stack_.back().end <= i) close();
    if (concrete[i].rule == Rule::Token) {
      leaf(i++);
    } else if (depth_ >= nodeDepth_) {
      // What follows from it is as deep as the file makes it; nobody should have to walk that.
      if (!tooDeep_ && concrete[i].at < chunk_.size()) {
        if (auto* d = reporter_.report(source::Code::TooDeep, reporter_.span(tokens_[chunk_[concrete[i].at].token]),
                                       fmt::format("an expression of more than {} levels", nodeDepth_)))
          d->hint("cut it into parts with `let`, or use a list");
      }
      tooDeep_ = true;
      push(NodeKind::Error, i, concrete[i].end);
      close();
      i = concrete[i].end;
    } else {
      rule(i++);
    }
  }
  while (!stack_.empty()) close();
}

void TreeBuilder::addError(llvm::ArrayRef<ParserToken> tokens) {
  const auto next = static_cast<uint32_t>(nodes_.size() + 1);
  nodes_.push_back({NodeKind::Error, 0, 0, tokens.front().token, tokens.front().token, tokens.back().token, next});
  nodes_[0].flags |= kBroken;
}

std::vector<Node> TreeBuilder::finish() {
  nodes_[0].end = static_cast<uint32_t>(nodes_.size());
  return std::move(nodes_);
}

} // namespace chasi::syntax
