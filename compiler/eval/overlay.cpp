// Data laid over data, and data as YAML.
#include "compiler/eval/data_json.h"
#include "compiler/eval/yaml_text.h"

#include <nlohmann/json.hpp>

namespace chasi::eval {

using namespace sema;
using source::Code;

nlohmann::ordered_json dataJson(Evaluator& evaluator, const Value& v) {
  using nlohmann::ordered_json;
  switch (v.tag) {
  case Tag::Absent: return nullptr;
  case Tag::Bool: return v.boolean;
  case Tag::Int: return v.integer;
  case Tag::Float: return v.number;
  case Tag::List: {
    ordered_json out = ordered_json::array();
    for (const Value& item : v.list->items) out.push_back(dataJson(evaluator, item));
    return out;
  }
  case Tag::Map: {
    ordered_json::object_t out; // in the order of its entries, and keys come once: nothing is looked for
    for (const MapEntry& e : v.map->entries()) out.emplace_back(e.key.str(), dataJson(evaluator, e.value));
    return out;
  }
  default:
    if (v.isText()) return v.str().str();
    std::string text;
    evaluator.writeJson(v, text);
    return ordered_json::parse(text, nullptr, false);
  }
}

namespace {

/// Whether a value holds what is known only while applying.
struct Unknown : Evaluator::SecretSink {
  bool any = false;
  void secret(const std::string&, size_t, const SecretValue&) override { any = true; }
  void later(const std::string&, size_t, const SecretValue&) override { any = true; }
};

} // namespace

/// A record as data: what was said of it. Its defaults are those of a schema, and stay out unless they are asked for.
Value Evaluator::said(const Value& v, bool defaults) {
  if (v.tag == Tag::List) {
    std::vector<Value> items;
    for (const Value& item : v.list->items) items.push_back(said(item, defaults));
    return listValue(items, v.list->spans);
  }
  std::vector<MapEntry> entries;
  if (v.tag == Tag::Map) {
    for (const MapEntry& e : v.map->entries()) entries.push_back({e.key, said(e.value, defaults), e.span});
    return mapValue(entries);
  }
  if (v.tag != Tag::Record || v.record->schema->isKind) return v;
  Record& r = *v.record;
  for (uint32_t i = 0; i < r.schema->fields.size(); ++i) {
    const Definition* d = r.definitions ? r.definitions[i] : nullptr;
    if ((!d && !defaults) || r.schema->fields[i].hidden) continue;
    const Value value = slot(r, i);
    if (value.isError()) return value;
    if (!value.isAbsent()) entries.push_back({r.schema->fields[i].name, said(value, defaults), d && d->member ? d->member->span : r.span});
  }
  return mapValue(entries);
}

/// Key by key where both are maps; elsewhere `over` wins. Without a value there, what is below goes. Nesting is that of the data,
/// which its reader bounds.
Value Evaluator::overlay(const Expr* e, const Value& base, const Value& over) {
  if (base.isError() || over.isError()) return Value::error();
  if (over.tag == Tag::Record) return overlay(e, base, said(over));
  if (base.tag == Tag::Record) return overlay(e, said(base), over);
  if (base.tag != Tag::Map || over.tag != Tag::Map) return said(over);
  if (!spend(base.map->size() + over.map->size(), e->span)) return Value::error();
  std::vector<MapEntry> entries;
  for (const MapEntry& below : base.map->entries()) {
    const size_t i = over.map->shape->find(below.key);
    if (i == over.map->size()) {
      entries.push_back(below);
    } else if (const MapEntry above = (*over.map)[i]; !above.value.isAbsent()) {
      entries.push_back({above.key, overlay(e, below.value, above.value), above.span});
    }
  }
  for (const MapEntry& above : over.map->entries())
    if (!above.value.isAbsent() && !base.map->find(above.key)) entries.push_back(above);
  return mapValue(entries);
}

Value Evaluator::toYaml(const Expr* e, const Value& of) {
  Unknown unknown;
  std::string json;
  if (!writeJson(of, json, &unknown)) return tooLarge(e->span, "this value is too long as YAML");
  if (unknown.any) {
    report(Code::SecretInText, e->span, "this value holds what is known only while applying, and its YAML would be a text that is shown").hint("leave it out; a Secret of its own takes it: `data = { key = secret(…) }`");
    return Value::error();
  }
  const std::string text = yamlText(dataJson(*this, of), budget_.text);
  if (!spend(text.size() / 32, e->span)) return Value::error();
  return text.size() > budget_.text ? tooLarge(e->span, "this value is too long as YAML") : textValue(text);
}

} // namespace chasi::eval
