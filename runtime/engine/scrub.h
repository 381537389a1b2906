// Keeps secret values out of what others say: an API server quotes the value that it refuses.
#pragma once

#include "runtime/plan/plan.h"
#include "runtime/plan/secrets.h"

#include <string>
#include <vector>

namespace chasi::engine {

/// The values of an operation's secrets, plain and encoded; those that cannot be read are left out.
std::vector<std::string> secretValues(const plan::Operation& op, const plan::SecretReader& reader);

/// Those of all operations.
std::vector<std::string> secretValues(const plan::Desired& desired, const plan::SecretReader& reader);

/// The text with each value replaced by "(secret)".
std::string scrub(std::string text, const std::vector<std::string>& values);

} // namespace chasi::engine
