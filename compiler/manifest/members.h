// Looking into manifests whose types were checked: what is not there, or not known yet, counts as empty.
#pragma once

#include "compiler/sema/value.h"

#include <initializer_list>
#include <optional>

namespace chasi::manifest {

inline const sema::MapValue* mapAt(const sema::MapValue& map, llvm::StringRef key) {
  const sema::Value* v = map.find(key);
  return v && v->tag == sema::Tag::Map ? v->map : nullptr;
}

inline llvm::ArrayRef<sema::Value> listAt(const sema::MapValue& map, llvm::StringRef key) {
  const sema::Value* v = map.find(key);
  return v && v->tag == sema::Tag::List ? v->list->items : llvm::ArrayRef<sema::Value>();
}

/// What a member is written as; nothing when it is missing or not known yet.
inline llvm::StringRef textOf(const sema::Value& item, llvm::StringRef key) {
  const sema::Value* v = item.tag == sema::Tag::Map ? item.map->find(key) : nullptr;
  return v && v->isText() ? v->str() : llvm::StringRef();
}

inline std::optional<int64_t> numberOf(const sema::Value& item, llvm::StringRef key) {
  const sema::Value* v = item.tag == sema::Tag::Map ? item.map->find(key) : nullptr;
  return v && v->tag == sema::Tag::Int ? std::optional(v->integer) : std::nullopt;
}

/// Written, and yet not to be read: a secret, what the cluster tells, a record whose JSON the manifest alone does not tell.
inline bool isOpaque(const sema::Value& v) { return v.tag == sema::Tag::Secret || v.tag == sema::Tag::Later || v.tag == sema::Tag::Record || v.tag == sema::Tag::Error; }
inline bool isOpaque(const sema::MapValue& map, llvm::StringRef key) {
  const sema::Value* v = map.find(key);
  return v && isOpaque(*v);
}
/// Written, readable or not.
inline bool has(const sema::MapValue& map, llvm::StringRef key) {
  const sema::Value* v = map.find(key);
  return v && !v->isAbsent();
}

/// The entry at a path of keys, or null.
const sema::Value* at(const sema::MapValue& map, std::initializer_list<llvm::StringRef> path);
/// The text at a path of keys, or nothing. Lives as long as the map.
llvm::StringRef textAt(const sema::MapValue& map, std::initializer_list<llvm::StringRef> path);
/// The map at a path of keys, or null.
const sema::MapValue* mapAt(const sema::MapValue& map, std::initializer_list<llvm::StringRef> path);
/// The value at a JSON pointer whose keys need no escapes; null when there is none.
const sema::Value* atPointer(const sema::MapValue& map, llvm::StringRef pointer);

/// The place where the value at a JSON pointer was written; the last one known on the way there.
source::Span placeOf(const sema::MapValue& manifest, llvm::StringRef pointer);

} // namespace chasi::manifest
