#include "runtime/plan/yaml_text.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringRef.h>
#include <nlohmann/json.hpp>

namespace chasi::plan {

namespace {

/// Plain only where no version of YAML, and no reader's guess, makes something else of it.
bool isPlain(llvm::StringRef s) {
  static constexpr llvm::StringRef words[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  if (s.empty() || llvm::any_of(words, [&](llvm::StringRef w) { return s.equals_insensitive(w); })) return false;
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!letter(s.front()) && s.front() != '/') return false;
  return llvm::all_of(s, [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '/' || c == '-' || c == '_'; });
}

/// A block shows what it holds line by line; blanks at line ends and odd characters would be lost or need escapes.
bool fitsBlock(llvm::StringRef s) {
  if (!s.contains('\n') || s.front() == ' ' || s.front() == '\n') return false;
  if (s.contains(" \n") || !s.ends_with("\n") || s.ends_with("\n\n")) return false;
  return llvm::all_of(s, [](char c) { return c == '\n' || static_cast<unsigned char>(c) >= 0x20; });
}

/// Block style, two spaces a level. Everything that needs a decision (what may stand plain, what is a block) is decided
/// above, and a JSON string is a double-quoted scalar of YAML as it stands (yaml.org/spec/1.2.2, 1.3), so a line at a time
/// is all there is to do; yaml-cpp's emitter does the same ten times as slowly.
class YamlWriter {
public:
  explicit YamlWriter(std::string& out) : out_(out) {}

  void document(const nlohmann::ordered_json& v) {
    if (isNested(v)) {
      nested(v, 0);
    } else {
      scalar(v, 0);
      out_ += '\n';
    }
  }

private:
  std::string& out_;

  static bool isNested(const nlohmann::ordered_json& v) { return v.is_structured() && !v.empty(); }

  void indent(size_t depth) { out_.append(depth * 2, ' '); }

  void text(const std::string& s, size_t depth) {
    if (isPlain(s)) {
      out_ += s;
      return;
    }
    if (!fitsBlock(s)) {
      out_ += nlohmann::json(s).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      return;
    }
    out_ += '|';
    for (llvm::StringRef rest = s; !rest.empty();) {
      const auto [line, more] = rest.split('\n');
      out_ += '\n';
      if (!line.empty()) indent(depth);
      out_ += line;
      rest = more;
    }
  }

  void key(const std::string& s) { // in one line
    out_ += isPlain(s) ? s : nlohmann::json(s).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  void scalar(const nlohmann::ordered_json& v, size_t depth) {
    if (v.is_string()) text(v.get_ref<const std::string&>(), depth);
    else out_ += v.dump();
  }

  /// What follows a key or a dash; `depth` is that of its own lines.
  void value(const nlohmann::ordered_json& v, size_t depth, bool afterKey) {
    if (!isNested(v)) {
      out_ += ' ';
      scalar(v, depth);
      out_ += '\n';
    } else if (afterKey) {
      out_ += '\n';
      nested(v, depth);
    } else {
      out_ += ' ';
      nested(v, depth, false);
    }
  }

  void nested(const nlohmann::ordered_json& v, size_t depth, bool indented = true) {
    for (auto it = v.begin(); it != v.end(); ++it, indented = true) {
      if (indented) indent(depth);
      if (v.is_object()) {
        key(it.key());
        out_ += ':';
      } else {
        out_ += '-';
      }
      value(*it, depth + 1, v.is_object());
    }
  }
};

} // namespace

void writeYaml(const nlohmann::ordered_json& value, llvm::raw_ostream& out) {
  std::string text;
  YamlWriter(text).document(value);
  out << text;
}

} // namespace chasi::plan
