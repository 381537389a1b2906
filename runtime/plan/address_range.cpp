#include "runtime/plan/address_range.h"

#include <arpa/inet.h>

#include <string>

namespace chasi::plan {

/// One address, as a range of its own.
static std::optional<AddressRange> addressOf(llvm::StringRef text) {
  unsigned char bytes[16];
  const std::string terminated = text.str();
  const bool four = inet_pton(AF_INET, terminated.c_str(), bytes) == 1;
  if (!four && inet_pton(AF_INET6, terminated.c_str(), bytes) != 1) return std::nullopt;
  AddressRange out;
  out.six = !four;
  for (int i = 0; i < (four ? 4 : 16); ++i) out.first = out.first << 8 | bytes[i];
  out.last = out.first;
  return out;
}

static std::optional<AddressRange> networkOf(llvm::StringRef address, llvm::StringRef length) {
  std::optional<AddressRange> range = addressOf(address);
  if (!range) return std::nullopt;
  unsigned prefix = 0;
  const unsigned width = range->six ? 128 : 32;
  if (length.getAsInteger(10, prefix) || prefix > width) return std::nullopt;
  const unsigned open = width - prefix;
  const Address mask = open == 128 ? ~Address(0) : (Address(1) << open) - 1;
  range->first &= ~mask;
  range->last = range->first | mask;
  return range;
}

std::optional<AddressRange> networkOf(llvm::StringRef cidr) {
  const auto [address, length] = cidr.split('/');
  return networkOf(address, length);
}

std::optional<AddressRange> rangeOf(llvm::StringRef text) {
  if (text.contains('-')) {
    const auto [from, to] = text.split('-');
    const std::optional<AddressRange> first = addressOf(from.trim()), last = addressOf(to.trim());
    if (!first || !last || first->six != last->six || last->first < first->first) return std::nullopt;
    return AddressRange{first->first, last->first, first->six};
  }
  const auto [address, length] = text.split('/');
  return length.empty() ? addressOf(address.trim()) : networkOf(address.trim(), length.trim());
}

} // namespace chasi::plan
