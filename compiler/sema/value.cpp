#include "compiler/sema/value.h"

#include <vector>

namespace chasi::sema {

const MapValue* makeMap(llvm::BumpPtrAllocator& arena, llvm::ArrayRef<MapEntry> entries) {
  constexpr size_t kSearched = 24; // below that, looking at each key is as quick
  const size_t n = entries.size();
  auto* keys = arena.Allocate<MapShape::Key>(n);
  for (size_t i = 0; i < n; ++i) new (&keys[i]) MapShape::Key{entries[i].key, entries[i].span};
  auto* shape = new (arena) MapShape{llvm::ArrayRef(keys, n)};
  if (n > kSearched) {
    const size_t size = MapShape::tableSize(n);
    auto* places = arena.Allocate<uint32_t>(size);
    std::fill_n(places, size, 0);
    for (size_t i = 0; i < n; ++i) {
      size_t at = llvm::xxh3_64bits(entries[i].key);
      while (places[at & (size - 1)]) ++at;
      places[at & (size - 1)] = static_cast<uint32_t>(i + 1);
    }
    shape->table = places;
  }
  MapValue* made = MapValue::make(arena, *shape);
  for (size_t i = 0; i < n; ++i) made->values()[i] = entries[i].value;
  return made;
}

} // namespace chasi::sema
