// Versions of packages (semver 2.0.0) and what a requirement means.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace chasi::package {

struct Version {
  uint32_t major = 0, minor = 0, patch = 0;
  std::string pre; ///< "rc.1" of 1.4.0-rc.1; builds (`+…`) are refused, since they do not order

  /// MAJOR.MINOR.PATCH[-PRE]; anything else is nothing.
  static std::optional<Version> parse(llvm::StringRef text);
  std::string str() const;
  /// The order of semver, section 11: a pre-release comes before its release.
  std::strong_ordering operator<=>(const Version& other) const;
  bool operator==(const Version& other) const = default;
};

/// What somebody requires of a package: at least a version, and nothing that breaks it. Which versions those are, their
/// numbers say: 1.4.0 is met by every later 1.x.y, 0.3.1 by every later 0.3.x.
struct Requirement {
  Version least;

  /// `1.4.2`, `1.4` or `1` (the rest is 0).
  static std::optional<Requirement> parse(llvm::StringRef text);
  /// Compatible with `least` and not before it. Pre-releases count only when `least` is one.
  bool admits(const Version& version) const;
  /// Both can be met by one version.
  bool compatible(const Requirement& other) const;
  std::string str() const { return least.str(); }
  /// "at least 1.4.0, below 2.0.0".
  std::string words() const;
};

/// What other tools spell with `^1.4`, `>=1.4`, `~1.4.2` or `1.x`, as it is written here; "" when there is no such thing.
std::string spelledHere(llvm::StringRef text);

} // namespace chasi::package
