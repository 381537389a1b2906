// chasi.lock: which package of which version with which content, and which digest an image of a registry has. Written by `chasic mod`
// and `chasic image pin`, read by everything, changed by nobody else. JSON with an indentation of two, sorted by name, so that a merge conflict is one package.
#pragma once

#include "compiler/package/version.h"
#include "compiler/package/workspace_error.h"

#include <map>

namespace chasi::package {

struct Locked {
  std::string name;
  Version version;
  std::string digest; ///< "sha256:…" of the content; see content.h
  std::string from;   ///< where it came from, relative to the root of the workspace; empty: put into vendor/ by hand
  std::map<std::string, std::string> needs; ///< what the package requires: names and least versions
};

/// An image of a registry.
struct LockedImage {
  std::string name;   ///< "registry.acme.io/team/shop:1.2": with the registry and the tag, also where they were not written
  std::string digest; ///< "sha256:…" or "sha512:…" of what the name led to
};

struct Lock {
  std::vector<Locked> packages;         ///< by name
  std::vector<LockedImage> images = {}; ///< by name; files of before there were any have no list of them

  const Locked* find(llvm::StringRef name) const;
  const LockedImage* findImage(llvm::StringRef name) const;
};

inline constexpr const char* kLockFile = "chasi.lock";

/// The lock in this folder; one without packages when there is no such file. CH8021 for what cannot be read as one.
llvm::Expected<Lock> readLock(const std::string& root);
llvm::Expected<Lock> parseLock(llvm::StringRef text, const std::string& name);
/// The text of the file, with one line break at its end.
std::string writeLock(const Lock& lock);

} // namespace chasi::package
