// What the formatter moves around: tokens with the comments before them, and the brackets around them. Internal to this room.
#pragma once

#include "compiler/syntax/tree.h"

namespace chasi::syntax::layout {

constexpr uint32_t kNone = UINT32_MAX;

struct Comment {
  llvm::StringRef text; ///< without blanks at its end
  uint8_t newlines;     ///< line breaks before it: 0, 1, or 2 for more
  bool line;            ///< ends with its line
};

/// A token, a whole string with everything in it, or an item that is copied as it is.
struct Unit {
  llvm::StringRef text;
  uint32_t owner = 0;     ///< the innermost node around it
  uint32_t last = 0;      ///< its last token
  uint32_t entry = kNone; ///< the entry of a list that begins with it
  uint32_t parent = kNone; ///< the bracket around it; an opening and its closing bracket have the same
  uint32_t group = kNone; ///< the bracket that it opens or closes
  uint32_t comments = 0;  ///< the comments before it are those from here to the next unit's
  uint32_t flat = 0;      ///< column of its end when all units stand on one line
  uint32_t width = 0;     ///< of its first line
  TokenKind kind = TokenKind::EndOfFile;
  uint8_t newlines = 0;   ///< line breaks between it and what comes before: 0, 1, or 2 for more
  bool space = false;     ///< before it, when something stands before it on the line
  bool comma = false;     ///< before it, when no line break takes the place
  bool kept = false;      ///< the comma stays where a line breaks: it separates arguments, not entries
  bool argument = false;  ///< begins an argument
  bool broken = false;    ///< a line break within an expression, kept before it
  bool tall = false;      ///< has line breaks in it
  bool verbatim = false;
};

enum class Shape : uint8_t {
  Braces,    ///< entries, separated by line breaks
  List,      ///< the same between [ ]
  Arguments, ///< separated by commas, always
  Plain,     ///< one expression
};

struct Group {
  uint32_t open;
  uint32_t close = kNone;
  uint32_t parent;
  uint32_t chain = kNone; ///< the first of the bodies of one `if … else …`, which are broken together
  uint32_t next = kNone;  ///< of these, the one after this
  uint32_t entries = 0;
  Shape shape;
  bool forced = false;   ///< the writer broke it, or something in it needs that
  bool hasBreak = false; ///< a line ends somewhere within
  bool decided = false;
  bool broken = false;
};

struct Units {
  std::vector<Unit> units; ///< the end of the file is the last
  std::vector<Comment> comments;
  std::vector<Group> groups;

  llvm::ArrayRef<Comment> commentsBefore(uint32_t unit) const {
    const size_t end = unit + 1 < units.size() ? units[unit + 1].comments : comments.size();
    return llvm::ArrayRef(comments).slice(units[unit].comments, end - units[unit].comments);
  }
  bool opens(uint32_t unit) const { return units[unit].group != kNone && groups[units[unit].group].open == unit; }
  bool closes(uint32_t unit) const { return units[unit].group != kNone && groups[units[unit].group].close == unit; }
};

Units unitsOf(const Tree& tree);

/// Columns that a text takes: characters, not bytes.
uint32_t columns(llvm::StringRef text);

// --- spacing.cpp: what stands between two tokens ------------------------------------------------------------------------

/// True when a space belongs between two units on one line.
bool spaceBetween(const Tree& tree, const Unit& before, const Unit& after);
/// True when a line break that the writer put between these, within an expression, is worth keeping.
bool breakIsKept(const Tree& tree, const Unit& before, const Unit& after, bool comma);
/// True when `child` is one of the entries that `list` holds between its brackets.
bool isEntry(NodeKind list, NodeKind child);

// --- format_pieces.cpp: which parts of a file can be formatted ----------------------------------------------------------

/// A range of tokens at file level.
struct Piece {
  uint32_t first;
  uint32_t last;
  bool verbatim; ///< has mistakes: to be copied
};
std::vector<Piece> piecesOf(const Tree& tree);

} // namespace chasi::syntax::layout
