// The files of one run, their text and their line tables.
#pragma once

#include "compiler/source/span.h"

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>

#include <memory>
#include <string>
#include <vector>

namespace chasi::source {

/// Index into a SourceSet.
using FileId = uint32_t;

/// Files above this are refused before they are read (bytes). A specification is written by people; 8 MiB of it is
/// 200,000 lines, and a larger file is somebody's data or an accident.
inline constexpr uint64_t kMaxFileBytes = 8u << 20;

/// A place as people count it: lines and columns from 1, columns in UTF-8 bytes, offset in bytes from 0 in the file.
struct Position {
  uint32_t line = 1;
  uint32_t column = 1;
  uint32_t offset = 0;
};

/// Owns the text of every file that takes part in a run. Files are added, and never removed; references to text stay valid as
/// long as the set, also to text that was replaced. Not thread-safe while files are added; const members are, once line tables of the
/// files in question have been asked for (they are built on first use).
class SourceSet {
public:
  SourceSet();
  ~SourceSet();
  SourceSet(const SourceSet&) = delete;
  SourceSet& operator=(const SourceSet&) = delete;

  /// Adds text under the name that diagnostics show. The name is not opened and need not exist. The first `hidden` bytes
  /// are ours, around what somebody wrote: they are not shown and count in no position.
  FileId add(std::string name, std::string text, uint32_t hidden = 0);
  /// Adds text that lives for ever, such as the embedded standard library, without copying it.
  FileId addStatic(std::string name, llvm::StringRef text);
  /// Reads and adds a file. Fails when it cannot be read, is a folder, or is larger than kMaxFileBytes.
  llvm::Expected<FileId> open(const std::string& path);

  /// Leaves room behind files that are added from now on, so that they can grow where they are.
  void leaveRoom() { room_ = true; }
  /// Gives a file another text. It stays where it is: addresses in front of the first change mean what they meant. False when it has no
  /// room for that.
  bool replace(FileId file, std::string text);

  llvm::StringRef text(FileId file) const;
  llvm::StringRef name(FileId file) const;
  /// First address of the file; address = base + offset in file.
  uint32_t base(FileId file) const;
  uint32_t fileCount() const;

  /// The file that an address lies in; the end of the text belongs to it too.
  FileId fileOf(uint32_t address) const;
  Position position(uint32_t address) const;
  llvm::StringRef text(Span span) const;
  /// The text of a line (from 1) without its line break.
  llvm::StringRef line(FileId file, uint32_t line) const;

private:
  struct File;
  std::vector<std::unique_ptr<File>> files_;
  std::vector<std::unique_ptr<File>> former_; ///< as they were before they were replaced
  bool room_ = false;
};

} // namespace chasi::source
