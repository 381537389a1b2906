#include "runtime/plan/recipe.h"

#include "runtime/plan/digest.h"
#include "runtime/plan/fact.h"
#include "runtime/plan/fault.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace chasi::plan {

using nlohmann::json;

namespace {

constexpr size_t kDepth = 32;     ///< of functions; the language allows half as many
constexpr size_t kParts = 10'000; ///< in all

std::string trimmed(const std::string& text) {
  static constexpr const char* space = " \t\n\v\f\r";
  const size_t from = text.find_first_not_of(space);
  return from == text.npos ? "" : text.substr(from, text.find_last_not_of(space) - from + 1);
}

json toJson(const Recipe& recipe) {
  json list = json::array();
  for (const RecipePart& part : recipe) {
    if (!part.function.empty()) list.push_back({{"function", part.function}, {"of", toJson(part.parts)}});
    else if (!part.provider.empty()) list.push_back({{"provider", part.provider}, {"key", part.key}});
    else list.push_back(part.literal);
  }
  return list;
}

/// False for what is no recipe.
bool fromJson(const json& list, Recipe& recipe, size_t depth, size_t& room) {
  if (!list.is_array() || depth > kDepth) return false;
  const auto text = [](const json& object, const char* name) {
    const auto at = object.find(name);
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
  };
  for (const json& item : list) {
    if (room-- == 0) return false;
    RecipePart part;
    if (item.is_string()) {
      part.literal = item.get<std::string>();
    } else if (!item.is_object() || item.size() != 2) {
      return false;
    } else if (item.contains("function")) {
      part.function = text(item, "function");
      if (!isRecipeFunction(part.function) || !item.contains("of") || !fromJson(item["of"], part.parts, depth + 1, room)) return false;
    } else {
      part.provider = text(item, "provider");
      part.key = text(item, "key");
      if (part.provider.empty() || part.key.empty()) return false;
    }
    recipe.push_back(std::move(part));
  }
  return true;
}

/// Inside of quotes, on one line.
std::string inQuotes(const std::string& text) {
  const std::string quoted = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

} // namespace

bool isRecipeFunction(const std::string& name) {
  return name == "base64" || name == "urlEncode" || name == "sha256" || name == "trim" || name == "toJson";
}

bool applyRecipeFunction(const std::string& name, std::string& text) {
  if (name == "base64") text = base64(text);
  else if (name == "urlEncode") text = percentEncoded(text);
  else if (name == "sha256") text = hex(sha256(text));
  else if (name == "trim") text = trimmed(text);
  else {
    try {
      text = json(text).dump();
    } catch (const json::exception&) {
      return false;
    }
  }
  return true;
}

std::string writeRecipe(const Recipe& recipe) { return toJson(recipe).dump(-1, ' ', false, json::error_handler_t::replace); }

llvm::Expected<Recipe> readRecipe(const std::string& text) {
  Recipe recipe;
  size_t room = kParts;
  const json list = json::parse(text, nullptr, false);
  if (fromJson(list, recipe, 0, room)) return recipe;
  return fault("CH6001", "this plan cannot be read: the template of a secret is none", "write a new one with `chasic plan --out FILE`");
}

std::string describeRecipe(const Recipe& recipe) {
  const bool alone = recipe.size() == 1 && !recipe.front().function.empty();
  std::string out = alone ? "" : "\"";
  for (const RecipePart& part : recipe) {
    if (!part.function.empty()) {
      const std::string call = part.function + "(" + describeRecipe(part.parts) + ")";
      out += alone ? call : "${" + call + "}";
    } else if (!part.provider.empty()) {
      out += "${" + inQuotes(part.provider == kFact ? describeSource({{}, part.provider, part.key}) : part.provider + "/" + part.key) + "}";
    } else {
      out += inQuotes(part.literal);
    }
  }
  return alone ? out : out + "\"";
}

} // namespace chasi::plan
