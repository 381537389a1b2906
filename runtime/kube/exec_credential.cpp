#include "runtime/kube/exec_credential.h"

#include "runtime/os/program.h"
#include "runtime/plan/digest.h"
#include "runtime/plan/fault.h"
#include "runtime/plan/json_view.h"

#include <fmt/format.h>

#include <ctime>

namespace chasi::kube {

using plan::fault;
using plan::JsonView;

// "2026-11-28T10:00:00Z"; one with another zone is not what the API's types write, and says nothing.
static std::optional<std::chrono::system_clock::time_point> timeOf(const std::string& text) {
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (!rest || text.back() != 'Z') return std::nullopt;
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

llvm::Expected<ExecCredential> parseExecCredential(const std::string& text, const std::string& command) {
  llvm::Expected<JsonView> view = JsonView::parse(text);
  bool right = view && view->root()["kind"].chars() == "ExecCredential";
  if (!view) llvm::consumeError(view.takeError());
  if (!right) return fault("CH6110", fmt::format("'{}' did not print an ExecCredential", command));
  plan::JsonValue status = view->root()["status"];
  ExecCredential credential{status["token"].string(), status["clientCertificateData"].string(), status["clientKeyData"].string(), timeOf(status["expirationTimestamp"].string())};
  if (credential.token.empty() && credential.certPem.empty())
    return fault("CH6110", fmt::format("the ExecCredential of '{}' has neither a token nor a certificate", command));
  return credential;
}

static std::string execInfo(const Endpoint& endpoint) {
  const ExecPlugin& exec = *endpoint.exec;
  std::string cluster;
  if (exec.provideClusterInfo) {
    cluster = fmt::format(R"(,"cluster":{{"server":{},"certificate-authority-data":{})", plan::quoteJson(endpoint.server), plan::quoteJson(plan::base64(endpoint.caPem)));
    if (endpoint.insecure) cluster += R"(,"insecure-skip-tls-verify":true)";
    for (const auto& [name, value] : {std::pair{"tls-server-name", &endpoint.tlsServerName}, std::pair{"proxy-url", &endpoint.proxyUrl}})
      if (!value->empty()) cluster += fmt::format(R"(,"{}":{})", name, plan::quoteJson(*value));
    cluster += '}';
  }
  return fmt::format("{{\"kind\":\"ExecCredential\",\"apiVersion\":{},\"spec\":{{\"interactive\":false{}}}}}",
                     plan::quoteJson(exec.apiVersion), cluster);
}

llvm::Expected<ExecCredential> runExecPlugin(const Endpoint& endpoint) {
  const ExecPlugin& exec = *endpoint.exec;
  if (exec.asksAlways)
    return fault("CH6110", fmt::format("the credential program '{}' says interactiveMode: Always, and nobody can be asked here", exec.command),
                 "log in with it by hand, and use what it leaves behind: a token file, or a mode that does not ask");
  os::Program program{.arguments = {exec.command}, .complains = true, .time = std::chrono::minutes(1)};
  program.arguments.insert(program.arguments.end(), exec.args.begin(), exec.args.end());
  for (const auto& [name, value] : exec.env) program.environment.push_back(name + "=" + value);
  program.environment.push_back("KUBERNETES_EXEC_INFO=" + execInfo(endpoint));
  const os::ProgramOutcome outcome = os::run(program);
  if (outcome.why.empty()) return parseExecCredential(outcome.output, exec.command);
  return fault("CH6110", fmt::format("the credential program '{}' {}", exec.command, outcome.why), exec.installHint.empty() ? "run it by hand to see why" : exec.installHint);
}

} // namespace chasi::kube
