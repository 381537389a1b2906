// Where sources come from: the commit of the repository that a folder lies in.
#pragma once

#include <string>

namespace chasi::driver {

struct Provenance {
  std::string commit; ///< empty outside of a repository, or without git
  bool dirty = false; ///< something below the folder is not in the commit
};

/// Asks git, which is started only where a repository is. Changes nothing, not even git's own index.
Provenance provenanceOf(const std::string& folder);

} // namespace chasi::driver
