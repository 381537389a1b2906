// What an API server tells of itself, for the commands of `chasic import`.
#pragma once

#include "compiler/driver/command.h"

#include <llvm/Support/Error.h>

#include <nlohmann/json.hpp>

#include <vector>

namespace chasi::driver {

/// The OpenAPI documents of version 3 of the server that --context names: one for each group and version, fetched side by side.
/// Errors are those of the connection, the server's refusal, and CH7030 when something else answers.
llvm::Expected<std::vector<nlohmann::ordered_json>> openApiOfServer(const Invocation& invocation);

/// All CustomResourceDefinitions on it.
llvm::Expected<std::vector<nlohmann::ordered_json>> definitionsOfServer(const Invocation& invocation);

} // namespace chasi::driver
