#include "compiler/sema/quantity.h"

#include "compiler/source/diagnostic.h"

#include <fmt/format.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/ADT/STLExtras.h>

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

/// Units of one kind, the largest first.
struct Scale {
  llvm::StringLiteral name;
  int64_t size;
};
constexpr Scale kCpuScales[] = {{"", 1'000'000'000}, {"m", 1'000'000}, {"u", 1'000}, {"n", 1}};
constexpr Scale kBinary[] = {{"Ei", int64_t{1} << 60}, {"Pi", int64_t{1} << 50}, {"Ti", int64_t{1} << 40}, {"Gi", 1 << 30}, {"Mi", 1 << 20}, {"Ki", 1 << 10}};
constexpr Scale kDecimal[] = {{"E", 1'000'000'000'000'000'000}, {"P", 1'000'000'000'000'000}, {"T", 1'000'000'000'000}, {"G", 1'000'000'000}, {"M", 1'000'000}, {"k", 1'000}};
constexpr Scale kTime[] = {{"d", 24 * 3600 * kSecond}, {"h", 3600 * kSecond}, {"min", 60 * kSecond}, {"s", kSecond}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}};

/// In the largest unit that it is a whole number of; as it is when there is none.
void printScaled(int64_t amount, llvm::ArrayRef<Scale> scales, llvm::SmallVectorImpl<char>& out) {
  llvm::StringRef unit;
  for (const Scale& s : scales) {
    if (amount == 0 || amount % s.size != 0) continue;
    amount /= s.size;
    unit = s.name;
    break;
  }
  const fmt::format_int digits(amount);
  out.append(digits.data(), digits.data() + digits.size());
  out.append(unit.begin(), unit.end());
}

void printBytes(int64_t bytes, llvm::SmallVectorImpl<char>& out) {
  llvm::SmallVector<char, 24> binary, decimal;
  printScaled(bytes, kBinary, binary);
  printScaled(bytes, kDecimal, decimal);
  out.append(decimal.size() < binary.size() ? decimal : binary);
}

void printPercent(int64_t millionths, llvm::SmallVectorImpl<char>& out) {
  fmt::format_to(std::back_inserter(out), "{}", millionths / 1'000'000);
  if (const int64_t rest = millionths % 1'000'000; rest != 0) {
    fmt::format_to(std::back_inserter(out), ".{:06}", rest < 0 ? -rest : rest);
    while (out.back() == '0') out.pop_back();
  }
  out.push_back('%');
}

/// `1h + 30min` for `1h30m`, as other tools write spans of time; nothing for other texts.
std::optional<std::string> asSum(llvm::StringRef text) {
  std::string sum;
  int parts = 0;
  for (; !text.empty(); ++parts) {
    const llvm::StringRef number = text.take_while([](char c) { return llvm::isDigit(c); });
    llvm::StringRef unit = text.drop_front(number.size()).take_while([](char c) { return llvm::isAlpha(c); });
    if (number.empty() || unit.empty()) return std::nullopt;
    text = text.drop_front(number.size() + unit.size());
    if (unit == "m") unit = "min";
    const auto* known = llvm::find_if(kUnits, [&](const Unit& u) { return unit == u.name && u.tag == Tag::Duration; });
    if (known == kUnits.end()) return std::nullopt;
    sum += fmt::format("{}{}{}", parts ? " + " : "", number.str(), unit.str());
  }
  return parts > 1 ? std::optional(sum) : std::nullopt;
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
  const auto sum = asSum(text);
  const std::string near = sum ? "" : source::nearest(name, units);
  error = fmt::format("has the unknown unit `{}`{}", name.str(), near.empty() ? "" : fmt::format(", perhaps `{}` was meant", near));
  if (name == "m" || name == "mins" || name == "minutes") error += "; minutes are `min`";
  else if (sum) error += fmt::format("; an amount has one unit: write `{}`", *sum);
  else if (name.lower() == "gb" || name.lower() == "mb" || name.lower() == "kb") error += "; bytes are written 10M, 64Gi";
  else error += "; units are m (Cpu), Ki Mi Gi Ti and k M G T (Bytes), % (Percent), ms s min h d (Duration)";
  return std::nullopt;
}

Value makeQuantity(Tag tag, int64_t amount, llvm::BumpPtrAllocator& arena) { return make(tag, amount, {}, arena); }

llvm::StringRef printQuantity(const Value& value, llvm::SmallVectorImpl<char>& room) {
  const Quantity& q = *value.quantity;
  room.clear();
  if (!q.spelling.empty()) {
    if (!q.spelling.contains('_')) return q.spelling;
    llvm::copy_if(q.spelling, std::back_inserter(room), [](char c) { return c != '_'; });
  } else {
    switch (value.tag) {
    case Tag::Cpu: printScaled(q.amount, kCpuScales, room); break;
    case Tag::Bytes: printBytes(q.amount, room); break;
    case Tag::Percent: printPercent(q.amount, room); break;
    default:
      printScaled(q.amount, kTime, room);
      if (q.amount == 0) room.push_back('s');
    }
  }
  return {room.data(), room.size()};
}

std::string printQuantity(const Value& value) {
  llvm::SmallVector<char, 32> room;
  return printQuantity(value, room).str();
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
  case Tag::Later: return "(known while applying)";
  case Tag::List: return fmt::format("a list of {}", value.list->items.size());
  case Tag::Map: return fmt::format("a map of {}", value.map->size());
  case Tag::Record: return "a record";
  case Tag::Kind: return "a kind";
  case Tag::Function: return "a function";
  default: return fmt::format("\"{}\"", value.str().str());
  }
}

std::string unitHint(Tag tag, int64_t number) {
  switch (tag) {
  case Tag::Bytes: return fmt::format("say the unit: `{0}Mi`, `{0}Gi`, …", number);
  case Tag::Duration: return fmt::format("say the unit: `{0}s`, `{0}min`, …", number);
  case Tag::Percent: return fmt::format("write `{}%`", number);
  default: return "";
  }
}

} // namespace chasi::sema
