#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <array>

namespace chasi::fuzz {

namespace {

constexpr std::array kWords{
    "{", "}", "[", "]", "(", ")", "${", "\"", "\"\"\"", "r\"", "r#\"", "\"#", "/*", "*/", "//", "///", "\n", "\r\n", "\r", "\t", " ", ",", ":", "=",
    "==", "+=", "=>", "->", "...", "..", "..<", ".", "?.", "?", "??", "&&", "||", "|", "!", "-", "+", "*", "/", "%", "<", ">", "<=", ";", "#", "'",
    "$", "\\", "@", "\xC3\xA4", "\xEF\xBB\xBF", "0", "1", "9223372036854775807", "1e308", "1.5Gi", "500m", "20%", "1.2.3", "0x", "true", "false",
    "import std.sizes\n", "import \"./x\"", "param p: Int = 1\n", "let x = ", "fn f(a: Int) -> Int = ", "type T = ", "schema S { ", "kind k { ",
    "if ", "else ", "for x in ", " in ", "match ", " as ", "unset ", "override ", "set ", "deprecated \"x\"\n", "check ", "lower = [", "nested a as b {",
    " sensitive", " where ", " extends ", "test \"t\" {", "policy \"p\" {", "with { ", "assert ", "expect ", "self", "it", "name", "null",
    "tenant t { on = c }\n", "cluster c {}\n", "system s { tenant = t, component a { image = \"x\" } }\n", "List<", "Map<String, ", "Any", "Later<Int>",
    "Secret", "secret(\"file/x\", \"y\")", "yaml(\"x.yaml\")", "range(", ".map(x => x)", ".len()", "all(tenant)", "text(", "json(", "1..100000000", "x.x.x"};

/// A place, more often at the beginning of a line or beside a bracket than anywhere.
size_t place(const std::string& text, Random& random) {
  const size_t at = random.below(text.size() + 1);
  switch (random.below(4)) {
  case 0: {
    const size_t line = text.rfind('\n', at);
    return line == std::string::npos ? 0 : line + 1;
  }
  case 1: {
    const size_t bracket = text.find_first_of("{}[]()\"=,", at);
    return bracket == std::string::npos ? at : bracket + random.below(2);
  }
  default: return at;
  }
}

size_t lengthAt(const std::string& text, size_t at, Random& random) {
  const size_t rest = text.size() - at;
  if (random.below(3) == 0) {
    const size_t line = text.find('\n', at);
    return line == std::string::npos ? rest : line + 1 - at;
  }
  return std::min(rest, random.below(random.below(8) == 0 ? rest + 1 : 24));
}

void repeatWord(std::string& text, Random& random) {
  const std::string word = kWords[random.below(kWords.size())];
  const size_t times = random.below(8) == 0 ? random.below(3000) : random.below(12);
  std::string many;
  for (size_t i = 0; i < times; ++i) many += word;
  text.insert(place(text, random), many);
}

void change(std::string& text, const std::string& other, Random& random) {
  const size_t at = place(text, random);
  switch (random.below(11)) {
  case 0: text.erase(at, lengthAt(text, at, random)); return;
  case 1: text.insert(place(text, random), text.substr(at, lengthAt(text, at, random))); return;
  case 2:
  case 3:
  case 4: text.insert(at, kWords[random.below(kWords.size())]); return;
  case 5:
    if (at < text.size()) text[at] = static_cast<char>(random.next());
    return;
  case 6:
    if (at < text.size()) text[at] = static_cast<char>(' ' + random.below(95));
    return;
  case 7: {
    const size_t from = place(other, random);
    text.insert(at, other.substr(from, lengthAt(other, from, random)));
    return;
  }
  case 8: {
    const size_t length = lengthAt(text, at, random);
    const std::string part = text.substr(at, length);
    text.erase(at, length);
    text.insert(place(text, random), part);
    return;
  }
  case 9: repeatWord(text, random); return;
  default: {
    const size_t from = place(other, random);
    text = text.substr(0, at) + other.substr(from);
    return;
  }
  }
}

} // namespace

std::string mutate(std::string text, const std::string& other, size_t limit, Random& random) {
  const size_t times = 1 + random.below(random.below(3) == 0 ? 12 : 3);
  for (size_t i = 0; i < times; ++i) change(text, other, random);
  if (text.size() > limit) text.resize(limit);
  return text;
}

} // namespace chasi::fuzz
