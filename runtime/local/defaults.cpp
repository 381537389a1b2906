#include "runtime/local/defaults.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringRef.h>

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

bool oneOf(llvm::StringRef name, std::initializer_list<llvm::StringRef> names) { return llvm::is_contained(names, name); }

/// Whether what the API server decodes and writes again has lost the field: zeros of Go that are not behind a pointer, which the published
/// schema does not tell. Read off staging/src/k8s.io/api of 1.36.
bool isLost(const k8s::Field& field, const Json& value) {
  if (field.required) return false;
  if (field.type->kind == TypeKind::Map) return value.is_object() && value.empty();
  if (field.type->kind == TypeKind::List) return value.is_array() && value.empty();
  if (value.is_string())
    return value.get_ref<const std::string&>().empty() && field.type->kind == TypeKind::String &&
           !oneOf(field.name, {"storageClassName", "ingressClassName", "loadBalancerClass", "runtimeClassName", "volumeAttributesClassName", "appProtocol", "timeZone"});
  if (value == false) return oneOf(field.name, {"hostNetwork", "hostPID", "hostIPC", "stdin", "stdinOnce", "tty", "readOnly", "paused", "publishNotReadyAddresses", "unschedulable", "globalDefault"});
  return value == 0 && oneOf(field.name, {"minReadySeconds", "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold", "hostPort", "nodePort", "healthCheckNodePort"});
}

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
  for (auto it = value.begin(); it != value.end();) {
    const bool zero = it->is_structured() ? it->empty() : it->is_string() ? it->get_ref<const std::string&>().empty() : *it == false || *it == 0;
    const k8s::Field* field = zero || it->is_structured() ? type.field(it.key()) : nullptr;
    if (field && zero && isLost(*field, *it)) {
      it = value.erase(it);
      continue;
    }
    if (field && it->is_structured()) walk(*field->type, *it, left - 1);
    ++it;
  }
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
