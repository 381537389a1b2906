#include "compiler/syntax/format.h"

#include "compiler/syntax/format_lines.h"
#include "compiler/syntax/format_units.h"

namespace chasi::syntax {

namespace {

using namespace layout;

constexpr uint32_t kIndent = 2;

class Formatter {
public:
  explicit Formatter(const Tree& tree) : tree_(tree), u_(unitsOf(tree)) { text_.reserve(tree.text().size()); }

  std::string run() {
    for (uint32_t i = 0; i < u_.units.size(); ++i) place(i);
    if (open_) endLine();
    return printLines(lines_, text_);
  }

private:
  struct Frame {
    uint32_t group;
    uint32_t lineIndent; ///< of the line that its opening bracket stands on
    uint32_t indent;     ///< of what stands in it, when it is broken
    bool walks = false;  ///< a policy, behind a `for`: rules stand deeper
  };
  struct Entry {
    uint32_t last; ///< token
    uint32_t line;
    uint32_t node;
    bool fresh; ///< begins its line
  };

  const Tree& tree_;
  Units u_;
  std::string text_;
  std::vector<Line> lines_;
  std::vector<Frame> frames_;
  std::vector<Entry> entries_;
  Line line_;         ///< the one that is being written
  bool open_ = false; ///< something stands on it
  bool tall_ = false; ///< with a line break in a string or comment
  uint32_t column_ = 0;

  // --- lines ---------------------------------------------------------------------------------------------------------

  void endLine() {
    line_.end = static_cast<uint32_t>(text_.size());
    line_.width = column_;
    lines_.push_back(line_);
    open_ = false;
  }

  void newLine(uint32_t indent, bool blank) {
    if (open_) endLine();
    line_ = Line{.begin = static_cast<uint32_t>(text_.size()), .indent = indent, .blank = blank && !lines_.empty()};
    column_ = indent;
    tall_ = false;
    open_ = true;
  }

  void write(llvm::StringRef text) {
    text_ += text;
    const size_t lineBegin = text.rfind('\n');
    tall_ |= lineBegin != llvm::StringRef::npos;
    column_ = lineBegin == llvm::StringRef::npos ? column_ + columns(text) : columns(text.drop_front(lineBegin + 1));
  }

  // --- where lines break ---------------------------------------------------------------------------------------------

  bool isBroken(uint32_t group) const { return group == kNone || u_.groups[group].broken; }

  /// A line break comes before this unit; brackets around it have been decided.
  bool breaksBefore(uint32_t i) const {
    const Unit& unit = u_.units[i];
    if (unit.broken) return true;
    if (u_.closes(i)) return u_.groups[unit.group].broken;
    if (i > 0 && u_.opens(i - 1)) return u_.groups[u_.units[i - 1].group].broken;
    return (unit.entry != kNone || unit.argument) && isBroken(unit.parent);
  }

  uint32_t baseIndent() const {
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
      if (u_.groups[frame->group].broken) return frame->indent;
    }
    return 0;
  }

  uint32_t indentOf(uint32_t i) const {
    const Unit& unit = u_.units[i];
    if (u_.closes(i) && u_.groups[unit.group].broken) return frames_.back().lineIndent;
    const bool afterOpening = i > 0 && u_.opens(i - 1);
    if (!unit.broken && (unit.entry != kNone || unit.argument || afterOpening)) return baseIndent();
    const bool alongside = unit.kind == TokenKind::Else || unit.kind == TokenKind::Schema || unit.kind == TokenKind::Kind;
    return baseIndent() + (alongside ? 0 : kIndent);
  }

  // --- what fits -----------------------------------------------------------------------------------------------------

  bool canBreak(const Group& g) const { return !g.decided && g.shape != Shape::Plain && g.close > g.open + 1; }

  /// From the opening bracket, which ends the line so far, to where the line can end behind `close` at the earliest.
  bool fits(uint32_t open, uint32_t close) const {
    for (uint32_t i = open + 1; i < u_.units.size(); ++i) {
      const Unit& unit = u_.units[i];
      if (breaksBefore(i)) return true;
      if (column_ + unit.flat - u_.units[open].flat > kColumns) return false;
      if (unit.tall) return true;
      if (!u_.opens(i)) continue;
      const Group& group = u_.groups[unit.group];
      if (group.forced || (i > close && canBreak(group))) return true;
    }
    return true;
  }

  /// The arguments end with a bracket that can be broken instead, and what comes before it fits.
  bool hugs(const Group& group) const {
    const Unit& last = u_.units[group.close - 1];
    if (!u_.closes(group.close - 1)) return false;
    const Group* inner = &u_.groups[last.group];
    if (inner->chain != kNone) inner = &u_.groups[inner->chain];
    if (inner->shape == Shape::Plain || inner->close == inner->open + 1) return false;
    return column_ + u_.units[inner->open].flat - u_.units[group.open].flat <= kColumns;
  }

  /// `[{ … }]`: the inner one is broken for both.
  bool isDoubled(const Group& group) const {
    return group.shape == Shape::List && u_.opens(group.open + 1) && u_.groups[u_.units[group.open + 1].group].close + 1 == group.close &&
           canBreak(u_.groups[u_.units[group.open + 1].group]) && u_.groups[u_.units[group.open + 1].group].shape == Shape::Braces;
  }

  void decide(uint32_t i) {
    Group& group = u_.groups[u_.units[i].group];
    if (group.decided) return;
    if (group.chain != kNone) {
      uint32_t end = u_.units[i].group;
      bool forced = group.forced;
      for (uint32_t g = end; g != kNone; g = u_.groups[g].next) end = g, forced |= u_.groups[g].forced;
      const bool broken = forced || !fits(i, u_.groups[end].close);
      for (uint32_t g = u_.units[i].group; g != kNone; g = u_.groups[g].next) {
        u_.groups[g].decided = true;
        u_.groups[g].broken = u_.groups[g].forced || (broken && u_.groups[g].close > u_.groups[g].open + 1);
      }
      return;
    }
    group.decided = true;
    if (group.forced) group.broken = true;
    else if (group.close == group.open + 1 || fits(i, group.close)) group.broken = false;
    else if (group.shape == Shape::Braces || group.shape == Shape::List) group.broken = !isDoubled(group);
    else group.broken = group.close > group.open + 2 && !hugs(group) && tree_.nodes()[u_.units[i].owner].kind != NodeKind::Index;
  }

  // --- placing -------------------------------------------------------------------------------------------------------

  void inlineComment(uint32_t i, const Comment& comment, bool endsLine) {
    if (comment.line && endsLine && line_.comment.empty()) {
      line_.comment = comment.text;
      return;
    }
    const bool clings = i > 0 && u_.opens(i - 1) && u_.units[i - 1].kind != TokenKind::BraceOpen;
    if (column_ > line_.indent && !clings) write(" ");
    write(comment.text);
  }

  /// The comments before unit i and the line break among them. True when the unit begins a line.
  bool lead(uint32_t i, bool breaks) {
    const Unit& unit = u_.units[i];
    const auto comments = u_.commentsBefore(i);
    const uint32_t indent = indentOf(i);
    uint32_t commentIndent = indent;
    if (u_.closes(i)) commentIndent = breaks && !unit.broken ? baseIndent() : indent;
    const bool opening = i > 0 && u_.opens(i - 1);
    bool done = !breaks;
    bool fresh = false; // at the beginning of a line
    const bool last = unit.kind == TokenKind::EndOfFile;
    bool any = unit.newlines > 0 || last;
    for (const Comment& c : comments) any |= c.newlines > 0;
    if (breaks && !any) {
      newLine(comments.empty() ? indent : commentIndent, false);
      done = fresh = true;
    }
    bool first = true;
    for (const Comment& c : comments) {
      if (breaks && c.newlines > 0) {
        newLine(commentIndent, c.newlines > 1 && !(opening && first) && !unit.broken);
        write(c.text);
        done = true;
      } else {
        inlineComment(i, c, &c == comments.end() - 1 ? unit.newlines > 0 || last : (&c + 1)->newlines > 0);
      }
      fresh = false;
      first = false;
    }
    if (breaks && (!done || (unit.newlines > 0 && !comments.empty()))) {
      const bool blank = unit.newlines > 1 && !u_.closes(i) && !unit.broken && !(opening && comments.empty());
      if (!last) newLine(indent, blank);
      fresh = true;
    }
    return fresh;
  }

  /// `=` of a member or a `let`, or the block of a member: what is aligned.
  void markAlignment(uint32_t i) {
    if (entries_.empty() || !entries_.back().fresh || line_.align != Align::None || lines_.size() != entries_.back().line) return;
    const Unit& unit = u_.units[i];
    const uint32_t node = entries_.back().node;
    if (unit.kind == TokenKind::Assign || unit.kind == TokenKind::PlusAssign) {
      if (unit.owner != node) return;
      switch (tree_.nodes()[node].kind) {
      case NodeKind::Assign:
      case NodeKind::Append: line_.align = Align::Member; break;
      case NodeKind::Let: line_.align = Align::Let; break;
      case NodeKind::SetParam: line_.align = Align::Set; break;
      default: return;
      }
    } else if (unit.kind == TokenKind::BraceOpen && tree_.nodes()[node].kind == NodeKind::Sub &&
               unit.owner == NodeRef(&tree_, node).child(NodeKind::Block).index()) {
      line_.align = Align::Block;
    } else {
      return;
    }
    line_.padAt = static_cast<uint32_t>(text_.size());
    line_.head = column_ - line_.indent;
  }

  void place(uint32_t i) {
    const Unit& unit = u_.units[i];
    const bool breaks = i == 0 || breaksBefore(i);
    if (unit.entry != kNone && !frames_.empty() && frames_.back().walks) indentRule(unit.entry);
    if (unit.comma && (unit.kept || !breaks)) write(",");
    bool fresh = lead(i, breaks);
    if (u_.closes(i)) frames_.pop_back();
    if (unit.kind == TokenKind::EndOfFile) return;
    if (!fresh && !line_.comment.empty()) { // nothing stands behind a comment
      newLine(baseIndent() + kIndent, false);
      fresh = true;
    }
    if (unit.entry != kNone && !unit.verbatim) entries_.push_back({tree_.nodes()[unit.entry].last, static_cast<uint32_t>(lines_.size()), unit.entry, fresh});
    if (unit.verbatim) line_.bare = true;
    markAlignment(i);
    const bool behindComment = !u_.commentsBefore(i).empty() && (!u_.closes(i) || unit.kind == TokenKind::BraceClose);
    if (!fresh && (unit.space || behindComment) && column_ > line_.indent) write(" ");
    write(unit.text);
    if (u_.opens(i)) {
      decide(i);
      frames_.push_back({unit.group, line_.indent, line_.indent + kIndent});
    }
    finishEntries(unit);
  }

  void finishEntries(const Unit& unit) {
    while (!entries_.empty() && entries_.back().last <= unit.last) {
      const Entry entry = entries_.back();
      entries_.pop_back();
      if (entry.fresh && entry.line == lines_.size()) line_.single = !tall_;
      if (tree_.nodes()[entry.node].kind == NodeKind::PolicyFor && !frames_.empty()) frames_.back().walks = true;
    }
  }

  /// What a `for` of a policy holds for stands below it; the next `for` and exceptions, which are of the whole, do not.
  void indentRule(uint32_t entry) {
    const NodeKind kind = tree_.nodes()[entry].kind;
    Frame& policy = frames_.back();
    policy.indent = policy.lineIndent + (kind == NodeKind::PolicyFor || kind == NodeKind::Except ? kIndent : 2 * kIndent);
  }
};

} // namespace

std::string format(const Tree& tree) {
  constexpr llvm::StringLiteral mark = "\xEF\xBB\xBF";
  // What is not UTF-8 is one token, and stays as it is to the last byte.
  if (tree.tokens().size() == 2 && tree.tokens()[0].kind == TokenKind::BadByte) return tree.text().str();
  std::string out = Formatter(tree).run();
  // A byte order mark that begins a file is none of the text; one that is copied as a mistake must not become that.
  if (llvm::StringRef(out).starts_with(mark)) out.insert(0, mark.str());
  return out;
}

} // namespace chasi::syntax
