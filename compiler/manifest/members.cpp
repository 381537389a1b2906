#include "compiler/manifest/members.h"

#include <string>

namespace chasi::manifest {

using namespace sema;
using source::Span;

const Value* at(const MapValue& map, std::initializer_list<llvm::StringRef> path) {
  const MapValue* m = &map;
  const Value* found = nullptr;
  for (const llvm::StringRef key : path) {
    if (!m) return nullptr;
    found = m->find(key);
    if (!found) return nullptr;
    m = found->tag == Tag::Map ? found->map : nullptr;
  }
  return found;
}

llvm::StringRef textAt(const MapValue& map, std::initializer_list<llvm::StringRef> path) {
  const Value* v = at(map, path);
  return v && v->isText() ? v->str() : llvm::StringRef();
}

const MapValue* mapAt(const MapValue& map, std::initializer_list<llvm::StringRef> path) {
  const Value* v = at(map, path);
  return v && v->tag == Tag::Map ? v->map : nullptr;
}

const Value* atPointer(const MapValue& map, llvm::StringRef pointer) {
  const MapValue* m = &map;
  const Value* found = nullptr;
  while (pointer.consume_front("/")) {
    const llvm::StringRef key = pointer.take_until([](char c) { return c == '/'; });
    pointer = pointer.drop_front(key.size());
    found = m ? m->find(key) : nullptr;
    if (!found) return nullptr;
    m = found->tag == Tag::Map ? found->map : nullptr;
  }
  return found;
}

Span placeOf(const MapValue& manifest, llvm::StringRef pointer) {
  Value v = Value::of(&manifest);
  Span last;
  while (pointer.consume_front("/")) {
    const llvm::StringRef raw = pointer.take_until([](char c) { return c == '/'; });
    pointer = pointer.drop_front(raw.size());
    std::string step;
    for (size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] == '~' && i + 1 < raw.size()) step += raw[++i] == '1' ? '/' : '~';
      else step += raw[i];
    }
    size_t index = 0;
    if (v.tag == Tag::Map) {
      const size_t i = v.map->shape->find(step);
      if (i == v.map->size()) break;
      const MapEntry e = (*v.map)[i];
      if (e.span.valid()) last = e.span;
      v = e.value;
    } else if (v.tag == Tag::List && !llvm::StringRef(step).getAsInteger(10, index) && index < v.list->items.size()) {
      if (index < v.list->spans.size() && v.list->spans[index].valid()) last = v.list->spans[index];
      v = v.list->items[index];
    } else {
      break;
    }
  }
  return last;
}

} // namespace chasi::manifest
