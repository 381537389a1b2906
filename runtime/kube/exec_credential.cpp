#include "runtime/kube/exec_credential.h"

#include "runtime/os/program.h"
#include "runtime/plan/digest.h"
#include "runtime/plan/fault.h"
#include "runtime/plan/json_view.h"

#include <fmt/format.h>

namespace chasi::kube {

using plan::fault;
using plan::JsonView;

llvm::Expected<ExecCredential> parseExecCredential(const std::string& text, const std::string& command) {
  llvm::Expected<JsonView> view = JsonView::parse(text);
  bool right = view && view->root()["kind"].chars() == "ExecCredential";
  if (!view) llvm::consumeError(view.takeError());
  if (!right) return fault("CH6110", fmt::format("'{}' did not print an ExecCredential", command));
  plan::JsonValue status = view->root()["status"];
  ExecCredential credential{status["token"].string(), status["clientCertificateData"].string(), status["clientKeyData"].string()};
  if (credential.token.empty() && credential.certPem.empty())
    return fault("CH6110", fmt::format("the ExecCredential of '{}' has neither a token nor a certificate", command));
  return credential;
}

static std::string execInfo(const Endpoint& endpoint) {
  const ExecPlugin& exec = *endpoint.exec;
  std::string cluster;
  if (exec.provideClusterInfo)
    cluster = fmt::format(",\"cluster\":{{\"server\":{},\"certificate-authority-data\":{}}}", plan::quoteJson(endpoint.server),
                          plan::quoteJson(plan::base64(endpoint.caPem)));
  return fmt::format("{{\"kind\":\"ExecCredential\",\"apiVersion\":{},\"spec\":{{\"interactive\":false{}}}}}",
                     plan::quoteJson(exec.apiVersion), cluster);
}

llvm::Expected<ExecCredential> runExecPlugin(const Endpoint& endpoint) {
  const ExecPlugin& exec = *endpoint.exec;
  os::Program program{.arguments = {exec.command}, .complains = true, .time = std::chrono::minutes(1)};
  program.arguments.insert(program.arguments.end(), exec.args.begin(), exec.args.end());
  for (const auto& [name, value] : exec.env) program.environment.push_back(name + "=" + value);
  program.environment.push_back("KUBERNETES_EXEC_INFO=" + execInfo(endpoint));
  const os::ProgramOutcome outcome = os::run(program);
  if (outcome.why.empty()) return parseExecCredential(outcome.output, exec.command);
  return fault("CH6110", fmt::format("the credential program '{}' {}", exec.command, outcome.why), exec.installHint.empty() ? "run it by hand to see why" : exec.installHint);
}

} // namespace chasi::kube
