#include "compiler/eval/yaml_text.h"

#include "compiler/eval/yaml_words.h"

#include <fmt/format.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/ConvertUTF.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace chasi::eval {

namespace {

using nlohmann::ordered_json;
using llvm::StringRef;

constexpr size_t kWidth = 80;       ///< a line is folded at the first space behind it
constexpr size_t kSimpleKey = 128;  ///< longer keys are written with `?`

/// One character: its code, and how many bytes it takes.
std::pair<uint32_t, size_t> runeAt(StringRef s, size_t i) {
  const auto* begin = reinterpret_cast<const llvm::UTF8*>(s.data() + i);
  const llvm::UTF8* at = begin;
  llvm::UTF32 rune = 0;
  if (llvm::convertUTF8Sequence(&at, reinterpret_cast<const llvm::UTF8*>(s.data() + s.size()), &rune, llvm::lenientConversion) != llvm::conversionOK) return {0xFFFD, 1};
  return {rune, static_cast<size_t>(at - begin)};
}

std::vector<uint32_t> runes(StringRef s) {
  std::vector<uint32_t> out;
  for (size_t i = 0; i < s.size();) {
    const auto [rune, bytes] = runeAt(s, i);
    out.push_back(rune);
    i += bytes;
  }
  return out;
}

bool isBreak(uint32_t c) { return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029; }

/// To that emitter; tabs and what lies above the basic plane are not.
bool isPrintable(uint32_t c) {
  return c == '\n' || (c >= 0x20 && c <= 0x7E) || (c >= 0xA0 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD && c != 0xFEFF);
}

/// Letters of other scripts are told from signs by where they lie, roughly.
bool isLetter(uint32_t c) {
  if (c < 0x80) return llvm::isAlpha(static_cast<char>(c));
  if (c < 0xC0) return c == 0xAA || c == 0xB5 || c == 0xBA;
  return c != 0xD7 && c != 0xF7 && !(c >= 0x2000 && c < 0x2C00) && !(c >= 0x3000 && c <= 0x3004) && !(c >= 0xE000 && c < 0xF900) && !(c >= 0x1F000 && c < 0x20000);
}

bool isDigit(uint32_t c) { return c >= '0' && c <= '9'; }

/// What stands before what: signs before letters, runs of digits by their amount. Not transitive where letters and digits mix; see `ordered`.
bool before(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b) {
  size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
  if (i == a.size() || i == b.size()) return a.size() < b.size();
  const bool letterA = isLetter(a[i]), letterB = isLetter(b[i]);
  if (letterA && letterB) return a[i] < b[i];
  if (letterA || letterB) return letterB;
  int64_t amountA = 0, amountB = 0;
  if (a[i] == '0' || b[i] == '0') // inside of a number a zero counts, in front of one it does not
    for (size_t k = i; k-- > 0 && isDigit(a[k]);)
      if (a[k] != '0') {
        amountA = amountB = 1;
        break;
      }
  const auto amount = [](const std::vector<uint32_t>& s, size_t at, int64_t& n) {
    for (; at < s.size() && isDigit(s[at]); ++at) n = static_cast<int64_t>(static_cast<uint64_t>(n) * 10 + (s[at] - '0'));
    return at;
  };
  const size_t endA = amount(a, i, amountA), endB = amount(b, i, amountB);
  if (amountA != amountB) return amountA < amountB;
  if (endA != endB) return endA < endB;
  return a[i] < b[i];
}

struct Entry {
  StringRef key;
  const ordered_json* value;
  std::vector<uint32_t> runes;
};

/// Keys with their values. They are merged from the order of bytes on: the same keys always come in the same order, even where
/// `before` goes in circles.
std::vector<Entry> ordered(const ordered_json& map) {
  std::vector<Entry> entries;
  for (const auto& [key, value] : map.items()) entries.push_back({key, &value, runes(key)});
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.key < b.key; });
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return before(a.runes, b.runes); });
  return entries;
}

enum class Style { Plain, Single, Double, Literal };

/// In which of its styles a text may be written (YAML 1.1, chapters 9 and 10, as that emitter looks at it).
struct Shape {
  bool plain = true, single = true, block = true, lines = false;

  explicit Shape(StringRef s) {
    const std::vector<uint32_t> c = runes(s);
    if (c.empty()) return;
    bool lastSpace = false, lastBreak = false, blankBefore = true;
    if (s.starts_with("---") || s.starts_with("...")) plain = false;
    for (size_t i = 0; i < c.size(); ++i) {
      const bool blankAfter = i + 1 == c.size() || c[i + 1] == ' ' || c[i + 1] == '\t';
      indicator(c[i], i == 0, blankBefore, blankAfter);
      if (!isPrintable(c[i])) plain = single = block = false;
      const bool end = i == 0 || i + 1 == c.size();
      if (c[i] == ' ') {
        if (end) plain = false;
        if (i + 1 == c.size()) block = false;
        if (lastBreak) plain = single = false;
      } else if (isBreak(c[i])) {
        lines = true;
        plain = false;
        if (lastSpace) plain = single = block = false;
      }
      lastSpace = c[i] == ' ';
      lastBreak = isBreak(c[i]);
      blankBefore = c[i] == ' ' || c[i] == '\t' || lastBreak;
    }
  }

private:
  void indicator(uint32_t c, bool first, bool blankBefore, bool blankAfter) {
    if (c > 0x7E) return;
    const char sign = static_cast<char>(c);
    if (sign == ':') plain = plain && !blankAfter;
    else if (first && (sign == '?' || sign == '-')) plain = plain && !blankAfter;
    else if (sign == '#') plain = plain && !blankBefore;
    else if (first && StringRef(",[]{}&*!|>'\"%@`").contains(sign)) plain = false;
  }
};

class Emitter {
public:
  explicit Emitter(size_t most) : most_(most) {}

  std::string out;

  void document(const ordered_json& value) {
    value_(value, 0, true, false);
    newline(0);
  }

private:
  const size_t most_;
  size_t line_ = 0; ///< where the last line begins

  size_t column() const {
    size_t n = 0;
    for (size_t i = line_; i < out.size(); ++i) n += (static_cast<unsigned char>(out[i]) & 0xC0) != 0x80;
    return n;
  }

  /// A text in block style may have ended its last line itself.
  void newline(size_t indent) {
    if (!out.ends_with('\n')) out += '\n';
    line_ = out.size();
    out.append(indent, ' ');
  }

  /// `fresh`: the place is at the beginning of its line, behind its indent or a `- `.
  void value_(const ordered_json& v, size_t indent, bool fresh, bool inMap) {
    if (out.size() > most_) return; // deep nesting is mostly indent
    if (v.is_object() && !v.empty()) return map(v, inMap ? indent + 2 : indent, fresh);
    if (v.is_array() && !v.empty()) return list(v, indent, fresh);
    if (!fresh) out += ' ';
    scalar(v, indent + 2, false);
  }

  void map(const ordered_json& v, size_t indent, bool fresh) {
    for (const auto& [key, value, runes] : ordered(v)) {
      if (!fresh) newline(indent);
      fresh = false;
      const bool simple = key.size() <= kSimpleKey && !Shape(key).lines;
      if (!simple) out += "? ";
      text(key, indent + 2, simple);
      if (!simple) newline(indent);
      out += ':';
      value_(*value, indent, false, true);
    }
  }

  /// Lists under a key stand below it, no further in.
  void list(const ordered_json& v, size_t indent, bool fresh) {
    for (const ordered_json& item : v) {
      if (!fresh) newline(indent);
      fresh = false;
      out += '-';
      if (item.is_structured() && !item.empty()) {
        out += ' ';
        value_(item, indent + 2, true, false);
      } else {
        out += ' ';
        scalar(item, indent + 2, false);
      }
    }
  }

  void scalar(const ordered_json& v, size_t indent, bool key) {
    if (v.is_object()) out += "{}";
    else if (v.is_array()) out += "[]";
    else if (v.is_null()) out += "null";
    else if (v.is_boolean()) out += v.get<bool>() ? "true" : "false";
    else if (v.is_number_float()) number(v.get<double>());
    else if (v.is_number()) out += v.dump();
    else text(v.get_ref<const std::string&>(), indent, key);
  }

  /// Numbers come through JSON there, where those below 10^21 have no exponent, so that whole ones are read as such.
  void number(double d) {
    if (d == std::floor(d) && std::abs(d) < 1e19) out += fmt::format("{:.0f}", d);
    else out += goFloat(d);
  }

  void text(StringRef s, size_t indent, bool key) {
    const Shape shape(s);
    const YamlWord word = yamlWord(s);
    const bool reads = word.kind == YamlWord::Text || word.kind == YamlWord::Merge;
    Style style = s.contains('\n') ? Style::Literal : reads && !isSexagesimal(s) ? Style::Plain : Style::Double;
    if (key && shape.lines) style = Style::Double;
    if (style == Style::Plain && !shape.plain) style = Style::Single;
    if (style == Style::Single && !shape.single) style = Style::Double;
    if (style == Style::Literal && (!shape.block || key)) style = Style::Double;
    if (style == Style::Literal) literal(s, indent);
    else if (style == Style::Double) doubleQuoted(s, indent, key);
    else plainOrSingle(s, indent, key, style == Style::Single);
  }

  void plainOrSingle(StringRef s, size_t indent, bool key, bool quoted) {
    if (quoted) out += '\'';
    bool lastSpace = false;
    for (size_t i = 0; i < s.size(); ++i) {
      const bool space = s[i] == ' ', inner = !quoted || (i > 0 && i + 1 < s.size());
      const bool nextSpace = i + 1 < s.size() && s[i + 1] == ' ';
      if (space && !key && !lastSpace && !nextSpace && inner && column() > kWidth) newline(indent);
      else out += s[i];
      if (quoted && s[i] == '\'') out += '\'';
      lastSpace = space;
    }
    if (quoted) out += '\'';
  }

  void doubleQuoted(StringRef s, size_t indent, bool key) {
    out += '"';
    bool lastSpace = false;
    for (size_t i = 0; i < s.size();) {
      const auto [c, bytes] = runeAt(s, i);
      if (!isPrintable(c) || isBreak(c) || c == '"' || c == '\\') {
        escape(c);
      } else if (c == ' ' && !key && !lastSpace && i > 0 && i + 1 < s.size() && column() > kWidth) {
        newline(indent);
        if (s[i + 1] == ' ') out += '\\';
      } else {
        out += s.substr(i, bytes);
      }
      lastSpace = c == ' ';
      i += bytes;
    }
    out += '"';
  }

  void escape(uint32_t c) {
    static constexpr std::pair<uint32_t, char> kShort[] = {{0, '0'}, {7, 'a'}, {8, 'b'}, {9, 't'}, {10, 'n'}, {11, 'v'}, {12, 'f'}, {13, 'r'}, {27, 'e'}, {'"', '"'}, {'\\', '\\'}, {0x85, 'N'}, {0xA0, '_'}, {0x2028, 'L'}, {0x2029, 'P'}};
    for (const auto& [code, letter] : kShort)
      if (c == code) {
        out += '\\';
        out += letter;
        return;
      }
    out += c <= 0xFF ? fmt::format("\\x{:02X}", c) : c <= 0xFFFF ? fmt::format("\\u{:04X}", c) : fmt::format("\\U{:08X}", c);
  }

  void literal(StringRef s, size_t indent) {
    out += '|';
    if (s.front() == ' ' || s.front() == '\n') out += '2';
    if (!s.ends_with("\n")) out += '-';
    else if (s == "\n" || s.ends_with("\n\n")) out += '+';
    out += '\n';
    while (!s.empty()) {
      const auto [line, rest] = s.split('\n');
      if (!line.empty()) out.append(indent, ' ');
      out += line;
      if (line.size() < s.size()) out += '\n';
      s = rest;
    }
  }
};

} // namespace

std::string yamlText(const ordered_json& value, size_t most) {
  Emitter emitter(most);
  emitter.document(value);
  if (emitter.out.size() <= most) emitter.out.pop_back();
  return emitter.out;
}

} // namespace chasi::eval
