#include "compiler/syntax/brackets.h"
#include "compiler/syntax/concrete.h"
#include "compiler/syntax/format_units.h"

namespace chasi::syntax::layout {

namespace {

/// Dropped by the lexer with a report.
bool isRefuse(TokenKind t) { return t == TokenKind::Semicolon || t == TokenKind::NonAscii || t == TokenKind::BadByte; }

/// Brackets match, and nothing in the range was dropped. Where brackets were repaired, the tree says what was guessed;
/// only the text says what is there.
bool isSound(const Tree& tree, uint32_t first, uint32_t last) {
  std::vector<TokenKind> open;
  for (uint32_t i = first; i <= last; ++i) {
    const TokenKind kind = tree.tokens()[i].kind;
    if (isRefuse(kind)) return false;
    if (isOpening(kind) || isStringOpening(kind) || kind == TokenKind::InterpOpen) {
      open.push_back(kind);
    } else if (isClosing(kind)) {
      if (open.empty() || closingOf(open.back()) != kind) return false;
      open.pop_back();
    }
  }
  return open.empty();
}

/// Lists whose entries nothing separates were reported; a line break put there would hide the mistake.
std::vector<bool> itemsWithoutSeparators(const Tree& tree) {
  const auto nodes = tree.nodes();
  const auto tokens = tree.tokens();
  std::vector<bool> bad(nodes.size(), false);
  uint32_t item = 1;
  std::vector<std::pair<uint32_t, bool>> stack{{0, false}}; // a node, and whether an entry of it has come
  for (uint32_t i = 1; i < nodes.size(); ++i) {
    while (stack.size() > 1 && nodes[stack.back().first].end <= i) stack.pop_back();
    if (stack.size() == 1) item = i;
    if (nodes[i].last + 1 != nodes[i].first && isEntry(nodes[stack.back().first].kind, nodes[i].kind)) {
      if (stack.back().second && stack.size() > 1) {
        uint32_t at = nodes[i].first;
        while (at > 0 && isTrivia(tokens[at - 1].kind) && tokens[at - 1].kind != TokenKind::NewLine) --at;
        const TokenKind before = at > 0 ? tokens[at - 1].kind : TokenKind::NewLine;
        if (before != TokenKind::NewLine && before != TokenKind::Comma) bad[item] = true;
      }
      stack.back().second = true;
    }
    stack.emplace_back(i, false);
  }
  return bad;
}

bool lineBreakBetween(const Tree& tree, uint32_t from, uint32_t to) {
  for (uint32_t i = from; i < to; ++i) {
    if (tree.tokens()[i].kind == TokenKind::NewLine) return true;
  }
  return false;
}

/// Tokens between two items: strays that were dropped, or nothing but comments.
void addStrays(const Tree& tree, uint32_t from, uint32_t to, std::vector<Piece>& out) {
  uint32_t first = kNone;
  uint32_t last = 0;
  for (uint32_t i = from; i < to; ++i) {
    const TokenKind kind = tree.tokens()[i].kind;
    if (isTrivia(kind) && !isRefuse(kind)) continue;
    if (first == kNone) first = i;
    last = i;
  }
  if (first != kNone) out.push_back({first, last, true});
}

} // namespace

std::vector<Piece> piecesOf(const Tree& tree) {
  std::vector<Piece> found;
  const std::vector<bool> unseparated = itemsWithoutSeparators(tree);
  const auto end = static_cast<uint32_t>(tree.tokens().size() - 1);
  uint32_t next = 0;
  for (const NodeRef item : tree.root().children()) {
    const Node& node = tree.nodes()[item.index()];
    if (node.last + 1 == node.first) continue;
    addStrays(tree, next, node.first, found);
    const bool sound = item.kind() != NodeKind::Error && !item.flag(kBroken) && !unseparated[item.index()] &&
                       isSound(tree, node.first, node.last);
    found.push_back({node.first, node.last, !sound});
    next = node.last + 1;
  }
  addStrays(tree, next, end, found);

  std::vector<Piece> pieces;
  for (const Piece& piece : found) { // what shares a line is kept together as it is
    if (!pieces.empty() && !lineBreakBetween(tree, pieces.back().last + 1, piece.first)) {
      pieces.back().last = piece.last;
      pieces.back().verbatim = true;
    } else {
      pieces.push_back(piece);
    }
  }
  return pieces;
}

} // namespace chasi::syntax::layout
