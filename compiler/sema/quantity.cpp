#include "compiler/sema/quantity.h"

#include "compiler/source/diagnostic.h"

#include <fmt/format.h>

#include <array>

namespace chasi::sema {

namespace {

struct Unit {
  const char* name;
  Tag tag;
  int64_t scale; ///< amount of one unit, in the unit of the tag
};

constexpr int64_t kKilo = 1000, kKibi = 1024;
constexpr int64_t kSecond = 1'000'000'000;
constexpr std::array<Unit, 21> kUnits{{
    {"m", Tag::Cpu, 1'000'000},
    {"k", Tag::Bytes, kKilo},
    {"M", Tag::Bytes, kKilo * kKilo},
    {"G", Tag::Bytes, kKilo * kKilo * kKilo},
    {"T", Tag::Bytes, kKilo * kKilo * kKilo * kKilo},
    {"P", Tag::Bytes, kKilo * kKilo * kKilo * kKilo * kKilo},
    {"E", Tag::Bytes, kKilo * kKilo * kKilo * kKilo * kKilo * kKilo},
    {"Ki", Tag::Bytes, kKibi},
    {"Mi", Tag::Bytes, kKibi * kKibi},
    {"Gi", Tag::Bytes, kKibi * kKibi * kKibi},
    {"Ti", Tag::Bytes, kKibi * kKibi * kKibi * kKibi},
    {"Pi", Tag::Bytes, kKibi * kKibi * kKibi * kKibi * kKibi},
    {"Ei", Tag::Bytes, kKibi * kKibi * kKibi * kKibi * kKibi * kKibi},
    {"%", Tag::Percent, 1'000'000},
    {"ns", Tag::Duration, 1},
    {"us", Tag::Duration, 1'000},
    {"ms", Tag::Duration, 1'000'000},
    {"s", Tag::Duration, kSecond},
    {"min", Tag::Duration, 60 * kSecond},
    {"h", Tag::Duration, 3600 * kSecond},
    {"d", Tag::Duration, 24 * 3600 * kSecond},
}};

Value make(Tag tag, int64_t amount, llvm::StringRef spelling, llvm::BumpPtrAllocator& arena) {
  Value v;
  v.tag = tag;
  v.quantity = new (arena) Quantity{.amount = amount, .spelling = spelling};
  return v;
}

/// Amount of `digits` with `decimals` of them behind the point, times scale; nothing when it does not come out even.
std::optional<int64_t> scaled(Wide digits, int decimals, int64_t scale, std::string& error) {
  Wide amount = digits * scale;
  for (int i = 0; i < decimals; ++i) {
    if (amount % 10 != 0) {
      error = "is not a whole number of the smallest unit";
      return std::nullopt;
    }
    amount /= 10;
  }
  if (amount > INT64_MAX) {
    error = "is too large";
    return std::nullopt;
  }
  return static_cast<int64_t>(amount);
}

std::string printCpu(int64_t nano) {
  if (nano % 1'000'000'000 == 0) return fmt::format("{}", nano / 1'000'000'000);
  if (nano % 1'000'000 == 0) return fmt::format("{}m", nano / 1'000'000);
  if (nano % 1'000 == 0) return fmt::format("{}u", nano / 1'000);
  return fmt::format("{}n", nano);
}

std::string printScaled(Tag tag, int64_t amount, std::initializer_list<const char*> order) {
  for (const char* name : order)
    for (const Unit& u : kUnits)
      if (u.tag == tag && llvm::StringRef(u.name) == name && amount != 0 && amount % u.scale == 0)
        return fmt::format("{}{}", amount / u.scale, name);
  return fmt::format("{}", amount);
}

std::string printBytes(int64_t bytes) {
  std::string binary = printScaled(Tag::Bytes, bytes, {"Ei", "Pi", "Ti", "Gi", "Mi", "Ki"});
  std::string decimal = printScaled(Tag::Bytes, bytes, {"E", "P", "T", "G", "M", "k"});
  return decimal.size() < binary.size() ? decimal : binary;
}

std::string printPercent(int64_t millionths) {
  std::string text = fmt::format("{}", millionths / 1'000'000);
  if (const int64_t rest = millionths % 1'000'000; rest != 0) {
    text += fmt::format(".{:06}", rest < 0 ? -rest : rest);
    while (text.back() == '0') text.pop_back();
  }
  return text + "%";
}

} // namespace

std::optional<Value> readQuantity(llvm::StringRef text, llvm::BumpPtrAllocator& arena, std::string& error) {
  Wide digits = 0;
  int decimals = 0, count = 0;
  bool point = false;
  size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '_') continue;
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    if (++count > 30) {
      error = "is too large";
      return std::nullopt;
    }
    digits = digits * 10 + (c - '0');
    decimals += point;
  }
  if (digits > (static_cast<Wide>(1) << 90)) {
    error = "is too large";
    return std::nullopt;
  }
  const llvm::StringRef name = text.substr(i);
  for (const Unit& u : kUnits) {
    if (name != u.name) continue;
    // 2^90 * 2^60 would leave 128 bits; such amounts are far beyond int64 anyway.
    if (digits != 0 && static_cast<Wide>(u.scale) > (static_cast<Wide>(1) << 126) / digits) {
      error = "is too large";
      return std::nullopt;
    }
    const auto amount = scaled(digits, decimals, u.scale, error);
    if (!amount) return std::nullopt;
    return make(u.tag, *amount, text, arena);
  }
  std::vector<std::string> units;
  for (const Unit& u : kUnits) units.emplace_back(u.name);
  const std::string near = source::nearest(name, units);
  error = fmt::format("has the unknown unit `{}`{}", name.str(), near.empty() ? "" : fmt::format(", perhaps `{}` was meant", near));
  if (name == "m" || name == "mins" || name == "minutes") error += "; minutes are `min`";
  else if (name.lower() == "gb" || name.lower() == "mb" || name.lower() == "kb") error += "; bytes are written 10M, 64Gi";
  else error += "; units are m (Cpu), Ki Mi Gi Ti and k M G T (Bytes), % (Percent), ms s min h d (Duration)";
  return std::nullopt;
}

Value makeQuantity(Tag tag, int64_t amount, llvm::BumpPtrAllocator& arena) { return make(tag, amount, {}, arena); }

static std::string print(Tag tag, int64_t amount) {
  switch (tag) {
  case Tag::Cpu: return printCpu(amount);
  case Tag::Bytes: return printBytes(amount);
  case Tag::Percent: return printPercent(amount);
  default: return amount == 0 ? "0s" : printScaled(Tag::Duration, amount, {"d", "h", "min", "s", "ms", "us", "ns"});
  }
}

std::string printQuantity(const Value& value) {
  const Quantity& q = *value.quantity;
  if (!q.spelling.empty()) {
    std::string text = q.spelling.str();
    std::erase(text, '_');
    return text;
  }
  if (q.printedSize) return std::string(q.printed, q.printedSize);
  const std::string text = print(value.tag, q.amount);
  if (text.size() <= sizeof q.printed) {
    std::copy(text.begin(), text.end(), q.printed);
    q.printedSize = static_cast<uint8_t>(text.size());
  }
  return text;
}

std::string describe(const Value& value) {
  switch (value.tag) {
  case Tag::Absent: return "(absent)";
  case Tag::Error: return "(error)";
  case Tag::Bool: return value.boolean ? "true" : "false";
  case Tag::Int: return fmt::format("{}", value.integer);
  case Tag::Float: return fmt::format("{}", value.number);
  case Tag::Cpu:
  case Tag::Bytes:
  case Tag::Percent:
  case Tag::Duration: return printQuantity(value);
  case Tag::Secret: return "(secret)";
  case Tag::List: return fmt::format("a list of {}", value.list->items.size());
  case Tag::Map: return fmt::format("a map of {}", value.map->entries.size());
  case Tag::Record: return "a record";
  case Tag::Kind: return "a kind";
  case Tag::Function: return "a function";
  default: return fmt::format("\"{}\"", value.str().str());
  }
}

} // namespace chasi::sema
