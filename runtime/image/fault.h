// The faults of this room: plan::Fault with the codes CH7xxx (runtime/plan/faults.def has their long form).
#pragma once

#include "runtime/plan/fault.h"

#include <string>

namespace chasi::image {

enum class FaultCode : uint16_t {
  BadDescription = 7001,   ///< the build description is wrong in itself
  BadInput = 7002,         ///< a file of the workspace is missing, unreadable, of a wrong kind or outside
  InputChanged = 7003,     ///< a file changed while it was read
  BadLayout = 7004,        ///< a folder is not an OCI layout, or its contents are damaged
  UnknownReference = 7005, ///< a layout has no such reference or platform
  Storage = 7006,          ///< writing failed: full disk, permissions, read-only folder
  Busy = 7007,             ///< another build holds the layout
  RegistryUnreachable = 7101, ///< no answer, no trust, or too busy
  RegistryAccess = 7102,      ///< the login is missing, wrong, or does not allow it
  RegistryUnknown = 7103,     ///< no such repository, or no address of one
  RegistryAnswer = 7104,      ///< a registry that answers what makes no sense
  RegistryOffline = 7105,     ///< one would have to be asked, and must not be
  BadKey = 7201,              ///< a key that cannot be read or used
  NotSigned = 7202,           ///< no signature, or not the one that was asked for
  CannotServe = 7106,         ///< an address that cannot be listened on
};

/// `message`: lower case, no full stop, names the path or reference; `hint`: the next step.
llvm::Error fault(FaultCode code, std::string message, std::string hint = {});

/// For a system call that failed: `doing` as in "write /x/y"; the reason and the next step follow from `errnoValue`.
llvm::Error systemFault(FaultCode code, const std::string& doing, int errnoValue);

} // namespace chasi::image
