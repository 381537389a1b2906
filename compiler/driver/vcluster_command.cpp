#include "compiler/driver/vcluster_command.h"

#include "compiler/driver/report.h"
#include "runtime/image/registry_auth.h"
#include "runtime/vcluster/control.h"

#include <llvm/Support/MemoryBuffer.h>

#include <cstdlib>

namespace chasi::driver {

std::optional<Chosen> chooseCluster(const Invocation& invocation, const Terminal& terminal, int& exit) {
  auto clusters = openContext(invocation);
  if (!clusters) return exit = printError(clusters.takeError(), terminal), std::nullopt;
  auto cluster = vcluster::findOne((*clusters)->only(), invocation.words[0], invocation.get("--namespace"));
  if (!cluster) return exit = printError(cluster.takeError(), terminal), std::nullopt;
  return Chosen{std::move(*clusters), std::move(*cluster)};
}

std::function<void(const std::string&)> tellOnce(const Terminal& terminal, bool always) {
  return [tells = terminal.verbose || (always && !terminal.quiet), last = std::string()](const std::string& text) mutable {
    if (tells && text != last) llvm::errs() << text << '\n';
    last = text;
  };
}

std::optional<std::chrono::milliseconds> timeoutOf(const Invocation& invocation, std::chrono::milliseconds fallback) {
  if (!invocation.has("--timeout")) return fallback;
  const auto given = durationOf(invocation.get("--timeout"));
  if (!given) llvm::errs() << "chasic: --timeout takes a duration such as 90s or 5min\n";
  return given;
}

llvm::Expected<vcluster::Storage> storageOf(const std::string& url) {
  vcluster::Surrounds surrounds;
  surrounds.variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value ? value : "");
  };
  surrounds.registry = [](const std::string& repository) -> llvm::Expected<std::pair<std::string, std::string>> {
    auto login = image::credentialsFor(repository);
    if (!login) return login.takeError();
    return std::pair(login->user, login->password.empty() ? login->identityToken : login->password);
  };
  surrounds.file = [](const std::string& path) -> std::optional<std::string> {
    auto text = llvm::MemoryBuffer::getFile(path);
    if (!text) return std::nullopt;
    return (*text)->getBuffer().str();
  };
  return vcluster::readStorage(url, surrounds);
}

} // namespace chasi::driver
