// Objects seen through their type: which parts are one value, which are maps and lists that merge, which fields are there. The rules are
// those of sigs.k8s.io/structured-merge-diff v6. Nothing here looks at managedFields; see apply.cpp.
#pragma once

#include "runtime/local/field_set.h"
#include "runtime/local/merge.h"

#include <optional>

namespace chasi::local {

/// How a value takes part in a merge: as a whole, entry by entry, or element by element.
enum class Shape : uint8_t { Leaf, Map, List };

/// A null type is one that nobody described: objects merge, lists are atomic. Such a type has the shape of its value.
Shape shapeOf(const k8s::Type* type, const Json& value);
/// The type of a map's or object's entry; null when it is not described.
const k8s::Type* memberType(const k8s::Type* type, std::string_view key);
/// Whether it is a field of the type by name (and not an entry of a map).
bool declares(const k8s::Type* type, std::string_view key);
/// Whether Go writes this field even when nobody set it, because it is a struct and no pointer, or a list that is not optional. Such a
/// field is never added or removed, only changed.
bool alwaysWritten(const k8s::Type* type, std::string_view key);

/// The elements of a list that merges, by what tells them apart.
struct Elements {
  std::vector<Step> steps;     ///< one for each element, in the order of the list
  std::vector<uint32_t> order; ///< places sorted by step; equal steps in the order of the list
  std::string problem;         ///< not empty when an element cannot be told apart

  /// Range of `order` with this step.
  std::pair<size_t, size_t> find(const Step& step) const;
  bool twice(const Step& step) const;
};
/// Whether two elements have the same step, without writing it.
bool sameElement(const k8s::Type& list, const Json& a, const Json& b);
Elements elementsOf(const k8s::Type& list, const Json& value, Texts& texts);

/// What does not fit, as ".spec.replicas: expected numeric (int or float), got string".
struct Misfit {
  std::string path, message;
};

/// The fields of an object. With `misfits`, the object is checked on the way: unknown fields, wrong types, elements that are there twice.
FieldSet fieldsOf(const k8s::Type* type, const Json& object, Texts& texts, std::vector<Misfit>* misfits = nullptr);

/// The set with every node a member whose step is a declared field: who owns .spec.template.x is taken to own .spec.template.
FieldSet withNamedFields(const k8s::Type* type, const FieldSet& set);

struct Comparison {
  FieldSet removed, modified, added;
};
/// From `before` (null: nothing, as the server makes an empty object of the type) to `after`.
Comparison compare(const k8s::Type* type, const Json* before, const Json& after, Texts& texts);

/// Whether merging would change nothing. Cheaper than trying.
bool settled(const k8s::Type* type, const Json& object, const Json& config);

/// Merges `config` into `object`; true when it changed. Nulls of the config are kept as nulls.
bool mergeInto(const k8s::Type* type, Json& object, const Json& config, Texts& texts);

/// Takes the members of the set out of the object. What becomes empty below a field that stays is null afterwards.
void removeFields(const k8s::Type* type, Json& object, const FieldSet& set, Texts& texts);

/// Takes null entries out of objects, at any depth.
void dropNulls(Json& value);

} // namespace chasi::local
