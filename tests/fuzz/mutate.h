// Changes to texts that look like what people, editors and attackers do to them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace chasi::fuzz {

/// A small generator of numbers; the same seed gives the same run everywhere.
class Random {
public:
  explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}
  uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  /// From 0 to n-1; 0 when n is 0.
  size_t below(size_t n) { return n == 0 ? 0 : static_cast<size_t>(next() % n); }

private:
  uint64_t state_;
};

/// Changes `text` in one to a few places; parts of `other` may be put in. The result has at most `limit` bytes.
std::string mutate(std::string text, const std::string& other, size_t limit, Random& random);

} // namespace chasi::fuzz
