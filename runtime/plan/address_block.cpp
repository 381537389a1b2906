#include "runtime/plan/address_block.h"

#include <nlohmann/json.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

namespace chasi::plan {

using nlohmann::json;

namespace {

__extension__ typedef unsigned __int128 Bits;

/// All addresses from one to another, both in it. IPv4 and IPv6 do not mix.
struct Range {
  bool six = false;
  Bits low = 0, high = 0;
};

std::optional<Range> rangeOf(const std::string& cidr) {
  const size_t slash = cidr.find('/');
  if (slash == cidr.npos) return {};
  unsigned char bytes[16];
  const std::string address = cidr.substr(0, slash);
  const bool four = inet_pton(AF_INET, address.c_str(), bytes) == 1;
  if (!four && inet_pton(AF_INET6, address.c_str(), bytes) != 1) return {};
  const int width = four ? 32 : 128;
  int prefix = -1;
  const char* end = cidr.data() + cidr.size();
  const auto [at, error] = std::from_chars(cidr.data() + slash + 1, end, prefix);
  if (error != std::errc() || at != end || prefix < 0 || prefix > width) return {};
  Bits value = 0;
  for (int i = 0; i < width / 8; ++i) value = value << 8 | bytes[i];
  const Bits host = width - prefix == 128 ? ~Bits(0) : (Bits(1) << (width - prefix)) - 1;
  return Range{!four, value & ~host, value | host};
}

/// What is left of the ranges without one of them.
std::vector<Range> without(const std::vector<Range>& ranges, const Range& hole) {
  std::vector<Range> left;
  for (const Range& r : ranges) {
    if (r.six != hole.six || hole.high < r.low || r.high < hole.low) {
      left.push_back(r);
      continue;
    }
    if (r.low < hole.low) left.push_back({r.six, r.low, hole.low - 1});
    if (hole.high < r.high) left.push_back({r.six, hole.high + 1, r.high});
  }
  return left;
}

const std::vector<Range>& privateRanges() {
  static const std::vector<Range> ranges = [] {
    std::vector<Range> out;
    for (const char* cidr : {"10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10"}) out.push_back(*rangeOf(cidr));
    return out;
  }();
  return ranges;
}

} // namespace

AddressBlock readAddressBlock(const json& block) {
  constexpr AddressBlock everything{true, true};
  const json cidr = block.is_object() ? block.value("cidr", json()) : json();
  const std::optional<Range> whole = cidr.is_string() ? rangeOf(cidr.get<std::string>()) : std::nullopt;
  if (!whole) return everything;
  std::vector<Range> left{*whole};
  const json except = block.value("except", json::array());
  for (const json& e : except) {
    const std::optional<Range> hole = e.is_string() ? rangeOf(e.get<std::string>()) : std::nullopt;
    if (!hole) return everything;
    left = without(left, *hole);
  }
  std::vector<Range> open = left;
  for (const Range& p : privateRanges()) open = without(open, p);
  const auto overlaps = [&](const Range& r) {
    return std::any_of(privateRanges().begin(), privateRanges().end(), [&](const Range& p) { return p.six == r.six && p.low <= r.high && r.low <= p.high; });
  };
  return {std::any_of(left.begin(), left.end(), overlaps), !open.empty()};
}

} // namespace chasi::plan
