#include "runtime/os/replace_file.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/raw_ostream.h>

namespace chasi::os {

std::error_code replaceFile(const std::string& path, llvm::StringRef text, unsigned mode) {
  namespace fs = llvm::sys::fs;
  llvm::SmallString<256> temporary;
  int fd = -1;
  if (const std::error_code code = fs::createUniqueFile(path + ".%%%%%%.part", fd, temporary, fs::OF_None, mode)) return code;
  llvm::raw_fd_ostream out(fd, true);
  out << text;
  out.close();
  std::error_code code = out.error();
  out.clear_error(); // otherwise LLVM ends the program in its own words
  if (!code) code = fs::rename(temporary, path);
  if (code) fs::remove(temporary);
  return code;
}

} // namespace chasi::os
