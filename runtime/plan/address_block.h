// What an ipBlock of a NetworkPolicy covers: addresses that clusters give to pods, and addresses of the internet.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace chasi::plan {

struct AddressBlock {
  /// Some address of a private network (RFC 1918, 6598, 3927, 4193, 4291) is in it. Pods are taken to have such addresses;
  /// which ones is not known before they run, so that a block with any of them may be any pod.
  bool pods = false;
  /// Some other address is in it.
  bool internet = false;
};

/// `block` is {cidr, except}. What cannot be read covers everything: the API server refuses it.
AddressBlock readAddressBlock(const nlohmann::json& block);

} // namespace chasi::plan
