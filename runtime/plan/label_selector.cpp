#include "runtime/plan/label_selector.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace chasi::plan {

using nlohmann::json;
using Operator = LabelSelector::Operator;

static bool holds(const LabelSelector::Requirement& r, const Labels& labels) {
  const auto at = labels.find(r.key);
  const bool there = at != labels.end();
  const bool among = there && std::find(r.values.begin(), r.values.end(), at->second) != r.values.end();
  switch (r.op) {
  case Operator::In: return among;
  case Operator::NotIn: return !among; // a label that is not there is in no list
  case Operator::Exists: return there;
  case Operator::DoesNotExist: return !there;
  case Operator::Unknown: return true;
  }
  return true;
}

bool LabelSelector::matches(const Labels& labels) const {
  return std::all_of(requirements.begin(), requirements.end(), [&](const Requirement& r) { return holds(r, labels); });
}

Labels readLabels(const json& labels) {
  Labels out;
  if (!labels.is_object()) return out;
  for (const auto& [key, value] : labels.items())
    if (value.is_string()) out.emplace(key, value.get<std::string>());
  return out;
}

static Operator operatorOf(const std::string& word) {
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
    LabelSelector::Requirement r{e.value("key", ""), operatorOf(e.value("operator", "")), {}};
    const json values = e.value("values", json::array());
    for (const json& v : values)
      if (v.is_string()) r.values.push_back(v.get<std::string>());
    out.requirements.push_back(std::move(r));
  }
  return out;
}

} // namespace chasi::plan
