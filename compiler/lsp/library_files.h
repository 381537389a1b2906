// The standard library as files: most editors open nothing else. They are written when somebody goes there, and never changed.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <optional>
#include <set>
#include <string>

namespace chasi::lsp {

/// Names are those of the sources: "std/core/tenant.chasi". Used by one thread.
class LibraryFiles {
public:
  /// `cache` is a folder for what may be forgotten; empty: nothing is written.
  explicit LibraryFiles(const std::string& cache);

  /// The file of that name; nothing for a name of no file of the library, and when it cannot be written.
  std::optional<std::string> fileOf(llvm::StringRef name) const;
  /// It is such a file, of this library or of that of another version.
  bool has(llvm::StringRef path) const { return !nameOf(path).empty(); }
  /// Empty for other files.
  std::string nameOf(llvm::StringRef path) const;
  /// What the library has under a name; nothing when it has no such file.
  static std::optional<llvm::StringRef> textOf(llvm::StringRef name);
  /// Why a file could not be written, once; else empty.
  std::string news() const;

private:
  std::string root_;   ///< for all versions
  mutable std::string folder_; ///< of this library, once somebody asks for a file: all of it is read for its name
  mutable std::set<std::string> written_; ///< names of which the file was as it should be
  mutable std::string problem_;
  mutable bool told_ = false;
};

} // namespace chasi::lsp
