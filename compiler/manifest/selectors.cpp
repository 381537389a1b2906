#include "compiler/manifest/selectors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace chasi::manifest {

using namespace sema;
using plan::LabelSelector;
using Operator = LabelSelector::Operator;

std::optional<LabelSelector> selectorOfLabels(const MapValue& labels) {
  LabelSelector out;
  for (const MapEntry& e : labels.entries()) {
    if (e.value.isAbsent()) continue;
    if (!e.value.isText()) return std::nullopt;
    out.requirements.push_back({e.key.str(), Operator::In, {e.value.str().str()}});
  }
  return out;
}

std::optional<LabelSelector> selectorOf(const MapValue& selector) {
  if (isOpaque(selector, "matchLabels") || isOpaque(selector, "matchExpressions")) return std::nullopt;
  LabelSelector out;
  if (const MapValue* labels = mapAt(selector, "matchLabels")) {
    std::optional<LabelSelector> plain = selectorOfLabels(*labels);
    if (!plain) return std::nullopt;
    out = std::move(*plain);
  }
  for (const Value& e : listAt(selector, "matchExpressions")) {
    if (e.tag != Tag::Map || isOpaque(*e.map, "key") || isOpaque(*e.map, "operator") || isOpaque(*e.map, "values")) return std::nullopt;
    LabelSelector::Requirement r{textOf(e, "key").str(), LabelSelector::operatorOf(std::string_view(textOf(e, "operator"))), {}};
    for (const Value& v : listAt(*e.map, "values")) {
      if (!v.isText()) return std::nullopt;
      r.values.push_back(v.str().str());
    }
    out.requirements.push_back(std::move(r));
  }
  return out;
}

static std::optional<std::string_view> labelOf(const PodTemplate& pods, std::string_view key) {
  const Value* label = pods.labels ? pods.labels->find(key) : nullptr;
  return label && label->isText() ? std::optional<std::string_view>(label->str()) : std::nullopt;
}

bool selects(const LabelSelector& selector, const PodTemplate& pods) {
  return !pods.labelsKnown || selector.matches([&](std::string_view key) { return labelOf(pods, key); });
}

bool holds(const LabelSelector::Requirement& requirement, const PodTemplate& pods) { return selects({{requirement}}, pods); }

std::string describe(const LabelSelector::Requirement& r) {
  switch (r.op) {
  case Operator::In: return r.values.size() == 1 ? fmt::format("{}={}", r.key, r.values.front()) : fmt::format("{} in ({})", r.key, fmt::join(r.values, ", "));
  case Operator::NotIn: return fmt::format("{} not in ({})", r.key, fmt::join(r.values, ", "));
  case Operator::Exists: return "a label " + r.key;
  case Operator::DoesNotExist: return "no label " + r.key;
  case Operator::Unknown: return r.key;
  }
  return r.key;
}

std::string describe(const LabelSelector& selector) {
  std::string out;
  for (const LabelSelector::Requirement& r : selector.requirements) out += (out.empty() ? "" : ", ") + describe(r);
  return out;
}

} // namespace chasi::manifest
