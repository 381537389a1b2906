// The path of a value as people write it on the command line, cut into its pieces.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <cstdint>
#include <string>
#include <vector>

namespace chasi::eval {

struct PathPiece {
  std::string name;    ///< of a declaration, a field or a key
  uint32_t offset = 0; ///< in the text of the path
  uint32_t size = 0;   ///< as written, quotes included
  int64_t index = -1;  ///< `[3]`: an element of a list; names nothing
};

/// Empty pieces where the path is not well formed; never empty itself.
std::vector<PathPiece> splitPath(llvm::StringRef text);

} // namespace chasi::eval
