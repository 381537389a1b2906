// Deletes one object, and makes sure that it is gone.
#pragma once

#include "runtime/engine/run.h"

#include <llvm/ADT/FunctionExtras.h>

namespace chasi::engine {

/// Success: it is not there any more. CH6007: the object of this name is another one than `uid`; it was not touched. CH6216: finalizers
/// kept it for longer than the ready timeout. CH6210: the run was asked to stop meanwhile. CH6208: the lock was lost before.
using RemovalAnswer = llvm::unique_function<void(llvm::Error)>;
void removeObject(Run& run, SiteRun& site, const plan::ObjectRef& object, const std::string& uid, RemovalAnswer answer);

/// Waits until an object that is being deleted is gone.
void awaitAbsence(Run& run, SiteRun& site, const plan::ObjectRef& object, const std::string& uid, RemovalAnswer answer);

} // namespace chasi::engine
