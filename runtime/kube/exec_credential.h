// Runs the credential program of a kubeconfig user.
#pragma once

#include "runtime/kube/endpoint.h"

#include <llvm/Support/Error.h>

#include <chrono>
#include <optional>

namespace chasi::kube {

struct ExecCredential {
  std::string token, certPem, keyPem;
  std::optional<std::chrono::system_clock::time_point> expires; ///< when it must be had anew
};

/// Blocks until the program ends, at most a minute. It has no standard input: what asks for a password must be told so
/// elsewhere. CH6110.
llvm::Expected<ExecCredential> runExecPlugin(const Endpoint& endpoint);

/// Of a client.authentication.k8s.io ExecCredential.
llvm::Expected<ExecCredential> parseExecCredential(const std::string& text, const std::string& command);

} // namespace chasi::kube
