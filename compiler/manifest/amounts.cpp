#include "compiler/manifest/amounts.h"

#include "compiler/sema/quantity.h"

namespace chasi::manifest {

using namespace sema;

std::optional<int64_t> amountOf(const Value& v, Tag unit) {
  const int64_t one = unit == Tag::Cpu ? 1'000'000'000 : 1;
  int64_t whole = 0;
  if (v.isText()) {
    if (!v.str().getAsInteger(10, whole)) return amountOf(Value::of(whole), unit);
    llvm::BumpPtrAllocator arena;
    std::string error;
    const std::optional<Value> read = readQuantity(v.str(), arena, error);
    return read && read->tag == unit ? std::optional(read->quantity->amount) : std::nullopt;
  }
  if (v.tag == Tag::Int && v.integer >= 0 && v.integer <= INT64_MAX / one) return v.integer * one;
  return v.tag == unit ? std::optional(v.quantity->amount) : std::nullopt;
}

std::optional<int64_t> countOf(const Value& v) {
  int64_t count = 0;
  if (v.tag == Tag::Int) return v.integer;
  return v.isText() && !v.str().getAsInteger(10, count) ? std::optional(count) : std::nullopt;
}

Tag unitOf(llvm::StringRef resource) {
  if (resource == "cpu") return Tag::Cpu;
  return resource == "memory" || resource == "storage" || resource == "ephemeral-storage" ? Tag::Bytes : Tag::Int;
}

} // namespace chasi::manifest
