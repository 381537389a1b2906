// Trees of files that were read before, for programs that read the same files again and again: an editor's server.
#pragma once

#include "compiler/source/diagnostic.h"
#include "compiler/syntax/tree.h"

#include <map>
#include <string>

namespace chasi::syntax {

/// Holds, for each file, the tree that its text had last, unless there was something to say about it. Used by one thread.
class KnownTrees {
public:
  /// Like `parse`, but for a text that is known the tree is only copied.
  Tree parse(const source::SourceSet& sources, source::FileId file, source::Diagnostics& diagnostics);

private:
  struct Known {
    std::string text;
    std::vector<Token> tokens;
    std::vector<Node> nodes;
  };
  std::map<std::string, Known> files_; ///< by name
};

} // namespace chasi::syntax
