#include "compiler/syntax/format_units.h"

#include "compiler/syntax/concrete.h"

namespace chasi::syntax::layout {

uint32_t columns(llvm::StringRef text) {
  return static_cast<uint32_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

namespace {

class Gathering {
public:
  explicit Gathering(const Tree& tree) : tree_(tree), tokens_(tree.tokens()), nodes_(tree.nodes()) {}

  Units run() {
    out_.units.reserve(tokens_.size() / 2);
    for (const Piece& piece : piecesOf(tree_)) {
      for (; next_ < piece.first; ++next_) trivia(next_);
      if (piece.verbatim) copy(piece);
      else add(piece);
      next_ = piece.last + 1;
    }
    for (; next_ + 1 < tokens_.size(); ++next_) trivia(next_);
    Unit end;
    end.entry = 0;
    push(end);
    return std::move(out_);
  }

private:
  const Tree& tree_;
  llvm::ArrayRef<Token> tokens_;
  llvm::ArrayRef<Node> nodes_;
  Units out_;
  uint32_t next_ = 0;     ///< token
  uint32_t nextNode_ = 1;
  std::vector<uint32_t> around_{0}; ///< nodes around the token
  std::vector<uint32_t> open_;      ///< groups around the token
  uint32_t entry_ = kNone;
  uint32_t commaOwner_ = kNone; ///< of the last comma since the last unit
  uint32_t newComments_ = 0;
  uint8_t newlines_ = 1; ///< since the last unit or comment

  llvm::StringRef textOf(uint32_t first, uint32_t last) const { return tree_.text().slice(tokens_[first].begin, tokens_[last].end); }

  void trivia(uint32_t i) {
    switch (tokens_[i].kind) {
    case TokenKind::NewLine: newlines_ = static_cast<uint8_t>(std::min(newlines_ + 1, 2)); return;
    case TokenKind::DocComment:
    case TokenKind::LineComment:
    case TokenKind::HashComment:
    case TokenKind::BlockComment: {
      const bool line = tokens_[i].kind != TokenKind::BlockComment;
      const llvm::StringRef text = textOf(i, i);
      const bool whole = !line && text.ends_with("*/");
      out_.comments.push_back({whole ? text : text.rtrim(), newlines_, line});
      newlines_ = 0;
      return;
    }
    default: return;
    }
  }

  void push(Unit unit) {
    unit.comments = newComments_;
    newComments_ = static_cast<uint32_t>(out_.comments.size());
    unit.newlines = newlines_;
    newlines_ = 0;
    if (commaOwner_ != kNone && !out_.units.empty()) separate(unit);
    commaOwner_ = kNone;
    out_.units.push_back(unit);
  }

  /// Trailing commas go; those between entries give way to line breaks.
  void separate(Unit& unit) const {
    if (unit.group != kNone && isClosing(unit.kind)) return;
    if (unit.parent == kNone) {
      unit.comma = unit.kept = true;
      return;
    }
    const Group& around = out_.groups[unit.parent];
    if (out_.units.size() - 1 == around.open) return;
    unit.comma = true;
    unit.kept = unit.entry == kNone;
    unit.argument = unit.kept && around.shape == Shape::Arguments && commaOwner_ == out_.units[around.open].owner;
  }

  void copy(const Piece& piece) {
    uint32_t begin = tokens_[piece.first].begin;
    while (begin > 0 && (tree_.text()[begin - 1] == ' ' || tree_.text()[begin - 1] == '\t')) --begin;
    Unit unit;
    unit.text = tree_.text().slice(begin, tokens_[piece.last].end).rtrim("\r\n");
    unit.entry = 0;
    unit.verbatim = true;
    unit.kind = TokenKind::BadByte;
    unit.last = piece.last;
    unit.width = columns(unit.text);
    push(unit);
  }

  void enter(uint32_t token) {
    while (around_.size() > 1 && nodes_[around_.back()].last < token) around_.pop_back();
    entry_ = kNone;
    for (; nextNode_ < nodes_.size() && nodes_[nextNode_].first <= token; ++nextNode_) {
      const Node& node = nodes_[nextNode_];
      if (node.last + 1 == node.first || node.last < token) continue;
      if (node.first == token && isEntry(nodes_[around_.back()].kind, node.kind)) entry_ = nextNode_;
      around_.push_back(nextNode_);
    }
  }

  void add(const Piece& piece) {
    for (uint32_t i = piece.first; i <= piece.last; ++i) {
      const TokenKind kind = tokens_[i].kind;
      if (isTrivia(kind)) {
        trivia(i);
        continue;
      }
      enter(i);
      if (kind == TokenKind::Comma) {
        commaOwner_ = around_.back();
        continue;
      }
      Unit unit;
      unit.owner = around_.back();
      unit.entry = entry_;
      unit.kind = kind;
      unit.last = i;
      if (isStringOpening(kind) && nodes_[unit.owner].kind == NodeKind::String) {
        unit.last = nodes_[unit.owner].last;
        unit.kind = TokenKind::StringClose;
      }
      unit.text = textOf(i, unit.last);
      const size_t lineEnd = unit.text.find_first_of("\r\n");
      unit.tall = lineEnd != llvm::StringRef::npos;
      unit.width = columns(unit.text.take_front(lineEnd));
      i = unit.last;
      bracket(unit);
    }
  }

  void bracket(Unit unit) {
    unit.parent = open_.empty() ? kNone : open_.back();
    if (isOpening(unit.kind)) {
      Group group{.open = static_cast<uint32_t>(out_.units.size()), .parent = unit.parent, .shape = shapeOf(unit)};
      unit.group = static_cast<uint32_t>(out_.groups.size());
      push(unit);
      out_.groups.push_back(group);
      open_.push_back(unit.group);
      return;
    }
    if (isClosing(unit.kind) && unit.kind != TokenKind::StringClose) {
      unit.group = unit.parent;
      push(unit);
      Group& group = out_.groups[unit.group];
      group.close = static_cast<uint32_t>(out_.units.size() - 1);
      out_.units.back().parent = group.parent;
      open_.pop_back();
      return;
    }
    push(unit);
  }

  Shape shapeOf(const Unit& unit) const {
    if (unit.kind == TokenKind::BraceOpen) return Shape::Braces;
    const NodeKind owner = nodes_[unit.owner].kind;
    if (unit.kind == TokenKind::BracketOpen) return owner == NodeKind::List ? Shape::List : Shape::Plain;
    const bool list = owner == NodeKind::Call || owner == NodeKind::Fn || owner == NodeKind::Lambda || owner == NodeKind::FnType;
    return list ? Shape::Arguments : Shape::Plain;
  }
};

/// What the writer's line breaks say about each bracket.
class Judging {
public:
  Judging(const Tree& tree, Units& units) : tree_(tree), u_(units) {}

  void run() {
    uint32_t flat = 0;
    for (uint32_t i = 0; i < u_.units.size(); ++i) {
      Unit& unit = u_.units[i];
      unit.space = i > 0 && spaceBetween(tree_, u_.units[i - 1], unit);
      judge(i);
      for (const Comment& comment : u_.commentsBefore(i)) flat += 1 + columns(comment.text);
      flat += (unit.space ? 1 : 0) + (unit.comma ? 1 : 0) + unit.width;
      unit.flat = flat;
    }
  }

private:
  const Tree& tree_;
  Units& u_;

  void judge(uint32_t i) {
    Unit& unit = u_.units[i];
    const auto comments = u_.commentsBefore(i);
    bool breaks = unit.newlines > 0;
    bool tall = unit.tall;
    for (const Comment& c : comments) {
      breaks |= c.newlines > 0 || c.line;
      tall |= c.text.contains('\n');
    }
    const uint32_t inside = u_.closes(i) ? unit.group : unit.parent;
    if (inside == kNone) {
      if (unit.entry == kNone) unit.broken = breaks && (!comments.empty() || breakIsKept(tree_, u_.units[i - 1], unit, unit.comma));
      return;
    }
    Group& group = u_.groups[inside];
    if (tall) group.hasBreak = true;
    const bool list = group.shape == Shape::Braces || group.shape == Shape::List;
    if (list && unit.entry != kNone) ++group.entries;
    if (i == group.open + 1) {
      if (breaks && (!u_.closes(i) || !comments.empty())) group.forced = true;
    } else if (u_.closes(i)) {
      if (breaks && (list || !comments.empty())) group.forced = true;
    } else if (list && unit.entry != kNone) {
      if (breaks) group.forced = true;
    } else if (unit.argument) {
      if (breaks) group.forced = true;
    } else {
      unit.broken = breaks && (!comments.empty() || breakIsKept(tree_, u_.units[i - 1], unit, unit.comma));
      if (unit.broken) group.hasBreak = true;
    }
    if (u_.closes(i)) close(group);
  }

  void close(Group& group) {
    if (group.hasBreak && (group.shape == Shape::Braces || (group.shape == Shape::List && group.entries > 1))) group.forced = true;
    if (group.parent != kNone && (group.forced || group.hasBreak)) u_.groups[group.parent].hasBreak = true;
  }
};

/// The bodies of one `if … else if … else …` are broken together.
void chain(const Tree& tree, Units& u) {
  const auto nodes = tree.nodes();
  llvm::DenseMap<uint32_t, uint32_t> groupAt; // by the opening token
  for (uint32_t g = 0; g < u.groups.size(); ++g) groupAt[u.units[u.groups[g].open].last] = g;
  struct Chain {
    uint32_t first = kNone;
    uint32_t last = kNone;
  };
  std::vector<Chain> chains(nodes.size()); // of an `if` that stands behind `else`: the chain so far
  for (uint32_t i = 1; i < nodes.size(); ++i) {
    const NodeKind kind = nodes[i].kind;
    if (kind != NodeKind::If && kind != NodeKind::IfExpr) continue;
    bool condition = true;
    Chain& so = chains[i];
    for (const NodeRef child : NodeRef(&tree, i).children()) {
      if (std::exchange(condition, false)) continue;
      if (child.kind() == kind) {
        chains[child.index()] = so;
        continue;
      }
      const auto found = groupAt.find(nodes[child.index()].first);
      if (found == groupAt.end()) continue;
      if (so.first == kNone) so.first = found->second;
      else u.groups[so.last].next = found->second;
      so.last = found->second;
      u.groups[so.last].chain = so.first;
    }
  }
}

} // namespace

Units unitsOf(const Tree& tree) {
  Units units = Gathering(tree).run();
  Judging(tree, units).run();
  chain(tree, units);
  return units;
}

} // namespace chasi::syntax::layout
