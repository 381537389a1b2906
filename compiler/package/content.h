// What a package consists of: the files below its folder, and a digest over them.
//
// Left out are names that begin with a dot, the folder `vendor` and chasi.lock at the top: they belong to whoever works on
// the package. Links are refused: what they lead to would differ from machine to machine.
#pragma once

#include "compiler/package/workspace_error.h"

#include <map>

namespace chasi::package {

inline constexpr uint64_t kMaxPackageBytes = 64u << 20; ///< a package is text that people wrote
inline constexpr size_t kMaxPackageFiles = 10'000;

/// Text of the files by their path below the package's folder, with `/` between names.
using Content = std::map<std::string, std::string>;

/// CH8027 for a folder that cannot be read as a package, with what is wrong.
llvm::Expected<Content> readContent(const std::string& folder);

/// "sha256:" and the SHA-256 over one line a file, as `sha256sum` writes them, by the bytes of the path. Anybody can
/// compute it again: `find . -type f | sed 's,^\./,,' | LC_ALL=C sort | xargs sha256sum | sha256sum`.
std::string digestOf(const Content& content);

/// Makes `folder` hold exactly this content; files that are right stay untouched.
llvm::Error writeContent(const std::string& folder, const Content& content);

/// A path that may stand in a package: relative, clean, without names that begin with a dot.
bool isContentPath(llvm::StringRef path);

} // namespace chasi::package
