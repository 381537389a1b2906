// From the raw text of a string literal to what it means. Escapes as in JSON, and `\$` for a dollar sign before a brace.
#include "compiler/sema/checker.h"

#include <llvm/Support/ConvertUTF.h>

namespace chasi::sema {

namespace {

void appendUtf8(uint32_t code, std::string& out) {
  char buffer[4];
  char* end = buffer;
  if (llvm::ConvertCodePointToUTF8(code, end)) out.append(buffer, end);
}

struct Decoder {
  source::Diagnostics& diagnostics;
  uint32_t base; ///< address of the piece
  llvm::StringRef raw;
  std::string out;

  void bad(size_t at, size_t size, std::string message) {
    const auto begin = base + static_cast<uint32_t>(at);
    diagnostics.report(Code::BadEscape, {begin, begin + static_cast<uint32_t>(size)}, std::move(message))
        .hint("escapes are \\n \\t \\r \\b \\f \\\" \\\\ \\/ \\$ \\uXXXX; a raw text is r\"…\"");
  }

  std::optional<uint32_t> hex4(size_t at) {
    uint32_t code = 0;
    if (at + 4 > raw.size() || raw.substr(at, 4).getAsInteger(16, code)) return std::nullopt;
    return code;
  }

  /// An escape begins at `i` (the backslash); returns the index after it.
  size_t escape(size_t i) {
    if (i + 1 >= raw.size()) {
      bad(i, 1, "a backslash at the end escapes nothing");
      return i + 1;
    }
    switch (raw[i + 1]) {
    case 'n': out += '\n'; return i + 2;
    case 't': out += '\t'; return i + 2;
    case 'r': out += '\r'; return i + 2;
    case 'b': out += '\b'; return i + 2;
    case 'f': out += '\f'; return i + 2;
    case '"': case '\\': case '/': case '$': out += raw[i + 1]; return i + 2;
    case 'u': {
      auto code = hex4(i + 2);
      if (!code) {
        bad(i, 2, "`\\u` is followed by four hexadecimal digits");
        return i + 2;
      }
      size_t next = i + 6;
      if (*code >= 0xD800 && *code < 0xDC00 && raw.substr(next, 2) == "\\u")
        if (const auto low = hex4(next + 2); low && *low >= 0xDC00 && *low < 0xE000) {
          code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
          next += 6;
        }
      if (*code == 0 || (*code >= 0xD800 && *code < 0xE000)) bad(i, next - i, "this is not a character");
      else appendUtf8(*code, out);
      return next;
    }
    default: bad(i, 2, fmt::format("`\\{}` is no escape", raw[i + 1])); return i + 2;
    }
  }
};

/// The least indentation of the lines of a multi-line text that hold more than spaces.
size_t commonIndent(const std::vector<llvm::StringRef>& pieces) {
  size_t least = SIZE_MAX, here = 0;
  bool counting = false;
  for (size_t p = 0; p < pieces.size(); ++p) {
    if (p && counting) { // an interpolation at the start of a line ends its indentation
      least = std::min(least, here);
      counting = false;
    }
    for (const char c : pieces[p]) {
      if (c == '\n') {
        here = 0;
        counting = true;
      } else if (counting && (c == ' ' || c == '\t')) {
        ++here;
      } else if (counting && c != '\r') {
        least = std::min(least, here);
        counting = false;
      }
    }
  }
  return least == SIZE_MAX ? 0 : least;
}

/// Takes `indent` characters off every line, the line break after the opening quotes and the last line when it is blank.
std::string outdent(llvm::StringRef raw, size_t indent, bool first, bool last, bool& lineStart, size_t& skipped) {
  if (first) {
    if (raw.starts_with("\r\n")) raw = raw.drop_front(2), lineStart = true;
    else if (raw.starts_with("\n")) raw = raw.drop_front(1), lineStart = true;
  }
  if (last) {
    const size_t line = raw.rfind('\n');
    if (line != llvm::StringRef::npos && raw.substr(line).trim().empty()) raw = raw.substr(0, line).rtrim("\r");
    else if (first && raw.trim().empty()) raw = "";
  }
  std::string out;
  for (const char c : raw) {
    if (c == '\r') continue;
    if (lineStart && skipped < indent && (c == ' ' || c == '\t')) {
      ++skipped;
      continue;
    }
    lineStart = c == '\n';
    if (lineStart) skipped = 0;
    out += c;
  }
  return out;
}

} // namespace

std::vector<std::string> decodeString(NodeRef string, source::Diagnostics& diagnostics) {
  const llvm::StringRef open = string.tokenText();
  const bool raw = open.starts_with("r");
  const bool multi = open.contains("\"\"\"");
  std::vector<NodeRef> nodes;
  std::vector<llvm::StringRef> pieces;
  // A piece stands for every stretch between interpolations, so that interpolations know where lines begin.
  for (NodeRef c : string.children())
    if (c.is(NodeKind::StringText)) {
      nodes.push_back(c);
      pieces.push_back(c.text());
    }
  if (raw && nodes.empty()) { // the literal is one token: r"…", r#"…"#
    const size_t quote = open.find('"');
    if (quote == llvm::StringRef::npos || open.size() < 2 * quote + 1) return {};
    return {open.substr(quote + 1, open.size() - 2 * quote - 1).str()};
  }
  const size_t indent = multi ? commonIndent(pieces) : 0;
  bool lineStart = false;
  size_t skipped = 0;
  std::vector<std::string> texts;
  const uint32_t end = string.childCount();
  for (size_t i = 0; i < nodes.size(); ++i) {
    const bool first = string.child(0).index() == nodes[i].index();
    const bool last = string.child(end - 1).index() == nodes[i].index();
    const std::string cut = multi ? outdent(pieces[i], indent, first, last, lineStart, skipped) : pieces[i].str();
    if (multi && !cut.empty() && cut.back() != '\n') lineStart = false;
    if (raw) {
      texts.push_back(cut);
      continue;
    }
    Decoder d{diagnostics, nodes[i].span().begin, cut, {}};
    for (size_t k = 0; k < cut.size();) {
      if (cut[k] == '\\') k = d.escape(k);
      else d.out += cut[k++];
    }
    texts.push_back(std::move(d.out));
  }
  return texts;
}

std::string plainText(NodeRef string, source::Diagnostics& diagnostics) {
  std::string text;
  for (const std::string& piece : decodeString(string, diagnostics)) text += piece;
  return text;
}

} // namespace chasi::sema
