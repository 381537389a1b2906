// Finding numbers of objects by what they are called: a hash table that keeps no copies of names.
#pragma once

#include <llvm/ADT/SmallString.h>
#include <llvm/Support/MathExtras.h>
#include <llvm/Support/xxhash.h>

#include <cstdint>
#include <vector>

namespace chasi::lower {

class Lookup {
public:
  /// For at most so many objects.
  explicit Lookup(size_t most) : slots_(llvm::PowerOf2Ceil(most * 2 + 2)) {}

  /// The number that was put under this hash and for which `same(number)` holds; null when there is none.
  template <class Same> const uint32_t* find(uint64_t hash, Same same) const {
    for (size_t at = hash;; ++at) {
      const Slot& slot = slots_[at & (slots_.size() - 1)];
      if (!slot.used) return nullptr;
      if (slot.check == static_cast<uint32_t>(hash >> 32) && same(slot.number)) return &slot.number;
    }
  }
  /// Of several the one that was added last.
  template <class Same> const uint32_t* findLast(uint64_t hash, Same same) const {
    const uint32_t* last = nullptr;
    find(hash, [&](const uint32_t& number) {
      if (same(number)) last = &number;
      return false;
    });
    return last;
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

/// Of the end of an operation's id, after its owner: "/Deployment/shop/web". Targets and groups of kinds are told apart by `same`.
inline uint64_t nameHash(llvm::StringRef kind, llvm::StringRef ns, llvm::StringRef name) {
  llvm::SmallString<128> text("/");
  text += kind;
  if (!ns.empty()) (text += '/') += ns;
  (text += '/') += name;
  return llvm::xxh3_64bits(text);
}

} // namespace chasi::lower
