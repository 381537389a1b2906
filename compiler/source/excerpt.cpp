#include "compiler/source/excerpt.h"

#include <llvm/Support/ConvertUTF.h>
#include <llvm/Support/Unicode.h>

#include <algorithm>

namespace chasi::source {

namespace {

constexpr uint32_t kTabWidth = 4;
/// What is shown of a line at most, in columns. Terminals of 120 columns are usual, and the gutter takes some.
constexpr uint32_t kMaxColumns = 110;

/// Bytes that are looked at on either side of a mark: enough for kMaxColumns of the widest characters with some marks on them.
constexpr size_t kMaxBytes = 2000;

/// A line, or the part of a very long one around what is marked, as it is shown: cells, and for each byte of it the column
/// where it begins.
struct Shown {
  std::vector<std::string> cells; ///< one entry a column; a wide character is followed by an empty cell
  std::vector<uint32_t> columns;  ///< one entry a byte and one for the end
  size_t first = 0;               ///< the byte of the line where it begins
  bool more = false;              ///< the line goes on behind it

  uint32_t columnOf(size_t byte) const { return columns[std::min(byte - std::min(byte, first), columns.size() - 1)]; }
};

/// The bytes of the character that begins here; 0 when it is broken.
size_t characterSize(llvm::StringRef text) {
  const auto* begin = reinterpret_cast<const llvm::UTF8*>(text.data());
  const unsigned size = llvm::getNumBytesForUTF8(*begin);
  return size <= text.size() && llvm::isLegalUTF8Sequence(begin, begin + size) ? size : 0;
}

void showCharacter(llvm::StringRef text, size_t size, Shown& shown) {
  const unsigned char first = static_cast<unsigned char>(text[0]);
  if (first == '\t') {
    do shown.cells.push_back(" ");
    while (shown.cells.size() % kTabWidth != 0);
  } else if (size == 0 || first < 0x20 || first == 0x7f) {
    shown.cells.push_back("\xEF\xBF\xBD");
  } else if (size == 1) {
    shown.cells.push_back(std::string(1, text[0]));
  } else {
    const int width = llvm::sys::unicode::columnWidthUTF8(text.take_front(size));
    if (width == 0 && !shown.cells.empty()) {
      shown.cells.back() += text.take_front(size);
    } else {
      shown.cells.push_back(width < 0 ? "\xEF\xBF\xBD" : text.take_front(size).str());
      if (width == 2) shown.cells.push_back("");
    }
  }
}

Shown show(llvm::StringRef line, size_t focus) {
  Shown shown;
  const auto continues = [&](size_t at) { return at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0) == 0x80; };
  focus = std::min(focus, line.size());
  if (focus > kMaxBytes) shown.first = focus - kMaxBytes;
  while (continues(shown.first)) ++shown.first;
  size_t end = std::min(focus + kMaxBytes, line.size());
  while (continues(end)) ++end;
  shown.more = end < line.size();
  line = line.slice(shown.first, end);
  shown.columns.reserve(line.size() + 1);
  for (size_t at = 0; at < line.size();) {
    const size_t size = characterSize(line.drop_front(at));
    const size_t step = std::max<size_t>(size, 1);
    shown.columns.insert(shown.columns.end(), step, static_cast<uint32_t>(shown.cells.size()));
    showCharacter(line.drop_front(at), size, shown);
    at += step;
  }
  shown.columns.push_back(static_cast<uint32_t>(shown.cells.size()));
  return shown;
}

/// A mark on one line, in columns.
struct Underline {
  uint32_t begin;
  uint32_t end; ///< > begin
  const Mark* mark;
};

/// Cuts a long line around its first primary underline and moves the underlines along.
std::string cut(const Shown& shown, std::vector<Underline>& underlines) {
  uint32_t from = 0;
  uint32_t to = static_cast<uint32_t>(shown.cells.size());
  if (to > kMaxColumns) {
    const Underline* focus = &underlines.front();
    for (const Underline& u : underlines) {
      if (u.mark->primary) focus = &u;
    }
    from = focus->begin > kMaxColumns / 3 ? focus->begin - kMaxColumns / 3 : 0;
    from = std::min(from, to - kMaxColumns);
    to = from + kMaxColumns;
  }
  const bool less = from > 0 || shown.first > 0;
  std::string text = less ? "…" : "";
  const uint32_t left = less ? 1 : 0;
  for (uint32_t at = from; at < to; ++at) text += shown.cells[at];
  if (to < shown.cells.size() || shown.more) text += "…";
  for (Underline& u : underlines) {
    u.begin = std::clamp(u.begin, from, to) - from + left;
    u.end = std::max(std::clamp(u.end, from, to) - from + left, u.begin + 1);
  }
  return text;
}

class Drawing {
public:
  Drawing(const SourceSet& sources, unsigned gutter, const Palette& palette, llvm::raw_ostream& out)
      : sources_(sources), gutter_(gutter), palette_(palette), out_(out) {}

  void line(FileId file, uint32_t number, llvm::ArrayRef<const Mark*> marks) {
    const llvm::StringRef text = sources_.line(file, number);
    size_t focus = 0;
    for (const Mark* mark : marks)
      if (focus == 0 || mark->primary) focus = sources_.position(mark->span.begin).column - 1;
    const Shown shown = show(text, focus);
    std::vector<Underline> underlines;
    for (const Mark* mark : marks) {
      const auto column = [&](uint32_t address) {
        return shown.columnOf(sources_.position(address).column - 1);
      };
      const bool oneLine = sources_.position(mark->span.end).line == number;
      const uint32_t begin = column(mark->span.begin);
      const uint32_t end = oneLine ? column(mark->span.end) : static_cast<uint32_t>(shown.cells.size());
      underlines.push_back({begin, std::max(end, begin + 1), mark});
    }
    std::string visible;
    if (underlines.empty()) {
      std::vector<Underline> whole{{0, 1, &unmarked_}};
      visible = cut(shown, whole);
    } else {
      visible = cut(shown, underlines);
    }
    out_ << palette_.bold << fmt::format("{:>{}} |", number, gutter_) << palette_.reset;
    if (!visible.empty()) out_ << ' ' << llvm::StringRef(visible).rtrim(' ');
    out_ << '\n';
    if (!underlines.empty()) drawUnderlines(std::move(underlines));
  }

  void gap() { out_ << palette_.bold << std::string(gutter_, ' ') << " ..." << palette_.reset << '\n'; }

private:
  const char* colorOf(const Underline& u) const { return u.mark->primary ? palette_.primary : palette_.secondary; }

  void bar() { out_ << palette_.bold << std::string(gutter_ + 1, ' ') << '|' << palette_.reset << ' '; }

  void drawUnderlines(std::vector<Underline> list) {
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
    uint32_t width = 0;
    for (const Underline& u : list) width = std::max(width, u.end);
    std::vector<const Underline*> owner(width, nullptr);
    for (const Underline& u : list) {
      for (uint32_t at = u.begin; at < u.end; ++at) {
        if (!owner[at] || u.mark->primary || !owner[at]->mark->primary) owner[at] = &u;
      }
    }
    bar();
    const char* color = palette_.reset;
    for (const Underline* u : owner) {
      const char* wanted = u ? colorOf(*u) : palette_.reset;
      if (wanted != color) out_ << palette_.reset << wanted;
      color = wanted;
      out_ << (!u ? ' ' : u->mark->primary ? '^' : '-');
    }
    std::vector<const Underline*> pending;
    for (const Underline& u : list) {
      if (!u.mark->text.empty()) pending.push_back(&u);
    }
    // The text of the last mark stands on the row of the underlines, the others hang below it, right to left.
    if (!pending.empty() && pending.back()->end == width) {
      out_ << ' ' << printable(pending.back()->mark->text);
      pending.pop_back();
    }
    out_ << palette_.reset << '\n';
    if (!pending.empty()) hang(pending);
  }

  void hang(std::vector<const Underline*> pending) {
    row(pending, nullptr);
    while (!pending.empty()) {
      const Underline* last = pending.back();
      pending.pop_back();
      row(pending, last);
    }
  }

  /// One row of `|` under the marks whose text is still to come, and the text of `last`.
  void row(const std::vector<const Underline*>& pending, const Underline* last) {
    bar();
    uint32_t at = 0;
    for (const Underline* u : pending) {
      if (u->begin < at || (last && u->begin == last->begin)) continue;
      out_ << std::string(u->begin - at, ' ') << colorOf(*u) << '|' << palette_.reset;
      at = u->begin + 1;
    }
    if (last) {
      out_ << std::string(last->begin - std::min(at, last->begin), ' ') << colorOf(*last)
           << printable(last->mark->text) << palette_.reset;
    }
    out_ << '\n';
  }

  const SourceSet& sources_;
  unsigned gutter_;
  const Palette& palette_;
  llvm::raw_ostream& out_;
  const Mark unmarked_{};
};

} // namespace

std::string printable(llvm::StringRef text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t size = characterSize(text.drop_front(at));
    const unsigned char first = static_cast<unsigned char>(text[at]);
    const bool fine = size > 1 || (size == 1 && ((first >= 0x20 && first != 0x7f) || first == '\n'));
    if (fine) out += text.substr(at, size);
    else out += first == '\t' ? " " : "\xEF\xBF\xBD";
    at += std::max<size_t>(size, 1);
  }
  return out;
}

unsigned gutterWidth(const SourceSet& sources, llvm::ArrayRef<Mark> marks) {
  uint32_t last = 1;
  for (const Mark& mark : marks) last = std::max(last, sources.position(mark.span.begin).line);
  return static_cast<unsigned>(fmt::formatted_size("{}", last));
}

void drawExcerpt(const SourceSet& sources, llvm::ArrayRef<Mark> marks, unsigned gutter, const Palette& palette,
                 llvm::raw_ostream& out) {
  std::map<uint32_t, std::vector<const Mark*>> lines;
  for (const Mark& mark : marks) lines[sources.position(mark.span.begin).line].push_back(&mark);
  const FileId file = sources.fileOf(marks.front().span.begin);
  Drawing drawing(sources, gutter, palette, out);
  uint32_t previous = 0;
  for (const auto& [number, here] : lines) {
    if (previous != 0 && number == previous + 2) drawing.line(file, previous + 1, {});
    else if (previous != 0 && number > previous + 1) drawing.gap();
    drawing.line(file, number, here);
    previous = number;
  }
}

} // namespace chasi::source
