// Kubernetes quantities as exact numbers of thousandths: "500m", "1.5Gi", "2e3".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chasi::local {

struct Quantity {
  __extension__ __int128 milli = 0;
  bool binary = false; ///< written with Ki, Mi, …

  static std::optional<Quantity> parse(std::string_view text);
  /// The canonical form: the largest unit that needs no fraction.
  std::string text() const;
  Quantity operator+(const Quantity& other) const { return {milli + other.milli, binary || other.binary}; }
};

} // namespace chasi::local
