// The part of a comparison that is about what objects tell each other.
#pragma once

#include "runtime/engine/engine.h"

namespace chasi::engine {

/// Reads the objects that tell something, those that are there. The clusters must be loaded.
llvm::Error readFacts(const plan::Desired& desired, Connections& connections, const Cancel* cancel);

/// What an operation is told by an object that this plan will change, nobody knows yet: its step says so, whatever the comparison
/// found with the old value.
void settleFacts(plan::Plan& plan, Connections& connections, const CompareOptions& options);

/// All fields of an operation whose object is not there yet.
std::vector<plan::FieldChange> newFields(const plan::Operation& op, const plan::SecretReader& reader);

/// The fields that are known only later, of an operation of a plan that is compared with nothing.
std::vector<plan::FieldChange> lateChanges(const plan::Operation& op, const plan::SecretReader& reader);

} // namespace chasi::engine
