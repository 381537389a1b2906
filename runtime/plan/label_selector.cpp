#include "runtime/plan/label_selector.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace chasi::plan {

using nlohmann::json;
using Operator = LabelSelector::Operator;

static bool holds(const LabelSelector::Requirement& r, std::optional<std::string_view> label) {
  const bool among = label && std::find(r.values.begin(), r.values.end(), *label) != r.values.end();
  switch (r.op) {
  case Operator::In: return among;
  case Operator::NotIn: return !among; // a label that is not there is in no list
  case Operator::Exists: return label.has_value();
  case Operator::DoesNotExist: return !label;
  case Operator::Unknown: return true;
  }
  return true;
}

bool LabelSelector::matches(llvm::function_ref<std::optional<std::string_view>(std::string_view)> find) const {
  return std::all_of(requirements.begin(), requirements.end(), [&](const Requirement& r) { return holds(r, find(r.key)); });
}

bool LabelSelector::matches(const Labels& labels) const {
  return matches([&](std::string_view key) {
    const auto at = labels.find(key);
    return at == labels.end() ? std::nullopt : std::optional<std::string_view>(at->second);
  });
}

Labels readLabels(const json& labels) {
  Labels out;
  if (!labels.is_object()) return out;
  for (const auto& [key, value] : labels.items())
    if (value.is_string()) out.emplace(key, value.get<std::string>());
  return out;
}

Operator LabelSelector::operatorOf(std::string_view word) {
  if (word == "In") return Operator::In;
  if (word == "NotIn") return Operator::NotIn;
  if (word == "Exists") return Operator::Exists;
  if (word == "DoesNotExist") return Operator::DoesNotExist;
  return Operator::Unknown;
}

LabelSelector readSelector(const json& selector) {
  LabelSelector out;
  if (!selector.is_object()) return out;
  for (auto& [key, value] : readLabels(selector.value("matchLabels", json::object()))) out.requirements.push_back({key, Operator::In, {value}});
  const json expressions = selector.value("matchExpressions", json::array());
  for (const json& e : expressions) {
    if (!e.is_object()) continue;
    LabelSelector::Requirement r{e.value("key", ""), LabelSelector::operatorOf(e.value("operator", "")), {}};
    const json values = e.value("values", json::array());
    for (const json& v : values)
      if (v.is_string()) r.values.push_back(v.get<std::string>());
    out.requirements.push_back(std::move(r));
  }
  return out;
}

} // namespace chasi::plan
