// Whole files, seen old or new and never half.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <string>
#include <system_error>

namespace chasi::os {

/// Writes beside `path` and renames: whoever reads it meanwhile has the old text, and so has everybody after a failure. The folder must be
/// there. `mode` is that of a new file, before the umask. It is not flushed to the disk.
std::error_code replaceFile(const std::string& path, llvm::StringRef text, unsigned mode = 0666);

} // namespace chasi::os
