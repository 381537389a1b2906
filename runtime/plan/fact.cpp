#include "runtime/plan/fact.h"

#include "runtime/plan/digest.h"
#include "runtime/plan/fault.h"
#include "runtime/plan/recipe.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace chasi::plan {

using nlohmann::json;

// Neither types nor paths hold spaces; names of declarations may.
std::string writeFact(const Fact& fact) { return fact.type + " " + fact.operation + " " + fact.path; }

Fact readFact(const std::string& key) {
  const size_t first = key.find(' '), last = key.rfind(' ');
  if (first == key.npos || first == last) return {};
  return {key.substr(0, first), key.substr(first + 1, last - first - 1), key.substr(last + 1)};
}

static FactStep bracketed(const std::string& text) {
  const bool digits = text.find_first_not_of("0123456789") == text.npos && text.size() < 9;
  if (digits) return {FactStep::Kind::Index, {}, {}, std::stoul(text)};
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return {FactStep::Kind::Key, text.substr(1, text.size() - 2), {}, 0};
  const size_t equals = text.find('=');
  if (equals == text.npos) return {FactStep::Kind::Key, text, {}, 0};
  return {FactStep::Kind::Match, text.substr(0, equals), text.substr(equals + 1), 0};
}

std::vector<FactStep> factSteps(const std::string& path, std::string& why) {
  std::vector<FactStep> steps;
  if (path.find_first_of(" \t\r\n") != path.npos) why = "there is a space in it";
  if (path.find('*') != path.npos) why = "it leads to many values, and a fact is one";
  bool name = true; // a name may come next
  for (size_t at = 0; at < path.size() && why.empty();) {
    if (path[at] == '[') {
      const size_t end = path.find(']', at);
      if (end == path.npos) why = "a bracket has no end";
      else if (end == at + 1) why = "there is nothing between its brackets";
      else steps.push_back(bracketed(path.substr(at + 1, end - at - 1)));
      at = end == path.npos ? path.size() : end + 1;
      name = false;
    } else if (path[at] == '.' && !name) {
      name = true;
      ++at;
    } else if (name) {
      const size_t end = std::min(path.find_first_of(".[", at), path.size());
      if (end == at) break;
      steps.push_back({FactStep::Kind::Key, path.substr(at, end - at), {}, 0});
      at = end;
      name = false;
    } else {
      why = "after a bracket comes a dot";
    }
  }
  if (why.empty() && (steps.empty() || name)) why = "a name is missing";
  if (!why.empty()) steps.clear();
  return steps;
}

static JsonValue stepInto(JsonValue at, const FactStep& step) {
  if (step.kind == FactStep::Kind::Key) return at.isObject() ? at[step.text] : JsonValue();
  if (!at.isArray()) return {};
  size_t left = step.index;
  for (JsonValue item = at.first(); item; item = item.next()) {
    if (step.kind == FactStep::Kind::Index ? left-- == 0 : item.isObject() && item[step.text].string() == step.value) return item;
  }
  return {};
}

llvm::Expected<std::optional<std::string>> tellFact(const Fact& fact, JsonValue object) {
  std::string why;
  const std::vector<FactStep> steps = factSteps(fact.path, why);
  JsonValue at = steps.empty() ? JsonValue() : object;
  for (const FactStep& step : steps) at = stepInto(at, step);
  if (!at || at.raw() == "null" || at.raw() == "\"\"") return std::nullopt;
  const json value = json::parse(at.raw(), nullptr, false);
  const bool fits = fact.type == "Any"      ? true
                    : fact.type == "String" ? value.is_string()
                    : fact.type == "Int"    ? value.is_number_integer()
                    : fact.type == "Float"  ? value.is_number()
                    : fact.type == "Bool"   ? value.is_boolean()
                                            : value.is_primitive();
  if (!fits)
    return fault("CH6217", fmt::format("{} of {} is {}, and not of type {}", fact.path, fact.operation, value.type_name(), fact.type == "Text" ? "String" : fact.type),
                 "say in the specification what it is: `later(…) as Int`");
  return std::optional(value.is_string() && fact.type != "Any" ? value.get<std::string>() : std::string(at.raw()));
}

static void addFacts(const std::vector<SecretRef>& refs, std::vector<Fact>& out) {
  for (const SecretRef& ref : refs)
    for (const SecretRef& source : sourcesOf(ref))
      if (source.provider == kFact) out.push_back(readFact(source.key));
}

std::vector<Fact> factsOf(const Operation& op) {
  std::vector<Fact> out;
  addFacts(op.later, out);
  addFacts(op.secrets, out);
  return out;
}

std::string knownAfter(const SecretRef& ref) {
  std::string out;
  std::vector<std::string> told;
  for (const SecretRef& source : sourcesOf(ref)) {
    if (source.provider != kFact) continue;
    const std::string operation = readFact(source.key).operation;
    if (std::find(told.begin(), told.end(), operation) != told.end()) continue;
    told.push_back(operation);
    out += (out.empty() ? "known after " : ", ") + operation;
  }
  return out;
}

llvm::Expected<std::string> laterJson(const Operation& op, const SecretRef& ref, const SecretReader& reader) {
  llvm::Expected<std::string> text = resolveSecret(ref, reader);
  if (!text) return text;
  if (isEncoded(op.object, splitPointer(ref.pointer))) return quoteJson(base64(*text));
  const std::string type = ref.provider == kFact ? readFact(ref.key).type : "String";
  return type == "String" || type == "Text" ? quoteJson(*text) : *text;
}

std::string withFacts(const Operation& op, const SecretReader& reader, std::map<std::string, std::string>& unknown) {
  if (op.later.empty()) return op.payload;
  json payload = json::parse(op.payload, nullptr, false);
  for (const SecretRef& ref : op.later) {
    json* place = findPlace(payload, splitPointer(ref.pointer));
    llvm::Expected<std::string> value = laterJson(op, ref, reader);
    if (!value) {
      llvm::consumeError(value.takeError());
      unknown[ref.pointer] = knownAfter(ref);
    } else if (place) {
      *place = json::parse(*value, nullptr, false);
    }
  }
  return payload.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace chasi::plan
