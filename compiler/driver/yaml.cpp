#include "compiler/driver/yaml.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringRef.h>
#include <nlohmann/json.hpp>
#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>

namespace chasi::driver {

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

void scalar(YAML::Emitter& out, const std::string& s) {
  if (isPlain(s)) out << s;
  else if (fitsBlock(s)) out << YAML::Literal << s;
  else out << YAML::DoubleQuoted << s;
}

void emit(YAML::Emitter& out, const nlohmann::ordered_json& v) {
  if (v.is_object()) {
    if (v.empty()) out << YAML::Flow;
    out << YAML::BeginMap;
    for (const auto& [key, item] : v.items()) {
      out << YAML::Key;
      scalar(out, key);
      out << YAML::Value;
      emit(out, item);
    }
    out << YAML::EndMap;
  } else if (v.is_array()) {
    if (v.empty()) out << YAML::Flow;
    out << YAML::BeginSeq;
    for (const auto& item : v) emit(out, item);
    out << YAML::EndSeq;
  } else if (v.is_string()) {
    scalar(out, v.get_ref<const std::string&>());
  } else {
    out << v.dump();
  }
}

} // namespace

void writeYaml(const nlohmann::ordered_json& value, llvm::raw_ostream& out) {
  YAML::Emitter emitter;
  emit(emitter, value);
  out << llvm::StringRef(emitter.c_str(), emitter.size()) << '\n';
}

} // namespace chasi::driver
