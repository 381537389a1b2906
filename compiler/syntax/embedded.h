// Files that the program carries inside, parsed at build time by chasi_embed.
#pragma once

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>

namespace chasi::syntax {

/// All three live as long as the program.
struct EmbeddedFile {
  llvm::StringRef path; ///< relative to the root that chasi_embed was given, with `/`
  llvm::StringRef text;
  llvm::StringRef tree; ///< for fromBytes() of serialize.h
};

/// By path. Defined by the file that chasi_embed writes.
llvm::ArrayRef<EmbeddedFile> embeddedFiles();

} // namespace chasi::syntax
