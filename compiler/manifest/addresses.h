// Ranges of addresses, as pools and policies name them.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <optional>

namespace chasi::manifest {

__extension__ typedef unsigned __int128 Address; ///< of IPv4, the lower 32 bits

struct AddressRange {
  Address first = 0, last = 0;
  bool six = false; ///< IPv6

  bool overlaps(const AddressRange& o) const { return six == o.six && first <= o.last && o.first <= last; }
  bool contains(const AddressRange& o) const { return six == o.six && first <= o.first && o.last <= last; }
  bool operator==(const AddressRange&) const = default;
};

/// "10.0.0.0/8", "fd00::/64", "10.0.0.5-10.0.0.9", "10.0.0.5"; nothing when it is none of them.
std::optional<AddressRange> rangeOf(llvm::StringRef text);

} // namespace chasi::manifest
