// Addresses, networks in CIDR notation (RFC 4632, RFC 4291), DNS names (RFC 1123), schedules.
#include "compiler/eval/evaluator.h"

#include <arpa/inet.h>

#include <charconv>
#include <optional>

namespace chasi::eval {

using namespace sema;
using source::Code;

namespace {

__extension__ typedef unsigned __int128 Bits;

struct Network {
  Bits address = 0; ///< of an IPv4 address, the lower 32 bits
  int width = 32;   ///< 32 or 128
  int prefix = 32;

  Bits hostMask() const { return prefix == 128 ? 0 : width - prefix == 128 ? ~Bits(0) : (Bits(1) << (width - prefix)) - 1; }
};

std::optional<Network> addressOf(llvm::StringRef text) {
  unsigned char bytes[16];
  Network n;
  const std::string terminated = text.str();
  const bool four = inet_pton(AF_INET, terminated.c_str(), bytes) == 1;
  if (!four && inet_pton(AF_INET6, terminated.c_str(), bytes) != 1) return {};
  n.width = n.prefix = four ? 32 : 128;
  for (int i = 0; i < n.width / 8; ++i) n.address = n.address << 8 | bytes[i];
  return n;
}

/// Nothing when it is no network, or has bits set behind its prefix.
std::optional<Network> networkOf(llvm::StringRef text) {
  const auto [address, length] = text.split('/');
  std::optional<Network> n = addressOf(address);
  const bool digits = !length.empty() && length.size() <= 3 && length.find_first_not_of("0123456789") == llvm::StringRef::npos && !(length.size() > 1 && length[0] == '0');
  if (!n || !digits) return {};
  std::from_chars(length.begin(), length.end(), n->prefix);
  if (n->prefix > n->width || (n->address & n->hostMask())) return {};
  return n;
}

std::string written(Bits address, int width) {
  unsigned char bytes[16];
  for (int i = width / 8; i-- > 0; address >>= 8) bytes[i] = static_cast<unsigned char>(address);
  char text[INET6_ADDRSTRLEN];
  inet_ntop(width == 32 ? AF_INET : AF_INET6, bytes, text, sizeof text);
  return text;
}

bool contains(const Network& outer, const Network& inner) {
  return outer.width == inner.width && outer.prefix <= inner.prefix && (inner.address & ~outer.hostMask()) == outer.address;
}

bool isLabel(llvm::StringRef s) {
  const auto alnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !s.empty() && s.size() <= 63 && alnum(s.front()) && alnum(s.back()) && llvm::all_of(s, [&](char c) { return alnum(c) || c == '-'; });
}

bool isName(llvm::StringRef s) {
  if (s.empty() || s.size() > 253) return false;
  for (llvm::StringRef rest = s;;) {
    const auto [label, more] = rest.split('.');
    if (!isLabel(label)) return false;
    if (label.size() == rest.size()) return true;
    rest = more;
  }
}

/// One field of a schedule: `*`, `5`, `1-5`, `*/10`, `1-30/5`, `MON`, or several with commas between them.
bool isCronField(llvm::StringRef field, int low, int high, llvm::ArrayRef<llvm::StringRef> words) {
  const auto number = [&](llvm::StringRef s, int& n) {
    for (size_t i = 0; i < words.size(); ++i)
      if (s.equals_insensitive(words[i])) return n = low + static_cast<int>(i), true;
    return !s.empty() && s.size() <= 2 && !s.getAsInteger(10, n) && n >= low && n <= high;
  };
  while (true) {
    auto [part, more] = field.split(',');
    const auto [range, step] = part.split('/');
    int first = 0, last = 0, every = 0;
    if (range.size() != part.size() && (step.getAsInteger(10, every) || every < 1)) return false;
    if (range != "*" && range != "?") {
      const auto [from, to] = range.split('-');
      if (!number(from, first) || (from.size() != range.size() && (!number(to, last) || last < first))) return false;
    }
    if (part.size() == field.size()) return true;
    field = more;
  }
}

bool isSchedule(llvm::StringRef s) {
  static constexpr llvm::StringRef months[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
  static constexpr llvm::StringRef days[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
  if (s.starts_with("@")) return llvm::is_contained({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}, s);
  llvm::SmallVector<llvm::StringRef, 8> fields;
  s.split(fields, ' ', -1, false);
  return fields.size() == 5 && isCronField(fields[0], 0, 59, {}) && isCronField(fields[1], 0, 23, {}) && isCronField(fields[2], 1, 31, {}) && isCronField(fields[3], 1, 12, months) &&
         isCronField(fields[4], 0, 6, days);
}

} // namespace

Value Evaluator::network(const Expr* e, Builtin id, llvm::ArrayRef<Value> args) {
  const llvm::StringRef s = args[0].str();
  switch (id) {
  case Builtin::IsIp: return Value::of(addressOf(s).has_value());
  case Builtin::IsCidr: return Value::of(networkOf(s).has_value());
  case Builtin::IsDnsLabel: return Value::of(isLabel(s));
  case Builtin::IsDnsName: return Value::of(isName(s));
  case Builtin::IsCron: return Value::of(isSchedule(s));
  default: break;
  }
  const auto read = [&](size_t i, bool orAddress) {
    const llvm::StringRef text = args[i].str();
    std::optional<Network> n = networkOf(text);
    if (!n && orAddress) n = addressOf(text);
    if (n) return n;
    auto& d = report(Code::BadText, e->list[i]->span, fmt::format("\"{}\" is no network{}", text.str(), orAddress ? " and no address" : ""));
    d.note("a network is like 10.0.0.0/8 or fd00::/8, with no bits set behind its prefix");
    return n;
  };
  const auto outside = [&](const Expr* at, std::string why) {
    report(Code::OutOfRange, at->span, std::move(why));
    return Value::error();
  };
  const std::optional<Network> n = read(0, false);
  if (!n) return Value::error();
  switch (id) {
  case Builtin::CidrContains:
  case Builtin::CidrOverlaps: {
    const std::optional<Network> other = read(1, id == Builtin::CidrContains);
    if (!other) return Value::error();
    return Value::of(contains(*n, *other) || (id == Builtin::CidrOverlaps && contains(*other, *n)));
  }
  case Builtin::CidrPrefix: return Value::of(static_cast<int64_t>(n->prefix));
  case Builtin::CidrSubnet: {
    const int64_t bits = args[1].integer, number = args[2].integer;
    if (bits < 0 || bits > n->width - n->prefix) return outside(e->list[1], fmt::format("{} has {} bits behind its prefix, not {}", s.str(), n->width - n->prefix, bits));
    if (number < 0 || (bits < 63 && number >= (int64_t{1} << bits))) return outside(e->list[2], fmt::format("{} more bits make networks 0 to {}, and this is {}", bits, (Bits(1) << bits) - 1 > INT64_MAX ? INT64_MAX : (int64_t{1} << bits) - 1, number));
    const int prefix = n->prefix + static_cast<int>(bits);
    const Bits address = prefix == 0 ? n->address : n->address | Bits(static_cast<uint64_t>(number)) << (n->width - prefix);
    return textValue(fmt::format("{}/{}", written(address, n->width), prefix));
  }
  default: {
    const int64_t number = args[1].integer;
    const Bits last = n->hostMask();
    const Bits distance = number < 0 ? Bits(static_cast<uint64_t>(-(number + 1))) : Bits(static_cast<uint64_t>(number));
    if (distance > last) return outside(e->list[1], fmt::format("{} has no address number {}", s.str(), number));
    return textValue(written(n->address | (number < 0 ? last - distance : distance), n->width));
  }
  }
}

} // namespace chasi::eval
