// Notices that files of a workspace have changed, by looking again and again.
#pragma once

#include "compiler/package/workspace.h"

#include <map>
#include <string>
#include <vector>

namespace chasi::driver {

/// Size and time of the last change of each file that can matter; a file that comes or goes is a change too.
using FileStates = std::map<std::string, std::pair<uint64_t, int64_t>>;

/// Of the files below the workspace's root, but for folders that begin with a dot, and of `others`.
FileStates fileStates(const package::Workspace& workspace, const std::vector<std::string>& others);

/// Returns true once a state differs from `before` and has then been the same for a moment, false on Ctrl-C.
bool waitForChange(const package::Workspace& workspace, const std::vector<std::string>& others, const FileStates& before);

} // namespace chasi::driver
