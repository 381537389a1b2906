#include "runtime/local/quantity.h"

#include <array>
#include <utility>

namespace chasi::local {

__extension__ using Wide = __int128;

static constexpr std::array<std::string_view, 7> kBinary = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
static constexpr std::array<std::string_view, 7> kDecimal = {"", "k", "M", "G", "T", "P", "E"};

/// The factor of a suffix in thousandths, or 0.
static Wide factorOf(std::string_view suffix, bool& binary) {
  Wide two = 1000, ten = 1000;
  if (suffix == "m") return 1;
  for (size_t i = 0; i < kBinary.size(); ++i, two *= 1024, ten *= 1000) {
    binary = i > 0 && suffix == kBinary[i];
    if (binary) return two;
    if (suffix == kDecimal[i]) return ten;
  }
  return 0;
}

std::optional<Quantity> Quantity::parse(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  Wide digits = 0, divisor = 1;
  size_t at = 0, seen = 0;
  bool point = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point) { point = true; continue; }
    if (c < '0' || c > '9') break;
    if (++seen > 24) return {};
    digits = digits * 10 + (c - '0');
    if (point) divisor *= 10;
  }
  if (seen == 0) return {};
  std::string_view suffix = text.substr(at);
  Quantity quantity;
  Wide factor = 0;
  // "16Ei" is a unit, "16E3" an exponent.
  if (suffix.size() > 1 && (suffix[0] == 'e' || suffix[0] == 'E') && suffix[1] != 'i') {
    int exponent = 0;
    const bool down = suffix[1] == '-';
    for (const char c : suffix.substr(down || suffix[1] == '+' ? 2 : 1)) {
      if (c < '0' || c > '9' || exponent > 18) return {};
      exponent = exponent * 10 + (c - '0');
    }
    factor = 1000;
    for (int i = 0; i < exponent && i < 18; ++i)
      if (down) divisor *= 10;
      else factor *= 10;
  } else {
    factor = factorOf(suffix, quantity.binary);
  }
  if (factor == 0) return {};
  // Fractions of a thousandth round up, as in Kubernetes.
  Wide scaled = 0;
  if (__builtin_mul_overflow(digits, factor, &scaled) || __builtin_add_overflow(scaled, divisor - 1, &scaled)) return {};
  quantity.milli = scaled / divisor;
  if (negative) quantity.milli = -quantity.milli;
  return quantity;
}

static std::string digitsOf(Wide number) {
  const bool negative = number < 0;
  if (negative) number = -number;
  std::string text;
  do text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(number % 10)));
  while ((number /= 10) > 0);
  return negative ? "-" + text : text;
}

std::string Quantity::text() const {
  if (milli % 1000 != 0) return digitsOf(milli) + "m";
  Wide whole = milli / 1000;
  if (whole == 0) return "0";
  const Wide step = binary ? 1024 : 1000;
  size_t unit = 0;
  while (unit + 1 < kBinary.size() && whole % step == 0) {
    whole /= step;
    ++unit;
  }
  return digitsOf(whole) + std::string(binary ? kBinary[unit] : kDecimal[unit]);
}

} // namespace chasi::local
