#include "runtime/plan/address_block.h"
#include "runtime/plan/address_range.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace chasi::plan {

using nlohmann::json;

namespace {

/// What is left of the ranges without one of them.
std::vector<AddressRange> without(const std::vector<AddressRange>& ranges, const AddressRange& hole) {
  std::vector<AddressRange> left;
  for (const AddressRange& r : ranges) {
    if (!r.overlaps(hole)) {
      left.push_back(r);
      continue;
    }
    if (r.first < hole.first) left.push_back({r.first, hole.first - 1, r.six});
    if (hole.last < r.last) left.push_back({hole.last + 1, r.last, r.six});
  }
  return left;
}

const std::vector<AddressRange>& privateRanges() {
  static const std::vector<AddressRange> ranges = [] {
    std::vector<AddressRange> out;
    for (const char* cidr : {"10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10"}) out.push_back(*networkOf(cidr));
    return out;
  }();
  return ranges;
}

} // namespace

AddressBlock readAddressBlock(const json& block) {
  constexpr AddressBlock everything{true, true};
  const json cidr = block.is_object() ? block.value("cidr", json()) : json();
  const std::optional<AddressRange> whole = cidr.is_string() ? networkOf(cidr.get<std::string>()) : std::nullopt;
  if (!whole) return everything;
  std::vector<AddressRange> left{*whole};
  const json except = block.value("except", json::array());
  for (const json& e : except) {
    const std::optional<AddressRange> hole = e.is_string() ? networkOf(e.get<std::string>()) : std::nullopt;
    if (!hole) return everything;
    left = without(left, *hole);
  }
  std::vector<AddressRange> open = left;
  for (const AddressRange& p : privateRanges()) open = without(open, p);
  const auto overlaps = [&](const AddressRange& r) {
    return std::any_of(privateRanges().begin(), privateRanges().end(), [&](const AddressRange& p) { return p.overlaps(r); });
  };
  return {std::any_of(left.begin(), left.end(), overlaps), !open.empty()};
}

} // namespace chasi::plan
