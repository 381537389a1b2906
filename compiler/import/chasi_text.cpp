#include "compiler/import/chasi_text.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/ADT/StringSet.h>

#include <fmt/format.h>

namespace chasi::import {

using nlohmann::ordered_json;

namespace {

bool isReserved(llvm::StringRef text) {
  static const llvm::StringSet<> words = {"import", "param", "let", "fn", "type", "schema", "if", "else", "for", "in", "match", "true", "false", "null", "unset"};
  return words.contains(text);
}

bool isTypeOfTheLanguage(llvm::StringRef text) {
  static const llvm::StringSet<> words = {"Any", "Bool", "Bytes", "Cpu", "Duration", "Float", "ImageRef", "Int", "Later", "List", "Map", "Path", "Percent", "Secret", "String", "Version"};
  return words.contains(text);
}

/// The words of a text, each with a capital letter first.
std::string joined(llvm::StringRef text) {
  std::string out;
  bool begins = true;
  for (const char c : text) {
    if (!llvm::isAlnum(c)) {
      begins = true;
      continue;
    }
    out += begins ? llvm::toUpper(c) : c;
    begins = false;
  }
  return out;
}

} // namespace

bool isName(llvm::StringRef text) {
  const auto inner = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  return !text.empty() && llvm::isAlpha(text[0]) && llvm::all_of(text, inner);
}

std::string nameOf(llvm::StringRef text) {
  std::string out = joined(text);
  if (out.empty() || llvm::isDigit(out[0])) return "n" + out;
  out[0] = llvm::toLower(out[0]);
  return isReserved(out) ? out + "_" : out;
}

std::string typeNameOf(llvm::StringRef text) {
  const std::string out = joined(text);
  if (out.empty() || llvm::isDigit(out[0])) return "T" + out;
  return isTypeOfTheLanguage(out) ? out + "Object" : out;
}

std::string inQuotes(llvm::StringRef text) {
  const std::string json = ordered_json(text.str()).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  std::string out;
  for (size_t i = 0; i < json.size(); ++i) {
    if (json[i] == '$' && json[i + 1] == '{') out += '\\';
    out += json[i];
  }
  return out;
}

std::string raw(llvm::StringRef text) {
  if (text.contains('\n') || text.contains("\"#")) return inQuotes(text);
  return text.contains('"') ? fmt::format("r#\"{}\"#", text.str()) : fmt::format("r\"{}\"", text.str());
}

std::string inLines(llvm::StringRef text, size_t depth) {
  llvm::SmallVector<llvm::StringRef, 32> lines;
  text.split(lines, '\n');
  // The indentation that all lines share is not part of the text: one line must begin at the margin, and none may be only space.
  const auto isSpace = [](llvm::StringRef line) { return !line.empty() && line.trim(" \t").empty(); };
  const auto atMargin = [](llvm::StringRef line) { return !line.empty() && line[0] != ' ' && line[0] != '\t'; };
  const auto isControl = [](char c) { return (c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == 0x7F; };
  if (lines.size() < 2 || lines.front().empty() || llvm::any_of(lines, isSpace) || llvm::none_of(lines, atMargin) || llvm::any_of(text, isControl)) return inQuotes(text);
  const std::string inner((depth + 1) * 2, ' ');
  std::string out = "\"\"\"\n";
  for (llvm::StringRef line : lines) {
    if (!line.empty()) out += inner;
    for (size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '\\' || line.substr(i).starts_with("${") || line.substr(i).starts_with("\"\"\"")) out += '\\';
      out += line[i];
    }
    out += '\n';
  }
  return out + inner + "\"\"\"";
}

/// A list or map of a few short values; empty for others.
static std::string inOneLine(const ordered_json& value) {
  constexpr size_t kShort = 80;
  const bool list = value.is_array();
  std::string out;
  for (const auto& [key, entry] : value.items()) {
    if (entry.is_null()) continue;
    if (entry.is_structured() && !entry.empty()) return {};
    if (entry.is_string() && entry.get_ref<const std::string&>().find('\n') != std::string::npos) return {};
    if (!out.empty()) out += ", ";
    if (!list) out += (isName(key) ? key : inQuotes(key)) + " = ";
    out += literal(entry, 0);
    if (out.size() > kShort) return {};
  }
  return list ? "[" + out + "]" : out.empty() ? "{}" : "{ " + out + " }";
}

ordered_json expression(llvm::StringRef text) { return ordered_json::binary({text.begin(), text.end()}); }

std::string literal(const ordered_json& value, size_t depth) {
  if (value.is_string()) return inLines(value.get_ref<const std::string&>(), depth);
  if (value.is_binary()) return {value.get_binary().begin(), value.get_binary().end()};
  if (!value.is_structured()) return value.dump();
  const bool list = value.is_array();
  if (const std::string line = inOneLine(value); !line.empty()) return line;
  const std::string inner((depth + 1) * 2, ' ');
  std::string out;
  for (const auto& [key, entry] : value.items()) {
    if (entry.is_null()) continue;
    // Before `=` every word is a name; a block has none.
    const bool block = entry.is_object() && !entry.empty() && !isReserved(key);
    const std::string name = isName(key) ? key : inQuotes(key);
    out += inner + (list ? "" : name + (block ? " " : " = ")) + literal(entry, depth + 1) + "\n";
  }
  const std::string end(depth * 2, ' ');
  return (list ? "[\n" : "{\n") + out + end + (list ? "]" : "}");
}

std::string laidOut(const std::string& text) {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  const source::FileId file = sources.add("module", text);
  return syntax::format(syntax::parse(sources, file, diagnostics));
}

} // namespace chasi::import
