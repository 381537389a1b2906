#include "compiler/eval/yaml_words.h"

#include <fmt/format.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/ADT/StringSwitch.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>

namespace chasi::eval {

namespace {

using llvm::StringRef;

StringRef takeDigits(StringRef& s) {
  const StringRef digits = s.take_while(llvm::isDigit);
  s = s.drop_front(digits.size());
  return digits;
}

/// A number of one or two digits between two bounds, and what stands behind it.
bool takePart(StringRef& s, unsigned least, unsigned most, unsigned* out = nullptr) {
  const StringRef digits = takeDigits(s);
  unsigned n = 0;
  if (digits.empty() || digits.size() > 2 || digits.getAsInteger(10, n) || n < least || n > most) return false;
  if (out) *out = n;
  return true;
}

/// 2026-1-2, 2026-01-02T10:20:30.5+01:00, 2026-01-02 10:20:30.
bool isTime(StringRef s) {
  unsigned year = 0, month = 0, day = 0;
  const StringRef digits = takeDigits(s);
  if (digits.size() != 4 || digits.getAsInteger(10, year)) return false;
  if (!s.consume_front("-") || !takePart(s, 1, 12, &month) || !s.consume_front("-") || !takePart(s, 1, 31, &day)) return false;
  if (!std::chrono::year_month_day(std::chrono::year(static_cast<int>(year)), std::chrono::month(month), std::chrono::day(day)).ok()) return false;
  if (s.empty()) return true;
  const bool zoned = s.consume_front("T") || s.consume_front("t");
  if (!zoned && !s.consume_front(" ")) return false;
  if (!takePart(s, 0, 23) || !s.consume_front(":") || !takePart(s, 0, 59) || !s.consume_front(":") || !takePart(s, 0, 59)) return false;
  if (s.consume_front(".") && takeDigits(s).empty()) return false;
  if (!zoned) return s.empty();
  if (s == "Z") return true;
  return (s.consume_front("+") || s.consume_front("-")) && takePart(s, 0, 24) && s.consume_front(":") && takePart(s, 0, 59) && s.empty();
}

/// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool isFloat(StringRef s) {
  if (!s.consume_front("-")) s.consume_front("+");
  const bool whole = !takeDigits(s).empty();
  const bool fraction = s.consume_front(".") && !takeDigits(s).empty();
  if (!whole && !fraction) return false;
  if (s.empty()) return true;
  if (!s.consume_front("e") && !s.consume_front("E")) return false;
  if (!s.consume_front("-")) s.consume_front("+");
  return !takeDigits(s).empty() && s.empty();
}

YamlWord of(bool b) { return {.kind = YamlWord::Bool, .boolean = b}; }

/// 12, -0x1f, 017, 0b101, 1_000; the underscores are gone already.
YamlWord number(StringRef plain) {
  StringRef digits = plain;
  const bool negative = digits.consume_front("-");
  if (!negative) digits.consume_front("+");
  unsigned base = 10;
  if (digits.consume_front_insensitive("0x")) base = 16;
  else if (digits.consume_front_insensitive("0b")) base = 2;
  else if (digits.consume_front_insensitive("0o") || (digits.size() > 1 && digits.consume_front("0"))) base = 8;
  uint64_t amount = 0;
  if (!digits.empty() && llvm::isAlnum(digits.front()) && !digits.getAsInteger(base, amount)) {
    constexpr auto most = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    if (amount <= most) return {.kind = YamlWord::Int, .integer = negative ? -static_cast<int64_t>(amount) : static_cast<int64_t>(amount)};
    return {.kind = YamlWord::Float, .number = negative ? -static_cast<double>(amount) : static_cast<double>(amount)};
  }
  if (!isFloat(plain)) return {};
  double d = 0;
  const StringRef unsignedText = plain.starts_with("+") ? plain.drop_front() : plain;
  std::from_chars(unsignedText.begin(), unsignedText.end(), d);
  return {.kind = YamlWord::Float, .number = d};
}

} // namespace

YamlWord yamlWord(StringRef text) {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  if (text.empty()) return {.kind = YamlWord::Null};
  const YamlWord known = llvm::StringSwitch<YamlWord>(text)
      .Cases("~", "null", "Null", "NULL", {.kind = YamlWord::Null})
      .Cases("y", "Y", "yes", "Yes", "YES", of(true))
      .Cases("true", "True", "TRUE", "on", "On", "ON", of(true))
      .Cases("n", "N", "no", "No", "NO", of(false))
      .Cases("false", "False", "FALSE", "off", "Off", "OFF", of(false))
      .Cases(".nan", ".NaN", ".NAN", {.kind = YamlWord::Float, .number = std::numeric_limits<double>::quiet_NaN()})
      .Cases(".inf", ".Inf", ".INF", {.kind = YamlWord::Float, .number = infinite})
      .Cases("+.inf", "+.Inf", "+.INF", {.kind = YamlWord::Float, .number = infinite})
      .Cases("-.inf", "-.Inf", "-.INF", {.kind = YamlWord::Float, .number = -infinite})
      .Case("<<", {.kind = YamlWord::Merge})
      .Default({});
  if (known.kind != YamlWord::Text) return known;
  const char first = text.front();
  if (!llvm::isDigit(first) && first != '+' && first != '-' && first != '.') return {};
  if (llvm::isDigit(first) && isTime(text)) return {.kind = YamlWord::Time};
  std::string plain = text.str();
  if (first != '.') std::erase(plain, '_');
  return number(plain);
}

bool isSexagesimal(StringRef s) {
  if (!s.consume_front("-")) s.consume_front("+");
  if (s.empty() || !llvm::isDigit(s.front())) return false;
  s = s.drop_while([](char c) { return llvm::isDigit(c) || c == '_'; });
  bool parts = false;
  while (s.consume_front(":")) {
    parts = true;
    const StringRef digits = takeDigits(s);
    if (digits.empty() || digits.size() > 2 || (digits.size() == 2 && digits.front() > '5')) return false;
  }
  if (s.consume_front(".")) s = s.drop_while([](char c) { return llvm::isDigit(c) || c == '_'; });
  return parts && s.empty();
}

/// The shortest digits that say the same number; with an exponent when it is below -4 or above 5 (Go's strconv, format 'g').
std::string goFloat(double d) {
  if (std::isnan(d)) return "NaN";
  if (std::isinf(d)) return d < 0 ? "-Inf" : "+Inf";
  char room[40];
  const auto [end, ec] = std::to_chars(room, room + sizeof room, d, std::chars_format::scientific);
  const StringRef text(room, static_cast<size_t>(end - room));
  int exponent = 0;
  const StringRef power = text.substr(text.find('e') + 1);
  std::from_chars(power.begin() + (power.starts_with("+") ? 1 : 0), power.end(), exponent);
  if (exponent < -4 || exponent > 5) return text.str();
  const auto [last, _] = std::to_chars(room, room + sizeof room, d, std::chars_format::fixed);
  return {room, last};
}

} // namespace chasi::eval
