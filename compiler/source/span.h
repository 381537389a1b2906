// Places in source text.
//
// All files of one run share one address space of 32-bit byte offsets: a file that is added gets the next free
// range. A place is therefore 4 bytes and a Span 8, and neither needs to know its file. SourceSet translates back.
#pragma once

#include <cstdint>

namespace chasi::source {

/// A half-open byte range [begin, end) in the address space of a SourceSet. {0, 0} means "no place".
struct Span {
  uint32_t begin = 0;
  uint32_t end = 0;

  constexpr bool valid() const { return begin != 0 || end != 0; }
  constexpr uint32_t size() const { return end - begin; }
  constexpr bool operator==(const Span&) const = default;
};

/// The smallest span that covers both; an invalid one counts for nothing.
constexpr Span cover(Span a, Span b) {
  if (!a.valid()) return b;
  if (!b.valid()) return a;
  return {a.begin < b.begin ? a.begin : b.begin, a.end > b.end ? a.end : b.end};
}

} // namespace chasi::source
