// Keeps secret values out of what others say: an API server quotes the value that it refuses.
#pragma once

#include "runtime/engine/connections.h"
#include "runtime/plan/plan.h"
#include "runtime/plan/secrets.h"

#include <string>
#include <vector>

namespace chasi::engine {

/// The values of an operation's secrets, plain and encoded; those that cannot be read are left out.
std::vector<std::string> secretValues(const plan::Operation& op, const plan::SecretReader& reader);

/// What reads the secrets of an operation.
using ReaderOf = std::function<plan::SecretReader(const plan::Operation&)>;

/// Each from its cluster, or from `others`.
ReaderOf readerOf(Connections& connections, const plan::SecretReader& others);

/// Those of all operations.
std::vector<std::string> secretValues(const plan::Desired& desired, const ReaderOf& reader);

/// Programs take their time, during which the loop would stand still: lets `reader`, which remembers, have what they say before
/// there is anything to wait for. Only for steps that may write.
void askPrograms(const plan::Plan& plan, const plan::SecretReader& reader);

/// The text with each value replaced by "(secret)".
std::string scrub(std::string text, const std::vector<std::string>& values);

} // namespace chasi::engine
