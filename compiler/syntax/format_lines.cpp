#include "compiler/syntax/format_lines.h"

#include "compiler/syntax/format_units.h"

namespace chasi::syntax::layout {

namespace {

bool aligns(const Line& line) { return line.align != Align::None && (line.align != Align::Block || line.single); }

/// A member with a block stands in one row with members with a value.
Align rowOf(const Line& line) { return line.align == Align::Block ? Align::Member : line.align; }

/// Blanks to put in at padAt, by line.
std::vector<uint32_t> padding(const std::vector<Line>& lines) {
  std::vector<uint32_t> pads(lines.size(), 0);
  for (size_t i = 0; i < lines.size();) {
    if (!aligns(lines[i])) {
      ++i;
      continue;
    }
    size_t end = i + 1;
    while (end < lines.size() && lines[end - 1].single && aligns(lines[end]) && !lines[end].blank && rowOf(lines[end]) == rowOf(lines[i])) ++end;
    uint32_t head = 0;
    for (size_t k = i; k < end; ++k) head = std::max(head, lines[k].head);
    for (size_t k = i; k < end; ++k) {
      const uint32_t pad = head - lines[k].head;
      if (lines[k].width + pad <= kColumns) pads[k] = pad;
    }
    i = end;
  }
  return pads;
}

/// Columns at which the comments behind lines begin.
std::vector<uint32_t> commentColumns(const std::vector<Line>& lines, const std::vector<uint32_t>& pads) {
  std::vector<uint32_t> at(lines.size(), 0);
  for (size_t i = 0; i < lines.size();) {
    size_t end = i;
    uint32_t column = 0;
    for (; end < lines.size() && !lines[end].comment.empty(); ++end) {
      if (end > i && (lines[end].blank || lines[end].indent != lines[i].indent)) break;
      column = std::max(column, lines[end].width + pads[end] + 2);
    }
    std::fill(at.begin() + static_cast<ptrdiff_t>(i), at.begin() + static_cast<ptrdiff_t>(end), column);
    i = std::max(end, i + 1);
  }
  return at;
}

} // namespace

std::string printLines(std::vector<Line>& lines, llvm::StringRef text) {
  const std::vector<uint32_t> pads = padding(lines);
  const std::vector<uint32_t> comments = commentColumns(lines, pads);
  std::string out;
  out.reserve(text.size() + text.size() / 4 + lines.size() * 4);
  for (size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    if (line.blank) out += '\n';
    if (!line.bare) out.append(line.indent, ' ');
    const uint32_t padAt = line.align == Align::None ? line.begin : line.padAt;
    out += text.slice(line.begin, padAt);
    out.append(pads[i], ' ');
    out += text.slice(padAt, line.end);
    if (!line.comment.empty()) {
      out.append(comments[i] - line.width - pads[i], ' ');
      out += line.comment;
    }
    out += '\n';
  }
  return out;
}

} // namespace chasi::syntax::layout
