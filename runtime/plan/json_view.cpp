#include "runtime/plan/json_view.h"

#include "runtime/plan/fault.h"

#include <fmt/format.h>

#include <charconv>

namespace chasi::plan {

using Type = JsonValue::Type;

namespace {
constexpr int kMaxDepth = 200;

bool isSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool isDigit(char c) { return c >= '0' && c <= '9'; }
} // namespace

/// One pass over the text (RFC 8259). Recursion is bounded by kMaxDepth.
class JsonScanner {
public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  llvm::Error run(JsonView& view) {
    view.text_ = text_;
    view.nodes_.reserve(text_.size() / 24 + 4);
    nodes_ = &view.nodes_;
    skipSpace();
    bool ok = value(0, 0, 0);
    if (ok) {
      skipSpace();
      if (at_ != text_.size()) ok = fail("something follows the end");
    }
    if (ok) return llvm::Error::success();
    return fault("CH6106", fmt::format("this is not JSON: {} at byte {}", why_, at_));
  }

private:
  bool fail(const char* why) { why_ = why; return false; }
  bool end() const { return at_ >= text_.size(); }
  void skipSpace() { while (!end() && isSpace(text_[at_])) ++at_; }

  bool value(int depth, uint32_t keyBegin, uint32_t keyEnd) {
    if (depth > kMaxDepth) return fail("nested too deeply");
    if (end()) return fail("the text ends too early");
    auto index = static_cast<uint32_t>(nodes_->size());
    nodes_->push_back({static_cast<uint32_t>(at_), 0, keyBegin, keyEnd, 0, 0, Type::Null, false});
    bool ok = false;
    switch (text_[at_]) {
    case '{': ok = object(index, depth); break;
    case '[': ok = array(index, depth); break;
    case '"': {
      bool escaped = false;
      ok = string(escaped);
      (*nodes_)[index].type = Type::String;
      (*nodes_)[index].escaped = escaped;
      break;
    }
    case 't': ok = word("true"); (*nodes_)[index].type = Type::True; break;
    case 'f': ok = word("false"); (*nodes_)[index].type = Type::False; break;
    case 'n': ok = word("null"); break;
    default: ok = number(); (*nodes_)[index].type = Type::Number; break;
    }
    (*nodes_)[index].end = static_cast<uint32_t>(at_);
    (*nodes_)[index].after = static_cast<uint32_t>(nodes_->size());
    return ok;
  }

  bool object(uint32_t index, int depth) {
    (*nodes_)[index].type = Type::Object;
    ++at_;
    skipSpace();
    if (!end() && text_[at_] == '}') { ++at_; return true; }
    for (;;) {
      skipSpace();
      if (end() || text_[at_] != '"') return fail("a key was expected");
      size_t begin = at_ + 1;
      bool escaped = false;
      if (!string(escaped)) return false;
      size_t keyEnd = at_ - 1;
      skipSpace();
      if (end() || text_[at_] != ':') return fail("a colon was expected");
      ++at_;
      skipSpace();
      if (!value(depth + 1, static_cast<uint32_t>(begin), static_cast<uint32_t>(keyEnd))) return false;
      skipSpace();
      if (end()) return fail("the text ends too early");
      char c = text_[at_++];
      if (c == '}') break;
      if (c != ',') return fail("a comma or } was expected");
    }
    close(index);
    return true;
  }

  bool array(uint32_t index, int depth) {
    (*nodes_)[index].type = Type::Array;
    ++at_;
    skipSpace();
    if (!end() && text_[at_] == ']') { ++at_; return true; }
    for (;;) {
      skipSpace();
      if (!value(depth + 1, 0, 0)) return false;
      skipSpace();
      if (end()) return fail("the text ends too early");
      char c = text_[at_++];
      if (c == ']') break;
      if (c != ',') return fail("a comma or ] was expected");
    }
    close(index);
    return true;
  }

  // Tells the children where their siblings end.
  void close(uint32_t index) {
    auto endIndex = static_cast<uint32_t>(nodes_->size());
    for (uint32_t child = index + 1; child < endIndex; child = (*nodes_)[child].after)
      (*nodes_)[child].parentEnd = endIndex;
  }

  bool string(bool& escaped) {
    for (++at_; !end(); ++at_) {
      char c = text_[at_];
      if (c == '"') { ++at_; return true; }
      if (static_cast<unsigned char>(c) < 0x20) return fail("a control character in a string");
      if (c != '\\') continue;
      escaped = true;
      if (++at_ >= text_.size()) break;
    }
    return fail("a string without an end");
  }

  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return fail("an unknown word");
    at_ += expected.size();
    return true;
  }

  bool number() {
    size_t begin = at_;
    if (!end() && text_[at_] == '-') ++at_;
    size_t digits = at_;
    while (!end() && isDigit(text_[at_])) ++at_;
    if (at_ == digits) { at_ = begin; return fail("a value was expected"); }
    if (!end() && text_[at_] == '.') { ++at_; while (!end() && isDigit(text_[at_])) ++at_; }
    if (!end() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (!end() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      while (!end() && isDigit(text_[at_])) ++at_;
    }
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  const char* why_ = "";
  std::vector<JsonView::Node>* nodes_ = nullptr;
};

llvm::Expected<JsonView> JsonView::parse(std::string_view text) {
  JsonView view;
  if (text.size() > (size_t{1} << 30)) return fault("CH6106", "an answer of more than 1 GiB");
  if (llvm::Error error = JsonScanner(text).run(view)) return error;
  return view;
}

Type JsonValue::type() const { return view_ ? view_->nodes_[index_].type : Type::Absent; }

std::string_view JsonValue::raw() const {
  if (!view_) return {};
  const JsonView::Node& n = view_->nodes_[index_];
  return view_->text_.substr(n.begin, n.end - n.begin);
}

size_t JsonValue::offset() const { return view_ ? view_->nodes_[index_].begin : 0; }

std::string_view JsonValue::chars() const {
  if (!isString()) return {};
  std::string_view text = raw();
  return text.substr(1, text.size() - 2);
}

std::string JsonValue::string() const {
  if (!isString()) return {};
  return view_->nodes_[index_].escaped ? unescapeJson(chars()) : std::string(chars());
}

std::optional<int64_t> JsonValue::integer() const {
  if (type() != Type::Number) return std::nullopt;
  int64_t number = 0;
  std::string_view text = raw();
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

JsonValue JsonValue::operator[](std::string_view key) const {
  if (!isObject()) return {};
  for (JsonValue member = first(); member; member = member.next()) {
    std::string_view name = member.rawKey();
    if (name == key || (name.find('\\') != name.npos && unescapeJson(name) == key)) return member;
  }
  return {};
}

JsonValue JsonValue::first() const {
  if (!isObject() && !isArray()) return {};
  if (view_->nodes_[index_].after == index_ + 1) return {};
  return JsonValue(view_, index_ + 1);
}

JsonValue JsonValue::next() const {
  if (!view_) return {};
  const JsonView::Node& n = view_->nodes_[index_];
  if (n.after >= n.parentEnd) return {};
  return JsonValue(view_, n.after);
}

std::string_view JsonValue::rawKey() const {
  if (!view_) return {};
  const JsonView::Node& n = view_->nodes_[index_];
  return view_->text_.substr(n.keyBegin, n.keyEnd - n.keyBegin);
}

std::string JsonValue::key() const { return unescapeJson(rawKey()); }

static void appendUtf8(std::string& out, uint32_t code) {
  auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) { put(code); return; }
  if (code < 0x800) { put(0xC0 | (code >> 6)); put(0x80 | (code & 0x3F)); return; }
  if (code < 0x10000) { put(0xE0 | (code >> 12)); put(0x80 | ((code >> 6) & 0x3F)); put(0x80 | (code & 0x3F)); return; }
  put(0xF0 | (code >> 18)); put(0x80 | ((code >> 12) & 0x3F)); put(0x80 | ((code >> 6) & 0x3F)); put(0x80 | (code & 0x3F));
}

static uint32_t hex4(std::string_view chars, size_t at) {
  uint32_t code = 0xFFFD;
  if (at + 4 <= chars.size()) std::from_chars(chars.data() + at, chars.data() + at + 4, code, 16);
  return code;
}

std::string unescapeJson(std::string_view chars) {
  std::string out;
  out.reserve(chars.size());
  for (size_t i = 0; i < chars.size(); ++i) {
    if (chars[i] != '\\' || i + 1 >= chars.size()) { out += chars[i]; continue; }
    switch (char c = chars[++i]) {
    case 'n': out += '\n'; break;
    case 't': out += '\t'; break;
    case 'r': out += '\r'; break;
    case 'b': out += '\b'; break;
    case 'f': out += '\f'; break;
    case 'u': {
      uint32_t code = hex4(chars, i + 1);
      i += 4;
      bool pair = code >= 0xD800 && code < 0xDC00 && chars.substr(std::min(i + 1, chars.size()), 2) == "\\u";
      if (pair) {
        uint32_t low = hex4(chars, i + 3);
        if (low >= 0xDC00 && low < 0xE000) { code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00); i += 6; }
      }
      appendUtf8(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
      break;
    }
    default: out += c;
    }
  }
  return out;
}

std::string quoteJson(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default:
      if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
      else out += c;
    }
  }
  return out + '"';
}

} // namespace chasi::plan
