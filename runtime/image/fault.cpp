#include "runtime/image/fault.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace chasi::image {

llvm::Error fault(FaultCode code, std::string message, std::string hint) {
  return plan::fault(fmt::format("CH{}", static_cast<unsigned>(code)), std::move(message), std::move(hint));
}

static std::string nextStep(int errnoValue) {
  switch (errnoValue) {
  case ENOSPC:
  case EDQUOT: return "free some space or choose a folder on another disk, then run again: finished blobs are kept";
  case EACCES:
  case EPERM: return "check the owner and the permissions of the path";
  case EROFS: return "the file system is mounted read-only; choose another folder";
  case ENOENT: return "check the spelling of the path";
  case EMFILE:
  case ENFILE: return "raise the limit of open files (ulimit -n)";
  case EFBIG: return "the file system or a limit (ulimit -f) does not allow files of this size";
  default: return {};
  }
}

llvm::Error systemFault(FaultCode code, const std::string& doing, int errnoValue) {
  return fault(code, fmt::format("cannot {}: {}", doing, std::generic_category().message(errnoValue)),
               nextStep(errnoValue));
}

} // namespace chasi::image
