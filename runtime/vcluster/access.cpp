#include "runtime/vcluster/access.h"

#include "runtime/kube/kubeconfig.h"
#include "runtime/plan/fault.h"

#include <fmt/format.h>

namespace chasi::vcluster {

using plan::fault;
using plan::JsonValue;

namespace {

/// "https://[::1]:6443/path" -> "::1"
std::string hostOf(const std::string& server) {
  size_t begin = server.find("://");
  begin = begin == server.npos ? 0 : begin + 3;
  if (begin < server.size() && server[begin] == '[') return server.substr(begin + 1, server.find(']', begin) - begin - 1);
  return server.substr(begin, server.find_first_of(":/", begin) - begin);
}

std::string bracketed(const std::string& address) { return address.find(':') == address.npos ? address : "[" + address + "]"; }

/// Empty when the Service has no address that leads there.
std::string addressOf(const Release& release, const WaysIn& ways) {
  const std::string_view type = ways.service["spec"]["type"].chars();
  const JsonValue port = ways.service["spec"]["ports"].first();
  const int64_t number = port["port"].integer().value_or(443);
  if (type == "LoadBalancer") {
    const JsonValue ingress = ways.service["status"]["loadBalancer"]["ingress"].first();
    std::string address = ingress["ip"].string();
    if (address.empty()) address = ingress["hostname"].string();
    if (!address.empty()) return fmt::format("https://{}:{}", bracketed(address), number);
  }
  if ((type == "NodePort" || type == "LoadBalancer") && !ways.nodeAddress.empty())
    if (const auto nodePort = port["nodePort"].integer()) return fmt::format("https://{}:{}", bracketed(ways.nodeAddress), *nodePort);
  if (ways.inPod && ways.service) return fmt::format("https://{}.{}.svc:{}", release.name, release.ns, number);
  return {};
}

} // namespace

std::string certificateName(const Release& release) { return release.name + "." + release.ns; }

bool leadsFromHere(const std::string& server, bool inPod) {
  const std::string host = hostOf(server);
  const bool ofService = host.ends_with(".svc") || host.ends_with(".svc.cluster.local");
  return host != "localhost" && (!ofService || inPod);
}

llvm::Expected<kube::Endpoint> endpointOf(const std::string& kubeconfig, const Release& release, const WaysIn& ways) {
  kube::Kubeconfig config;
  const std::string where = fmt::format("Secret/{} in {}", kubeconfigSecret(release).name, release.ns);
  // No file of ours is read because somebody in the cluster wrote its name there.
  if (llvm::Error error = kube::mergeKubeconfig(config, kubeconfig, "/nonexistent", where)) return error;
  config.files.push_back(where);
  llvm::Expected<kube::Endpoint> endpoint = kube::endpointOf(config, "");
  if (!endpoint) return endpoint.takeError();
  if (endpoint->exec || !endpoint->tokenFile.empty())
    return fault("CH6407", fmt::format("the kubeconfig in {} wants to run a program or read a file here", where), "the control plane writes none of that; find out who did");
  endpoint->describedAs = fmt::format("virtual cluster {} in {}", release.name, release.ns);
  if (leadsFromHere(endpoint->server, ways.inPod)) return endpoint;
  const std::string address = addressOf(release, ways);
  if (address.empty())
    return fault("CH6407", fmt::format("virtual cluster {} has no address that leads there from here; its kubeconfig says {}", release.name, endpoint->server),
                 "give it an `ingress` or another `service`, run chasic in a pod of its host, or name a context that leads there: --cluster HOST/TENANT=CONTEXT");
  endpoint->server = address;
  endpoint->tlsServerName = certificateName(release);
  return endpoint;
}

} // namespace chasi::vcluster
