#include "compiler/package/params.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>

#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <set>

namespace chasi::package {

namespace {

using source::Code;
using Json = nlohmann::ordered_json;

constexpr uint64_t kMaxBytes = 4u << 20;
constexpr int kMaxDepth = 60;
/// Aliases repeat what they point at; this bounds what a small file can grow to.
constexpr size_t kMaxNodes = 500'000;

llvm::Error bad(const std::string& file, const std::string& why) {
  return workspaceError(Code::BadParamsFile, fmt::format("{}: {}", file, why), "a parameters file is a map: names to values");
}

llvm::Error badAt(const std::string& file, const YAML::Mark& mark, const std::string& why) {
  if (mark.is_null()) return bad(file, why);
  return bad(fmt::format("{}:{}:{}", file, mark.line + 1, mark.column + 1), why);
}

/// A plain scalar as the core schema of YAML 1.2 (section 10.3.2) reads it; everything else is text.
Json scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text; // quoted
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  const char* end = text.data() + text.size();
  const char* begin = text.data() + (text[0] == '+' ? 1 : 0);
  int64_t integer = 0;
  if (const auto r = std::from_chars(begin, end, integer); r.ec == std::errc() && r.ptr == end) return integer;
  double number = 0;
  const bool digits = text.find_first_not_of("+-.eE0123456789") == std::string::npos;
  if (const auto r = std::from_chars(begin, end, number); digits && r.ec == std::errc() && r.ptr == end) return number;
  return text;
}

class YamlReader {
public:
  explicit YamlReader(const std::string& file) : file_(file) {}

  llvm::Expected<Json> read(const YAML::Node& node, int depth) {
    if (depth > kMaxDepth || ++nodes_ > kMaxNodes) return badAt(file_, node.Mark(), "nested or repeated beyond measure");
    switch (node.Type()) {
    case YAML::NodeType::Scalar: return scalar(node);
    case YAML::NodeType::Sequence: {
      Json out = Json::array();
      for (const auto& item : node) {
        auto value = read(item, depth + 1);
        if (!value) return value.takeError();
        out.push_back(std::move(*value));
      }
      return out;
    }
    case YAML::NodeType::Map: return map(node, depth);
    default: return Json(nullptr);
    }
  }

private:
  const std::string& file_;
  size_t nodes_ = 0;

  llvm::Expected<Json> map(const YAML::Node& node, int depth) {
    Json out = Json::object();
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) return badAt(file_, entry.first.Mark(), "a key that is no text");
      const std::string& key = entry.first.Scalar();
      if (out.contains(key)) return badAt(file_, entry.first.Mark(), fmt::format("`{}` stands here twice", key));
      auto value = read(entry.second, depth + 1);
      if (!value) return value.takeError();
      out[key] = std::move(*value);
    }
    return out;
  }
};

llvm::Expected<Json> parseYaml(const std::string& file, const std::string& text) {
  try {
    return YamlReader(file).read(YAML::Load(text), 0);
  } catch (const YAML::Exception& e) {
    return badAt(file, e.mark, e.msg);
  }
}

llvm::Expected<Json> parseJson(const std::string& file, const std::string& text) {
  std::vector<std::set<std::string>> open;
  std::string wrong;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > kMaxDepth && wrong.empty()) wrong = "nested beyond measure";
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    else if (event == Json::parse_event_t::object_end && !open.empty()) open.pop_back();
    else if (event == Json::parse_event_t::key && !open.empty() && !open.back().insert(value.get<std::string>()).second && wrong.empty())
      wrong = fmt::format("`{}` stands here twice", value.get<std::string>());
    return wrong.empty();
  };
  try {
    Json out = Json::parse(text, watch);
    if (!wrong.empty()) return bad(file, wrong);
    return out;
  } catch (const Json::exception& e) {
    // The library's own prefix, "[json.exception.parse_error.101] ", says nothing to people.
    const llvm::StringRef why = e.what();
    return bad(file, why.contains("] ") ? why.split("] ").second.str() : why.str());
  }
}

} // namespace

llvm::Expected<std::vector<ParamText>> readParams(const std::string& file, std::string* whole) {
  uint64_t size = 0;
  if (!llvm::sys::fs::file_size(file, size) && size > kMaxBytes) return bad(file, fmt::format("larger than {} bytes", kMaxBytes));
  auto buffer = llvm::MemoryBuffer::getFile(file);
  if (!buffer) return workspaceError(Code::ParamsUnreadable, fmt::format("cannot read {}: {}", file, buffer.getError().message()));
  const std::string text = (*buffer)->getBuffer().str();
  if (whole) *whole = text;
  auto json = llvm::StringRef(file).ends_with(".json") ? parseJson(file, text) : parseYaml(file, text);
  if (!json) return json.takeError();
  std::vector<ParamText> out;
  if (json->is_null()) return out; // an empty file sets nothing
  if (!json->is_object()) return bad(file, "not a map of names to values");
  for (const auto& [name, value] : json->items()) {
    if (value.is_null()) return bad(file, fmt::format("`{}` has no value", name));
    out.emplace_back(name, value.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  return out;
}

llvm::Expected<ParamText> splitAssignment(const std::string& text, const std::string& flag) {
  const size_t at = text.find('=');
  if (at == std::string::npos || at == 0)
    return workspaceError(Code::BadAssignment, fmt::format("`{} {}` has no name and value", flag, text), fmt::format("write `{} NAME=VALUE`", flag));
  return ParamText{text.substr(0, at), text.substr(at + 1)};
}

llvm::Expected<ParamText> splitVariable(const std::string& text, const std::string& flag) {
  auto pair = splitAssignment(text, flag);
  if (!pair) {
    llvm::consumeError(pair.takeError());
    return workspaceError(Code::BadAssignment, fmt::format("`{} {}` has no name and variable", flag, text), fmt::format("write `{} NAME=VARIABLE`", flag));
  }
  const llvm::StringRef variable = pair->second;
  const bool word = !variable.empty() && !llvm::isDigit(variable.front()) && llvm::all_of(variable, [](char c) { return llvm::isAlnum(c) || c == '_'; });
  if (word) return pair;
  // The value stays unsaid: the shell may have put in what a variable holds.
  return workspaceError(Code::BadAssignment, fmt::format("what `{} {}=` names is no environment variable", flag, pair->first), fmt::format("write the variable's name without `$`: `{} {}=VARIABLE`", flag, pair->first));
}

} // namespace chasi::package
