// Finding numbers of things by what is in them: a hash table that keeps no copies of keys.
#pragma once

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/MathExtras.h>
#include <llvm/Support/xxhash.h>

#include <cstdint>
#include <vector>

namespace chasi::lower {

class Lookup {
public:
  /// For at most so many things.
  explicit Lookup(size_t most) : slots_(llvm::PowerOf2Ceil(most * 2 + 2)) {}

  /// The number that was put under this hash and for which `same(number)` holds; null when there is none.
  template <class Same> uint32_t* find(uint64_t hash, Same same) {
    for (size_t at = hash;; ++at) {
      Slot& slot = slots_[at & (slots_.size() - 1)];
      if (!slot.used) return nullptr;
      if (slot.check == static_cast<uint32_t>(hash >> 32) && same(slot.number)) return &slot.number;
    }
  }
  void add(uint64_t hash, uint32_t number) {
    size_t at = hash;
    while (slots_[at & (slots_.size() - 1)].used) ++at;
    slots_[at & (slots_.size() - 1)] = {static_cast<uint32_t>(hash >> 32), number, true};
  }

private:
  struct Slot {
    uint32_t check = 0; ///< more bits of the hash, so that `same` is rarely asked in vain
    uint32_t number = 0;
    bool used = false;
  };
  std::vector<Slot> slots_;
};

/// A hash of several texts, one after the other.
inline uint64_t hashOf(std::initializer_list<llvm::StringRef> parts) {
  uint64_t hash = 0;
  for (const llvm::StringRef part : parts) {
    hash = (hash ^ llvm::xxh3_64bits(part)) * 0x9E3779B97F4A7C15; // 2^64 divided by the golden ratio (Knuth, 6.4)
    hash ^= hash >> 32;
  }
  return hash;
}

} // namespace chasi::lower
