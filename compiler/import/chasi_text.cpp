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
  return !text.empty() && llvm::isAlpha(text[0]) && llvm::all_of(text, inner) && !isReserved(text);
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

std::string literal(const ordered_json& value, size_t depth) {
  if (value.is_string()) return inQuotes(value.get_ref<const std::string&>());
  if (!value.is_structured()) return value.dump();
  const bool list = value.is_array();
  const std::string inner((depth + 1) * 2, ' ');
  std::string out;
  for (const auto& [key, entry] : value.items()) {
    if (entry.is_null()) continue;
    const std::string head = list ? "" : (isName(key) ? key : inQuotes(key)) + " = ";
    out += inner + head + literal(entry, depth + 1) + "\n";
  }
  const std::string end(depth * 2, ' ');
  if (out.empty()) return list ? "[]" : "{}";
  return (list ? "[\n" : "{\n") + out + end + (list ? "]" : "}");
}

std::string laidOut(const std::string& text) {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  const source::FileId file = sources.add("module", text);
  return syntax::format(syntax::parse(sources, file, diagnostics));
}

} // namespace chasi::import
