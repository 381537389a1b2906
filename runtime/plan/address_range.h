// Ranges of IP addresses, as policies and pools name them.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <optional>

namespace chasi::plan {

__extension__ typedef unsigned __int128 Address; ///< of IPv4, the lower 32 bits

/// All addresses from one to another, both in it. IPv4 and IPv6 do not mix.
struct AddressRange {
  Address first = 0, last = 0;
  bool six = false; ///< IPv6

  bool overlaps(const AddressRange& o) const { return six == o.six && first <= o.last && o.first <= last; }
  bool contains(const AddressRange& o) const { return six == o.six && first <= o.first && o.last <= last; }
  bool operator==(const AddressRange&) const = default;
};

/// "10.0.0.0/8", "fd00::/64"; bits behind the prefix count as none. Nothing when it is no network.
std::optional<AddressRange> networkOf(llvm::StringRef cidr);
/// The same, or "10.0.0.5-10.0.0.9", or "10.0.0.5"; blanks around addresses do not matter.
std::optional<AddressRange> rangeOf(llvm::StringRef text);

} // namespace chasi::plan
