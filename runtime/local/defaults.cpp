#include "runtime/local/defaults.h"

#include <llvm/ADT/StringMap.h>

namespace chasi::local {

using k8s::Type;
using k8s::TypeKind;

bool lacks(const Json& object, const char* key) {
  auto at = object.find(key);
  return at == object.end() || at->is_null() || (at->is_string() && at->get_ref<const std::string&>().empty());
}

void fill(Json& object, const char* key, Json value) {
  if (lacks(object, key)) object[key] = std::move(value);
}

std::string_view textOf(const Json& object, const char* key) {
  auto at = object.find(key);
  return at != object.end() && at->is_string() ? std::string_view(at->get_ref<const std::string&>()) : std::string_view();
}

Json* objectAt(Json& object, const char* key) {
  Json& at = object[key];
  if (at.is_null()) at = Json::object();
  return at.is_object() ? &at : nullptr;
}

namespace {

void walk(const Type& type, Json& value, size_t left) {
  if (left == 0) return;
  if (type.kind == TypeKind::List && value.is_array() && type.element) {
    for (Json& element : value) walk(*type.element, element, left - 1);
    return;
  }
  if (!value.is_object()) return;
  if (type.kind == TypeKind::Map && type.element) {
    if (type.element->kind == TypeKind::Object || type.element->kind == TypeKind::List)
      for (auto& [key, below] : value.items()) walk(*type.element, below, left - 1);
    return;
  }
  if (type.kind != TypeKind::Object) return;
  for (auto it = value.begin(); it != value.end(); ++it)
    if (it->is_structured())
      if (const k8s::Field* field = type.field(it.key())) walk(*field->type, *it, left - 1);
  for (const k8s::Field& field : type.fields)
    // A zero that Go shows for a number nobody set comes from whoever writes the status; it is no default of a specification.
    if (!field.defaultJson.empty() && field.defaultJson != "0" && field.defaultJson != "false") {
      auto [at, fresh] = value.get_ref<Json::object_t&>().try_emplace(std::string(field.name));
      if (fresh || at->second.is_null()) at->second = Json::parse(field.defaultJson, nullptr, false);
    }
  if (SetDefaults set = podDefaults(type.name)) set(value);
  else if (SetDefaults other = kindDefaults(type.name)) other(value);
}

} // namespace

void setDefaults(const Type* type, Json& object) {
  if (type) walk(*type, object, kMaxDepth + 1);
}

} // namespace chasi::local
