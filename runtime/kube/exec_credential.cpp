#include "runtime/kube/exec_credential.h"

#include "runtime/plan/fault.h"
#include "runtime/plan/json_view.h"
#include "runtime/plan/digest.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

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

namespace {
struct Pipe {
  int ends[2] = {-1, -1};
  ~Pipe() { for (int end : ends) if (end >= 0) close(end); }
};
} // namespace

// Reads to the end of the pipe; false when the minute is over.
static bool readAll(int fd, std::string& text) {
  for (;;) {
    pollfd wait{fd, POLLIN, 0};
    int ready = poll(&wait, 1, 60000);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    char buffer[4096];
    ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    text.append(buffer, static_cast<size_t>(got));
    if (text.size() > (1U << 20)) return false;
  }
}

llvm::Expected<ExecCredential> runExecPlugin(const Endpoint& endpoint) {
  const ExecPlugin& exec = *endpoint.exec;
  Pipe out;
  if (pipe(out.ends) != 0) return fault("CH6110", fmt::format("no pipe for '{}': {}", exec.command, std::strerror(errno)));
  std::vector<std::string> environment;
  for (char** each = environ; *each; ++each) environment.emplace_back(*each);
  for (const auto& [name, value] : exec.env) environment.push_back(name + "=" + value);
  environment.push_back("KUBERNETES_EXEC_INFO=" + execInfo(endpoint));
  std::vector<char*> argv{const_cast<char*>(exec.command.c_str())}, envp;
  for (const std::string& arg : exec.args) argv.push_back(const_cast<char*>(arg.c_str()));
  for (std::string& line : environment) envp.push_back(line.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
  posix_spawn_file_actions_adddup2(&actions, out.ends[1], 1);
  posix_spawn_file_actions_addclose(&actions, out.ends[0]);
  pid_t child = 0;
  int failed = posix_spawnp(&child, exec.command.c_str(), &actions, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  close(out.ends[1]);
  out.ends[1] = -1;
  if (failed) return fault("CH6110", fmt::format("the credential program '{}' cannot be started: {}", exec.command, std::strerror(failed)), exec.installHint);
  std::string text;
  bool whole = readAll(out.ends[0], text);
  if (!whole) kill(child, SIGTERM);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  if (!whole) return fault("CH6110", fmt::format("the credential program '{}' did not end within a minute", exec.command));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return fault("CH6110", fmt::format("the credential program '{}' failed", exec.command), "run it by hand to see why");
  return parseExecCredential(text, exec.command);
}

} // namespace chasi::kube
