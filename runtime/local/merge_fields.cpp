// The set of fields of an object, and what does not fit its type.
#include "runtime/local/merge_typed.h"

#include <fmt/format.h>

namespace chasi::local {

using k8s::Type;
using k8s::TypeKind;

namespace {

/// As Go prints a value with %v.
std::string plain(const Json& v) {
  if (v.is_null()) return "<nil>";
  if (v.is_string()) return v.get<std::string>();
  if (v.is_array()) {
    std::string out = "[";
    for (const Json& e : v) out += (out.size() > 1 ? " " : "") + plain(e);
    return out + "]";
  }
  if (!v.is_object()) return v.dump();
  std::string out = "map[";
  for (auto& [key, e] : v.items()) out += (out.size() > 4 ? " " : "") + key + ":" + plain(e);
  return out + "]";
}

/// As Go prints a value with %#v.
std::string source(const Json& v) {
  if (v.is_null()) return "interface {}(nil)";
  if (v.is_array()) {
    std::string out;
    for (const Json& e : v) out += (out.empty() ? "" : ", ") + source(e);
    return "[]interface {}{" + out + "}";
  }
  if (!v.is_object()) return v.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string out;
  for (auto& [key, e] : v.items()) out += fmt::format("{}{:?}:{}", out.empty() ? "" : ", ", key, source(e));
  return "map[string]interface {}{" + out + "}";
}

const char* goType(const Json& v) {
  if (v.is_string()) return "string";
  if (v.is_boolean()) return "bool";
  if (v.is_array()) return "[]interface {}";
  if (v.is_object()) return "map[string]interface {}";
  return "float64";
}

class FieldWalk {
public:
  FieldWalk(Texts& texts, std::vector<Misfit>* misfits) : texts_(texts), misfits_(misfits) {}

  /// Puts what is below the value into `below`; true when the place itself is a member on its own account.
  bool fields(const Type* type, const Json& value, FieldSet& below) {
    switch (shapeOf(type, value)) {
    case Shape::Leaf:
      if (misfits_) check(type, value);
      return true;
    case Shape::Map: map(type, value, below); return false;
    case Shape::List: list(*type, value, below); return false;
    }
    return false;
  }

private:
  Texts& texts_;
  std::vector<Misfit>* misfits_;
  std::vector<Step> path_;

  void misfit(std::string message) {
    if (!misfits_ || misfits_->size() >= 50) return;
    std::string path;
    for (const Step& step : path_) path += written(step);
    misfits_->push_back({std::move(path), std::move(message)});
  }

  void map(const Type* type, const Json& value, FieldSet& below) {
    if (value.is_null()) return;
    if (!value.is_object()) return misfit("expected map, got &{" + plain(value) + "}");
    bool open = !type || type->kind != TypeKind::Object || type->preserveUnknown;
    below.nodes.reserve(value.size());
    for (auto it = value.begin(); it != value.end(); ++it) {
      const k8s::Field* field = type ? type->field(it.key()) : nullptr;
      Step step{Step::Kind::Field, field ? field->name : texts_.keep(it.key())};
      path_.push_back(step);
      if (!field && !open) misfit("field not declared in schema");
      else {
        FieldSet inner;
        bool member = fields(field ? field->type : memberType(type, it.key()), *it, inner);
        member = member || !field || it->is_null() || (it->is_object() && it->empty());
        append(below, step, member, std::move(inner));
      }
      path_.pop_back();
    }
  }

  void list(const Type& type, const Json& value, FieldSet& below) {
    if (value.is_null()) return;
    if (!value.is_array()) return misfit("expected list, got &{" + plain(value) + "}");
    Elements elements = elementsOf(type, value, texts_);
    if (!elements.problem.empty() && misfits_) return misfit(elements.problem);
    for (size_t at = 0; at < elements.order.size();) {
      const Step& step = elements.steps[elements.order[at]];
      size_t end = at + 1;
      while (end < elements.order.size() && elements.steps[elements.order[end]] == step) ++end;
      FieldSet inner;
      if (end - at == 1) {
        path_.push_back(step);
        fields(type.element, value[elements.order[at]], inner);
        path_.pop_back();
      } else
        for (size_t i = at + 1; i < end; ++i) misfit("duplicate entries for key " + written(step));
      append(below, step, true, std::move(inner));
      at = end;
    }
  }

  /// A value that is owned as a whole still has to fit.
  void check(const Type* type, const Json& v) {
    if (!type || v.is_null()) return;
    FieldSet unused;
    switch (type->kind) {
    case TypeKind::Any:
    case TypeKind::FreeObject: return;
    case TypeKind::Object:
    case TypeKind::Map: return map(type, v, unused);
    case TypeKind::List: return elements(*type, v);
    case TypeKind::Integer:
    case TypeKind::Number:
      if (!v.is_number()) misfit(fmt::format("expected numeric (int or float), got {}", goType(v)));
      return;
    case TypeKind::Bool:
      if (!v.is_boolean()) misfit("expected boolean, got &{" + plain(v) + "}");
      return;
    case TypeKind::String:
      if (type->format == k8s::Format::Time) break;
      if (!v.is_string()) misfit("expected string, got &value.valueUnstructured{Value:" + source(v) + "}");
      return;
    case TypeKind::IntOrString:
    case TypeKind::Quantity: break;
    }
    if (v.is_structured()) misfit("expected any scalar, got &{" + plain(v) + "}");
  }

  void elements(const Type& type, const Json& v) {
    if (!v.is_array()) return misfit("expected list, got &{" + plain(v) + "}");
    size_t i = 0;
    for (const Json& e : v) {
      std::string index = std::to_string(i++);
      path_.push_back({Step::Kind::Index, index});
      FieldSet unused;
      fields(type.element, e, unused);
      path_.pop_back();
    }
  }
};

} // namespace

FieldSet fieldsOf(const Type* type, const Json& object, Texts& texts, std::vector<Misfit>* misfits) {
  FieldSet out;
  FieldWalk(texts, misfits).fields(type, object, out);
  return out;
}

} // namespace chasi::local
