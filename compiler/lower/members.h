// Looking into manifests whose types were checked: what is not there, or not known yet, counts as empty.
#pragma once

#include "compiler/sema/value.h"

namespace chasi::lower {

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

} // namespace chasi::lower
