#include "compiler/package/version.h"

#include <fmt/format.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringExtras.h>

namespace chasi::package {

namespace {

/// Digits without a leading zero.
std::optional<uint32_t> number(llvm::StringRef text) {
  uint32_t value = 0;
  if (text.empty() || !llvm::all_of(text, llvm::isDigit) || (text.size() > 1 && text[0] == '0') || text.getAsInteger(10, value)) return std::nullopt;
  return value;
}

bool isPre(llvm::StringRef text) {
  llvm::SmallVector<llvm::StringRef> parts;
  text.split(parts, '.');
  return llvm::all_of(parts, [](llvm::StringRef part) {
    const bool digits = llvm::all_of(part, llvm::isDigit);
    return !part.empty() && llvm::all_of(part, [](char c) { return llvm::isAlnum(c) || c == '-'; }) && (!digits || number(part));
  });
}

/// Numbers before words, numbers by value, words by their bytes; the shorter list first.
std::strong_ordering comparePre(llvm::StringRef a, llvm::StringRef b) {
  if (a.empty() || b.empty()) return a.empty() <=> b.empty() == 0 ? std::strong_ordering::equal : a.empty() ? std::strong_ordering::greater : std::strong_ordering::less;
  while (!a.empty() && !b.empty()) {
    auto [headA, restA] = a.split('.');
    auto [headB, restB] = b.split('.');
    const auto numberA = number(headA), numberB = number(headB);
    if (numberA && numberB && *numberA != *numberB) return *numberA <=> *numberB;
    if (numberA.has_value() != numberB.has_value()) return numberA ? std::strong_ordering::less : std::strong_ordering::greater;
    if (const int order = headA.compare(headB); !numberA && order != 0) return order < 0 ? std::strong_ordering::less : std::strong_ordering::greater;
    a = restA, b = restB;
  }
  return !a.empty() <=> !b.empty();
}

} // namespace

std::optional<Version> Version::parse(llvm::StringRef text) {
  Version out;
  const auto [numbers, pre] = text.split('-');
  if (text.contains('-') && !isPre(pre)) return std::nullopt;
  llvm::SmallVector<llvm::StringRef> parts;
  numbers.split(parts, '.');
  if (parts.size() != 3) return std::nullopt;
  const auto major = number(parts[0]), minor = number(parts[1]), patch = number(parts[2]);
  if (!major || !minor || !patch) return std::nullopt;
  return Version{*major, *minor, *patch, pre.str()};
}

std::string Version::str() const { return fmt::format("{}.{}.{}{}{}", major, minor, patch, pre.empty() ? "" : "-", pre); }

std::strong_ordering Version::operator<=>(const Version& other) const {
  if (const auto order = major <=> other.major; order != 0) return order;
  if (const auto order = minor <=> other.minor; order != 0) return order;
  if (const auto order = patch <=> other.patch; order != 0) return order;
  return comparePre(pre, other.pre);
}

std::optional<Requirement> Requirement::parse(llvm::StringRef text) {
  if (const auto whole = Version::parse(text)) return Requirement{*whole};
  if (text.contains('-')) return std::nullopt;
  if (const auto padded = Version::parse(text.str() + ".0")) return Requirement{*padded};
  if (const auto padded = Version::parse(text.str() + ".0.0")) return Requirement{*padded};
  return std::nullopt;
}

bool Requirement::compatible(const Requirement& other) const {
  if (least.major != other.least.major) return false;
  return least.major != 0 || least.minor == other.least.minor;
}

bool Requirement::admits(const Version& version) const {
  return compatible({version}) && version >= least && (version.pre.empty() || !least.pre.empty());
}

std::string Requirement::words() const {
  const Version end = least.major == 0 ? Version{0, least.minor + 1, 0, ""} : Version{least.major + 1, 0, 0, ""};
  return fmt::format("at least {}, below {}", least.str(), end.str());
}

std::string spelledHere(llvm::StringRef text) {
  llvm::StringRef rest = text.trim();
  for (llvm::StringRef mark : {">=", "^", "~>", "~", "v", "="})
    if (rest.consume_front(mark)) break;
  rest = rest.trim();
  for (llvm::StringRef tail : {".x", ".*", ".X"})
    while (rest.consume_back(tail)) continue;
  return rest != text && Requirement::parse(rest) ? rest.str() : "";
}

} // namespace chasi::package
