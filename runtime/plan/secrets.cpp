#include "runtime/plan/secrets.h"

#include "runtime/plan/digest.h"
#include "runtime/plan/fact.h"
#include "runtime/plan/fault.h"
#include "runtime/plan/open_secret.h"
#include "runtime/plan/recipe.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <variant>

namespace chasi::plan {

using nlohmann::json;

bool isSecretObject(const ObjectRef& object) { return object.kind == "Secret" && object.apiVersion == "v1"; }

bool isEncoded(const ObjectRef& object, const std::vector<std::string>& place) {
  return isSecretObject(object) && place.size() == 2 && place[0] == "data";
}

std::vector<std::string> splitPointer(const std::string& pointer) {
  std::vector<std::string> tokens;
  for (size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') { tokens.emplace_back(); continue; }
    if (tokens.empty()) tokens.emplace_back();
    if (pointer[i] == '~' && i + 1 < pointer.size()) tokens.back() += pointer[++i] == '1' ? '/' : '~';
    else tokens.back() += pointer[i];
  }
  return tokens;
}

std::string pointerToken(llvm::StringRef key) {
  std::string out;
  for (const char c : key) {
    if (c == '~') out += "~0";
    else if (c == '/') out += "~1";
    else out += c;
  }
  return out;
}

std::string joinPointer(const std::vector<std::string>& tokens) {
  std::string pointer;
  for (const std::string& token : tokens) pointer += "/" + pointerToken(token);
  return pointer;
}

void sealSecret(Operation& op) {
  if (op.kind != OpKind::Object || !isSecretObject(op.object)) return;
  json payload = json::parse(op.payload, nullptr, false);
  if (!payload.is_object()) return;
  bool changed = false;
  const char* const provider = holdsNoSecret(op.object, payload) ? kOpen : kLiteral;
  auto seal = [&](const std::string& key, std::string value) {
    op.secrets.push_back({joinPointer({"data", key}), provider, std::move(value)});
    payload["data"][key] = nullptr;
    changed = true;
  };
  if (payload.contains("data") && payload["data"].is_object())
    for (auto& [key, value] : payload["data"].items())
      if (value.is_string()) seal(key, value.get<std::string>());
  if (payload.contains("stringData") && payload["stringData"].is_object()) {
    for (auto& [key, value] : payload["stringData"].items()) {
      payload["data"][key] = nullptr;
      if (value.is_string()) seal(key, base64(value.get_ref<const std::string&>()));
    }
    for (std::vector<SecretRef>* refs : {&op.secrets, &op.later})
      for (SecretRef& ref : *refs)
        if (ref.pointer.rfind("/stringData/", 0) == 0) ref.pointer = "/data/" + ref.pointer.substr(12);
    payload.erase("stringData");
    changed = true;
  }
  if (changed) op.payload = payload.dump();
}

llvm::Expected<std::string> readSecret(const SecretRef& ref) {
  if (ref.provider == "env") {
    const char* value = std::getenv(ref.key.c_str());
    if (value) return std::string(value);
    return fault("CH6212", fmt::format("the environment variable '{}' for a secret is not set", ref.key),
                 fmt::format("export {} before running", ref.key));
  }
  if (ref.provider == "file") {
    std::ifstream in(ref.key, std::ios::binary);
    std::string value{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in.is_open() || in.bad())
      return fault("CH6212", fmt::format("the file '{}' for a secret cannot be read", ref.key));
    if (!value.empty() && value.back() == '\n') value.pop_back();
    return value;
  }
  if (ref.provider == kWithheld)
    return fault("CH6006", fmt::format("the plan file does not hold the value of '{}'", ref.pointer),
                 "apply from the sources, or let the specification read it from a provider");
  return fault("CH6212", fmt::format("there is no provider '{}' for secrets", ref.provider), "use env, file, k8s or exec");
}

SecretReader remembering(SecretReader reader) {
  using Outcome = std::variant<std::string, FaultText>;
  auto known = std::make_shared<std::map<std::pair<std::string, std::string>, Outcome>>();
  return [known, reader = std::move(reader)](const SecretRef& ref) -> llvm::Expected<std::string> {
    const auto [at, fresh] = known->try_emplace({ref.provider, ref.key});
    if (fresh) {
      llvm::Expected<std::string> value = reader(ref);
      if (value) at->second = std::move(*value);
      else at->second = takeText(value.takeError());
    }
    if (const auto* value = std::get_if<std::string>(&at->second)) return *value;
    return fault(std::get<FaultText>(at->second));
  };
}

static llvm::Expected<std::string> cook(const SecretRef& ref, const Recipe& recipe, const SecretReader& reader) {
  std::string text;
  for (const RecipePart& part : recipe) {
    if (part.provider.empty() && part.function.empty()) { text += part.literal; continue; }
    llvm::Expected<std::string> value = part.function.empty() ? reader({ref.pointer, part.provider, part.key}) : cook(ref, part.parts, reader);
    if (!value) return value.takeError();
    if (!part.function.empty() && !applyRecipeFunction(part.function, *value))
      return fault("CH6212", fmt::format("`{}` of the secret {} cannot be made: it is not UTF-8 text", part.function, describeRecipe(part.parts)));
    text += *value;
  }
  return text;
}

llvm::Expected<std::string> resolveSecret(const SecretRef& ref, const SecretReader& reader) {
  if (ref.provider != kTemplate) return reader(ref);
  llvm::Expected<Recipe> recipe = readRecipe(ref.key);
  return recipe ? cook(ref, *recipe, reader) : recipe.takeError();
}

static void addSources(const SecretRef& ref, const Recipe& recipe, std::vector<SecretRef>& out) {
  for (const RecipePart& part : recipe) {
    if (!part.function.empty()) addSources(ref, part.parts, out);
    else if (!part.provider.empty()) out.push_back({ref.pointer, part.provider, part.key});
  }
}

std::vector<SecretRef> sourcesOf(const SecretRef& ref) {
  if (ref.provider != kTemplate) return {ref};
  std::vector<SecretRef> out;
  llvm::Expected<Recipe> recipe = readRecipe(ref.key);
  if (recipe) addSources(ref, *recipe, out);
  else llvm::consumeError(recipe.takeError()); // whoever resolves it is told
  return out;
}

std::string describeSource(const SecretRef& ref) {
  if (ref.provider == kLiteral || ref.provider == kOpen) return "the specification"; // where it is the value itself
  if (ref.provider == kFact) return readFact(ref.key).path + " of " + readFact(ref.key).operation;
  if (ref.provider != kTemplate) return ref.provider + "/" + ref.key;
  llvm::Expected<Recipe> recipe = readRecipe(ref.key);
  if (recipe) return describeRecipe(*recipe);
  llvm::consumeError(recipe.takeError());
  return "a template that cannot be read";
}

json* findPlace(json& root, const std::vector<std::string>& tokens) {
  json* at = &root;
  for (const std::string& token : tokens) {
    if (at->is_object() && at->contains(token)) { at = &(*at)[token]; continue; }
    bool index = at->is_array() && !token.empty() && token.find_first_not_of("0123456789") == token.npos;
    if (!index || token.size() > 9 || std::stoul(token) >= at->size()) return nullptr;
    at = &(*at)[std::stoul(token)];
  }
  return at;
}

llvm::Expected<std::string> unsealed(const Operation& op, const SecretReader& reader) {
  if (op.secrets.empty() && op.later.empty()) return op.payload;
  json payload = json::parse(op.payload, nullptr, false);
  for (const SecretRef& ref : op.later) {
    json* place = findPlace(payload, splitPointer(ref.pointer));
    if (!place) return fault("CH6004", fmt::format("'{}' has no place '{}' for a fact", op.id, ref.pointer), {}, op.source);
    llvm::Expected<std::string> value = laterJson(op, ref, reader);
    if (!value) return value.takeError();
    *place = json::parse(*value, nullptr, false);
  }
  for (const SecretRef& ref : op.secrets) {
    std::vector<std::string> tokens = splitPointer(ref.pointer);
    json* place = findPlace(payload, tokens);
    if (!place)
      return fault("CH6004", fmt::format("'{}' has no place '{}' for a secret", op.id, ref.pointer), {}, op.source);
    if (ref.provider == kLiteral || ref.provider == kOpen) { *place = ref.key; continue; }
    llvm::Expected<std::string> value = resolveSecret(ref, reader);
    if (!value) return value.takeError();
    const bool encode = isEncoded(op.object, tokens);
    *place = encode ? base64(*value) : *value;
  }
  // A value that is not UTF-8 cannot stand in JSON outside of base64.
  try {
    return payload.dump();
  } catch (const json::exception&) {
    return fault("CH6212", fmt::format("a secret of '{}' is not UTF-8 text", op.id), {}, op.source);
  }
}

} // namespace chasi::plan
