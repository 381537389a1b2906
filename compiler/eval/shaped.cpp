// Builtins on texts and numbers whose types the table tells (the `shape` of builtins.def).
#include "compiler/eval/evaluator.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/Support/Base64.h>
#include <llvm/Support/ConvertUTF.h>
#include <llvm/Support/MD5.h>
#include <llvm/Support/SHA1.h>
#include <re2/re2.h>

#include <cctype>
#include <charconv>
#include <cmath>

namespace chasi::eval {

using namespace sema;
using source::Code;

namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// The byte where character `n` begins, or the end.
size_t byteOf(llvm::StringRef s, int64_t n) {
  size_t at = 0;
  for (; n > 0 && at < s.size(); --n)
    do ++at;
    while (at < s.size() && continues(s[at]));
  return at;
}

int64_t characters(llvm::StringRef s) { return std::count_if(s.begin(), s.end(), [](char c) { return !continues(c); }); }

template <class Bytes> std::string hexOf(const Bytes& bytes) {
  std::string hex;
  for (const auto b : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(b));
  return hex;
}

std::string urlEncoded(llvm::StringRef s) {
  std::string out;
  for (const char c : s) {
    if (std::isalnum(static_cast<unsigned char>(c)) || llvm::StringRef("-._~").contains(c)) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string indented(llvm::StringRef s, size_t by) {
  std::string out;
  while (!s.empty()) {
    const auto [line, rest] = s.split('\n');
    if (!line.empty()) out.append(by, ' ');
    out += line;
    if (line.size() < s.size()) out += '\n';
    s = rest;
  }
  return out;
}

template <class Number> bool read(llvm::StringRef s, Number& to) {
  const auto [end, ec] = std::from_chars(s.begin(), s.end(), to);
  return ec == std::errc() && end == s.end();
}

bool isUtf8(const std::string& bytes) {
  const auto* begin = reinterpret_cast<const llvm::UTF8*>(bytes.data());
  return llvm::isLegalUTF8String(&begin, begin + bytes.size());
}

} // namespace

Value Evaluator::texts(llvm::ArrayRef<std::string> parts) {
  std::vector<Value> out;
  for (const std::string& part : parts) out.push_back(textValue(part));
  return listValue(out);
}

Value Evaluator::regex(const Expr* e, Builtin id, llvm::ArrayRef<Value> args) {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(1 << 20); // of one compiled pattern; the default lets a page of text cost 8 MiB
  const llvm::StringRef s = args[0].str();
  const re2::StringPiece input(s.data(), s.size());
  const re2::RE2 pattern(re2::StringPiece(args[1].chars, args[1].size), options);
  if (!pattern.ok()) {
    report(Code::BadText, e->list[1]->span, fmt::format("this is no regular expression: {}", pattern.error())).note("the syntax is RE2's; look-around and back-references are not part of it");
    return Value::error();
  }
  // Time is linear in the text, but what a byte takes grows with the pattern where its automaton does not fit into the memory.
  if (!spend(s.size() * (static_cast<uint64_t>(pattern.ProgramSize()) + 32) / 32, e->span)) return Value::error();
  // A match may have looked at the whole rest of the text to be as short as one character.
  const auto eachMatch = [&](auto each) {
    re2::StringPiece match;
    for (size_t at = 0; at <= s.size() && spend((s.size() - at) / 16 + 1, e->span) && pattern.Match(input, at, input.size(), re2::RE2::UNANCHORED, &match, 1) && each(match);) {
      at = static_cast<size_t>(match.data() - input.data()) + match.size();
      if (match.empty()) do ++at; while (at < s.size() && continues(s[at]));
    }
    return !stopped_;
  };
  switch (id) {
  case Builtin::Matches: return Value::of(re2::RE2::FullMatch(input, pattern));
  case Builtin::ReplaceAll: {
    if (!eachMatch([](const re2::StringPiece&) { return true; })) return Value::error();
    std::string out = s.str(), why;
    const re2::StringPiece with(args[2].chars, args[2].size);
    if (!pattern.CheckRewriteString(with, &why)) {
      report(Code::BadText, e->list[2]->span, fmt::format("this cannot replace a match: {}", why)).hint("`\\1` stands for what the first group holds, `\\\\` for a backslash");
      return Value::error();
    }
    re2::RE2::GlobalReplace(&out, pattern, with);
    return out.size() > budget_.text ? tooLarge(e->span, "this text is too long") : textValue(out);
  }
  case Builtin::Capture: {
    std::vector<re2::StringPiece> groups(static_cast<size_t>(pattern.NumberOfCapturingGroups()) + 1);
    if (!pattern.Match(input, 0, input.size(), re2::RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) return Value::absent();
    std::vector<std::string> out;
    for (size_t i = 1; i < groups.size(); ++i) out.emplace_back(groups[i].data() ? groups[i].as_string() : "");
    return texts(out);
  }
  default: {
    std::vector<std::string> out;
    const bool whole = eachMatch([&](const re2::StringPiece& match) {
      out.emplace_back(match.as_string());
      return out.size() <= budget_.items;
    });
    if (!whole) return Value::error();
    return out.size() > budget_.items ? tooLarge(e->span, "this list has too many elements") : texts(out);
  }
  }
}

Value Evaluator::shaped(const Expr* e, Builtin id, llvm::ArrayRef<Value> args) {
  const bool number = args[0].tag == Tag::Int || args[0].tag == Tag::Float;
  const llvm::StringRef s = number ? llvm::StringRef() : args[0].str();
  const auto counted = [&](int64_t n, size_t each) { return n <= 0 || each == 0 || static_cast<uint64_t>(n) <= budget_.text / each; };
  switch (id) {
  case Builtin::Lines: {
    std::vector<std::string> out;
    for (llvm::StringRef rest = s; !rest.empty();) {
      const auto [line, more] = rest.split('\n');
      out.push_back(line.rtrim('\r').str());
      rest = more;
    }
    return texts(out);
  }
  case Builtin::TrimPrefix: return Value::text(Tag::String, s.starts_with(args[1].str()) ? s.drop_front(args[1].size) : s);
  case Builtin::TrimSuffix: return Value::text(Tag::String, s.ends_with(args[1].str()) ? s.drop_back(args[1].size) : s);
  case Builtin::Capitalize: return s.empty() ? args[0] : textValue(llvm::StringRef(s.data(), 1).upper() + s.drop_front().str());
  case Builtin::IndexOf: {
    const size_t at = s.find(args[1].str());
    return at == llvm::StringRef::npos ? Value::absent() : Value::of(static_cast<int64_t>(at));
  }
  case Builtin::Substring: {
    const size_t from = byteOf(s, args[1].integer);
    return Value::text(Tag::String, s.substr(from, byteOf(s.drop_front(from), args[2].integer)));
  }
  case Builtin::PadStart:
  case Builtin::PadEnd: {
    const llvm::StringRef fill = args.size() > 2 ? args[2].str() : " ";
    const int64_t missing = args[1].integer - characters(s);
    if (missing <= 0 || fill.empty()) return args[0];
    if (!counted(missing, fill.size())) return tooLarge(e->span, "this text is too long");
    std::string pad;
    for (int64_t i = 0; i < missing; i += characters(fill)) pad += fill;
    pad.resize(byteOf(pad, missing));
    return textValue(id == Builtin::PadStart ? pad + s.str() : s.str() + pad);
  }
  case Builtin::Repeat: {
    if (!counted(args[1].integer, s.size())) return tooLarge(e->span, "this text is too long");
    std::string out;
    for (int64_t i = 0; i < args[1].integer; ++i) out += s;
    return textValue(out);
  }
  case Builtin::Indent: {
    if (args[1].integer <= 0) return args[0];
    if (!counted(args[1].integer, static_cast<size_t>(s.count('\n')) + 1)) return tooLarge(e->span, "this text is too long");
    return textValue(indented(s, static_cast<size_t>(args[1].integer)));
  }
  case Builtin::Matches:
  case Builtin::Capture:
  case Builtin::FindAll:
  case Builtin::ReplaceAll: return regex(e, id, args);
  case Builtin::Floor:
  case Builtin::Ceil:
  case Builtin::Round: {
    if (args[0].tag == Tag::Int) return args[0];
    const double d = id == Builtin::Floor ? std::floor(args[0].number) : id == Builtin::Ceil ? std::ceil(args[0].number) : std::round(args[0].number);
    return d >= -0x1p63 && d < 0x1p63 ? Value::of(static_cast<int64_t>(d)) : overflow(e);
  }
  case Builtin::ToInt: {
    int64_t n = 0;
    return read(s, n) ? Value::of(n) : Value::absent();
  }
  case Builtin::ToFloat: {
    double d = 0;
    return read(s, d) && std::isfinite(d) ? Value::of(d) : Value::absent();
  }
  case Builtin::Base64Decode: {
    std::vector<char> bytes;
    if (llvm::Error bad = llvm::decodeBase64(s, bytes)) {
      llvm::consumeError(std::move(bad));
      return Value::absent();
    }
    const std::string text(bytes.begin(), bytes.end());
    return isUtf8(text) ? textValue(text) : Value::absent();
  }
  case Builtin::Hex: return textValue(hexOf(s));
  case Builtin::UrlEncode: return textValue(urlEncoded(s));
  case Builtin::Sha1: return textValue(hexOf(llvm::SHA1::hash(llvm::ArrayRef(reinterpret_cast<const uint8_t*>(s.data()), s.size()))));
  case Builtin::Md5: return textValue(llvm::MD5::hash(llvm::ArrayRef(reinterpret_cast<const uint8_t*>(s.data()), s.size())).digest().str().str());
  default: return network(e, id, args);
  }
}

} // namespace chasi::eval
