#include "runtime/kube/kubeconfig.h"

#include "runtime/plan/digest.h"
#include "runtime/plan/fault.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace chasi::kube {

using plan::fault;

namespace {

std::optional<std::string> readFile(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in.is_open() || in.bad()) return std::nullopt;
  return text;
}

std::string text(const YAML::Node& map, const char* key) {
  YAML::Node value = map.IsMap() ? map[key] : YAML::Node(YAML::NodeType::Undefined);
  return value.IsDefined() && value.IsScalar() ? value.Scalar() : std::string();
}

bool flag(const YAML::Node& map, const char* key) { return text(map, key) == "true"; }

std::string absolute(const std::string& path, const std::string& folder) {
  if (path.empty() || path.front() == '/') return path;
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

// "<key>-data" in base64 wins over the file "<key>", as kubectl has it.
llvm::Error readPem(const YAML::Node& map, const std::string& key, const std::string& folder, const std::string& owner,
                    std::string& pem) {
  if (std::string data = text(map, (key + "-data").c_str()); !data.empty()) {
    std::erase_if(data, [](char c) { return c == '\n' || c == ' ' || c == '\r'; });
    if (plan::fromBase64(data, pem)) return llvm::Error::success();
    return fault("CH6101", fmt::format("{}-data of {} is not base64", key, owner));
  }
  std::string path = absolute(text(map, key.c_str()), folder);
  if (path.empty()) return llvm::Error::success();
  std::optional<std::string> content = readFile(path);
  if (!content) return fault("CH6101", fmt::format("{} of {} names the file '{}', which cannot be read", key, owner, path));
  pem = std::move(*content);
  return llvm::Error::success();
}

llvm::Error readCluster(const YAML::Node& map, const std::string& folder, const std::string& owner, Endpoint& cluster) {
  cluster.server = text(map, "server");
  while (!cluster.server.empty() && cluster.server.back() == '/') cluster.server.pop_back();
  cluster.insecure = flag(map, "insecure-skip-tls-verify");
  cluster.tlsServerName = text(map, "tls-server-name");
  cluster.proxyUrl = text(map, "proxy-url");
  return readPem(map, "certificate-authority", folder, owner, cluster.caPem);
}

ExecPlugin readExec(const YAML::Node& map, const std::string& folder) {
  ExecPlugin exec;
  exec.apiVersion = text(map, "apiVersion");
  exec.command = text(map, "command");
  if (exec.command.find('/') != std::string::npos) exec.command = absolute(exec.command, folder);
  exec.installHint = text(map, "installHint");
  exec.provideClusterInfo = flag(map, "provideClusterInfo");
  exec.asksAlways = text(map, "interactiveMode") == "Always";
  for (const YAML::Node& arg : map["args"])
    if (arg.IsScalar()) exec.args.push_back(arg.Scalar());
  for (const YAML::Node& pair : map["env"]) exec.env[text(pair, "name")] = text(pair, "value");
  return exec;
}

llvm::Error readUser(const YAML::Node& map, const std::string& folder, const std::string& owner, Endpoint& user,
                     std::string& problem) {
  user.token = text(map, "token");
  user.tokenFile = absolute(text(map, "tokenFile"), folder);
  user.username = text(map, "username");
  user.password = text(map, "password");
  user.impersonateUser = text(map, "as");
  user.impersonateUid = text(map, "as-uid");
  for (const YAML::Node& group : map["as-groups"])
    if (group.IsScalar()) user.impersonateGroups.push_back(group.Scalar());
  for (const auto& extra : map["as-user-extra"])
    for (const YAML::Node& value : extra.second)
      if (value.IsScalar()) user.impersonateExtra[extra.first.Scalar()].push_back(value.Scalar());
  if (map["exec"].IsDefined() && map["exec"].IsMap()) user.exec = readExec(map["exec"], folder);
  if (map["auth-provider"].IsDefined())
    problem = fmt::format("{} uses auth-provider '{}', which Kubernetes removed; use an exec plugin", owner,
                          text(map["auth-provider"], "name"));
  if (llvm::Error error = readPem(map, "client-certificate", folder, owner, user.certPem)) return error;
  return readPem(map, "client-key", folder, owner, user.keyPem);
}

// Entries look like {name: x, <key>: {...}}.
template <typename Each>
llvm::Error eachEntry(const YAML::Node& root, const char* list, const char* key, Each each) {
  for (const YAML::Node& entry : root[list]) {
    std::string name = text(entry, "name");
    YAML::Node body = entry.IsMap() ? entry[key] : YAML::Node(YAML::NodeType::Undefined);
    if (name.empty() || !body.IsDefined() || !body.IsMap()) continue;
    if (llvm::Error error = each(name, body)) return error;
  }
  return llvm::Error::success();
}

llvm::Error mergeDocument(Kubeconfig& into, const YAML::Node& root, const std::string& folder) {
  if (into.currentContext.empty()) into.currentContext = text(root, "current-context");
  if (llvm::Error error = eachEntry(root, "clusters", "cluster", [&](const std::string& name, const YAML::Node& body) {
        auto [at, added] = into.clusters.try_emplace(name);
        return added ? readCluster(body, folder, "cluster '" + name + "'", at->second) : llvm::Error(llvm::Error::success());
      }))
    return error;
  if (llvm::Error error = eachEntry(root, "users", "user", [&](const std::string& name, const YAML::Node& body) {
        auto [at, added] = into.users.try_emplace(name);
        if (!added) return llvm::Error(llvm::Error::success());
        std::string problem;
        llvm::Error result = readUser(body, folder, "user '" + name + "'", at->second, problem);
        if (!problem.empty()) into.userProblems[name] = problem;
        return result;
      }))
    return error;
  return eachEntry(root, "contexts", "context", [&](const std::string& name, const YAML::Node& body) {
    into.contexts.try_emplace(name, Kubeconfig::Context{text(body, "cluster"), text(body, "user"), text(body, "namespace")});
    return llvm::Error(llvm::Error::success());
  });
}

std::vector<std::string> splitPaths(const std::string& list) {
  std::vector<std::string> paths;
  size_t begin = 0;
  while (begin <= list.size()) {
    size_t end = std::min(list.find(':', begin), list.size());
    if (end > begin) paths.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return paths;
}

template <typename Map> std::string names(const Map& map) {
  std::string list;
  for (const auto& [name, value] : map) list += (list.empty() ? "" : ", ") + name;
  return list.empty() ? "none" : list;
}

} // namespace

llvm::Error mergeKubeconfig(Kubeconfig& into, const std::string& content, const std::string& folder, const std::string& name) {
  try {
    YAML::Node root = YAML::Load(content);
    if (root.IsNull()) return llvm::Error::success();
    if (!root.IsMap()) return fault("CH6101", fmt::format("the kubeconfig '{}' is no map of YAML", name));
    return mergeDocument(into, root, folder);
  } catch (const YAML::Exception& error) {
    return fault("CH6101", fmt::format("the kubeconfig '{}' is not valid YAML: {} at line {}", name, error.msg, error.mark.line + 1));
  }
}

llvm::Expected<Kubeconfig> loadKubeconfig(const std::string& given) {
  std::vector<std::string> paths;
  const char* variable = std::getenv("KUBECONFIG");
  const char* home = std::getenv("HOME");
  if (!given.empty()) paths = {given};
  else if (variable && *variable) paths = splitPaths(variable);
  else if (home && *home) paths = {std::string(home) + "/.kube/config"};
  Kubeconfig config;
  for (const std::string& path : paths) {
    std::optional<std::string> content = readFile(path);
    if (!content && !given.empty()) return fault("CH6101", fmt::format("the kubeconfig '{}' cannot be read", path));
    std::error_code error;
    if (!content && std::filesystem::exists(path, error))
      return fault("CH6101", fmt::format("the kubeconfig '{}' cannot be read", path), "check its permissions");
    if (!content) continue;
    config.files.push_back(path);
    std::string folder = std::filesystem::absolute(path, error).parent_path().string();
    if (llvm::Error bad = mergeKubeconfig(config, *content, folder, path)) return bad;
  }
  return config;
}

bool inPod() {
  const char* host = std::getenv("KUBERNETES_SERVICE_HOST");
  return host && *host;
}

llvm::Expected<Endpoint> endpointOf(const Kubeconfig& config, const std::string& given) {
  std::string name = given.empty() ? config.currentContext : given;
  if ((name == kInCluster && !config.contexts.contains(name)) || (name.empty() && config.files.empty() && inPod())) return inClusterEndpoint();
  std::string read = config.files.empty() ? "no kubeconfig file was found" : "contexts: " + names(config.contexts);
  if (name.empty()) return fault("CH6101", "no current context is set", read + "; name one with --cluster NAME=CONTEXT");
  auto context = config.contexts.find(name);
  if (context == config.contexts.end())
    return fault("CH6101", fmt::format("there is no context '{}' in the kubeconfig", name),
                 read + (inPod() && config.files.empty() ? fmt::format("; `{}` means the cluster of this pod", kInCluster) : ""));
  auto cluster = config.clusters.find(context->second.cluster);
  if (cluster == config.clusters.end())
    return fault("CH6101", fmt::format("context '{}' names the cluster '{}', which is not defined", name, context->second.cluster),
                 "clusters: " + names(config.clusters));
  if (cluster->second.server.empty())
    return fault("CH6101", fmt::format("cluster '{}' of context '{}' has no server", context->second.cluster, name));
  auto user = config.users.find(context->second.user);
  if (user == config.users.end() && !context->second.user.empty())
    return fault("CH6101", fmt::format("context '{}' names the user '{}', which is not defined", name, context->second.user),
                 "users: " + names(config.users));
  if (auto problem = config.userProblems.find(context->second.user); problem != config.userProblems.end())
    return fault("CH6101", problem->second);
  Endpoint result = user == config.users.end() ? Endpoint() : user->second;
  const Endpoint& from = cluster->second;
  result.server = from.server;
  result.caPem = from.caPem;
  result.insecure = from.insecure;
  result.tlsServerName = from.tlsServerName;
  result.proxyUrl = from.proxyUrl;
  result.ns = context->second.ns.empty() ? "default" : context->second.ns;
  result.describedAs = "context " + name;
  return result;
}

llvm::Expected<Endpoint> inClusterEndpoint(const std::string& folder) {
  const char* host = std::getenv("KUBERNETES_SERVICE_HOST");
  const char* port = std::getenv("KUBERNETES_SERVICE_PORT");
  if (!inPod() || !port) return fault("CH6101", "this is no pod of a cluster: KUBERNETES_SERVICE_HOST is not set");
  Endpoint result;
  bool six = std::string(host).find(':') != std::string::npos;
  result.server = six ? fmt::format("https://[{}]:{}", host, port) : fmt::format("https://{}:{}", host, port);
  result.tokenFile = folder + "token";
  std::optional<std::string> ca = readFile(folder + "ca.crt");
  if (!ca || !readFile(result.tokenFile)) return fault("CH6101", "the service account's token or CA is not mounted in " + folder);
  result.caPem = std::move(*ca);
  result.ns = readFile(folder + "namespace").value_or("default");
  result.describedAs = "the cluster of this pod";
  return result;
}

} // namespace chasi::kube
