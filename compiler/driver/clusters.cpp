#include "compiler/driver/clusters.h"

#include "compiler/package/params.h"
#include "runtime/kube/kubeconfig.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

#include <random>

namespace chasi::driver {

using plan::fault;

namespace {

/// NAME=CONTEXT of every --cluster; names must be declared.
llvm::Expected<std::map<std::string, std::string>> givenContexts(const Invocation& invocation, const std::vector<plan::Target>& targets) {
  std::map<std::string, std::string> out;
  for (const std::string& text : invocation.all("--cluster")) {
    auto pair = package::splitAssignment(text, "--cluster");
    if (!pair) return pair.takeError();
    const bool known = std::any_of(targets.begin(), targets.end(), [&](const plan::Target& t) { return t.name == pair->first; });
    if (!known) {
      std::vector<std::string> names;
      for (const plan::Target& t : targets) names.push_back(t.name);
      return fault("CH6009", fmt::format("--cluster {}: there is no cluster `{}`", text, pair->first),
                   names.empty() ? "the specification declares no cluster" : fmt::format("the clusters are {}", fmt::join(names, ", ")));
    }
    out[pair->first] = pair->second;
  }
  return out;
}

std::string randomToken() {
  std::random_device source;
  std::string token;
  for (int i = 0; i < 8; ++i) token += fmt::format("{:08x}", static_cast<uint32_t>(source()));
  return token;
}

llvm::Expected<kube::Endpoint> embedded(Clusters& clusters, const std::string& state) {
  auto file = clusterFile(state);
  if (!file) return file.takeError();
  kube::Endpoint endpoint;
  endpoint.describedAs = "the embedded cluster";
  endpoint.ns = "default";
  clusters.embedded = true;
  if (!clusters.server) {
    auto running = local::whoServes(*file);
    if (!running) return running.takeError();
    if (!running->url.empty()) {
      endpoint.server = clusters.embeddedUrl = running->url;
      return endpoint;
    }
    local::ServeOptions options;
    options.file = *file;
    options.token = randomToken();
    auto server = local::Server::start(options);
    if (!server) return server.takeError();
    clusters.server = std::move(*server);
    clusters.embeddedUrl = clusters.server->url();
    endpoint.token = options.token;
  }
  endpoint.server = clusters.embeddedUrl;
  return endpoint;
}

} // namespace

llvm::Expected<std::string> clusterFile(const std::string& state) {
  llvm::SmallString<256> folder(state);
  llvm::sys::path::append(folder, "local");
  if (const std::error_code code = llvm::sys::fs::create_directories(folder))
    return fault("CH6008", fmt::format("the folder {} cannot be made: {}", folder.str().str(), code.message()), "CHASI_STATE names another folder for the embedded cluster and caches");
  llvm::SmallString<256> ignore(state);
  llvm::sys::path::append(ignore, ".gitignore");
  // Nobody wants a cluster in a repository. Not being able to say so is no reason to stop.
  if (!llvm::sys::fs::exists(ignore)) llvm::consumeError(writeFile(ignore.str().str(), "*\n"));
  llvm::sys::path::append(folder, "cluster.db");
  return folder.str().str();
}

/// A cluster that no context leads to is away like one that does not answer: the others of the specification go on.
static kube::Endpoint unusable(const std::string& context, plan::FaultText why) {
  kube::Endpoint endpoint;
  endpoint.describedAs = "context " + context;
  endpoint.server = fmt::format("context {} (not usable)", context); // told apart by it
  endpoint.unusable = std::move(why);
  return endpoint;
}

llvm::Expected<std::unique_ptr<Clusters>> openClusters(const Invocation& invocation, const std::vector<plan::Target>& targets, const std::string& state) {
  auto given = givenContexts(invocation, targets);
  if (!given) return given.takeError();
  auto clusters = std::make_unique<Clusters>();
  clusters->connections.keepKindsIn(cacheFolder(state, "kinds"));
  std::optional<kube::Kubeconfig> config;
  const auto outside = llvm::count_if(targets, [&](const plan::Target& t) { return !t.inside || given->contains(t.name); });
  for (const plan::Target& target : targets) {
    const auto other = given->find(target.name);
    if (target.inside && other == given->end()) continue; // its host tells
    const std::string context = other != given->end() ? other->second : target.context;
    if (context == "local") {
      auto endpoint = embedded(*clusters, state);
      if (!endpoint) return endpoint.takeError();
      clusters->connections.add(target.name, std::move(*endpoint));
      continue;
    }
    if (!config) {
      auto loaded = kube::loadKubeconfig(invocation.get("--kubeconfig"));
      if (!loaded) return loaded.takeError();
      config = std::move(*loaded);
    }
    auto endpoint = kube::endpointOf(*config, context);
    if (!endpoint) {
      plan::FaultText text = plan::takeText(endpoint.takeError());
      if (text.code.empty()) text.code = "CH6101";
      if (outside == 1) return fault(text.code, fmt::format("cluster `{}`: {}", target.name, text.message), text.hint, target.source);
      endpoint = unusable(context, std::move(text));
    }
    clusters->connections.add(target.name, std::move(*endpoint));
  }
  return clusters;
}

llvm::Expected<std::unique_ptr<Clusters>> openContext(const Invocation& invocation) {
  plan::Target target;
  target.name = target.context = invocation.get("--context");
  return openClusters(invocation, {target}, stateHere());
}

} // namespace chasi::driver
