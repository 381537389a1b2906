#include "runtime/vcluster/access.h"

#include "runtime/kube/kubeconfig.h"
#include "runtime/plan/fault.h"

#include <fmt/format.h>

namespace chasi::vcluster {

using plan::fault;
using plan::JsonValue;

namespace {

/// Keys that stand for something on this machine. A text that holds one elsewhere is refused as well, which costs nobody anything.
bool namesFiles(const std::string& kubeconfig) {
  for (const char* key : {"exec", "tokenFile", "auth-provider", "certificate-authority", "client-certificate", "client-key"})
    for (size_t at = kubeconfig.find(key); at != kubeconfig.npos; at = kubeconfig.find(key, at + 1)) {
      size_t end = at + std::string_view(key).size();
      if (end < kubeconfig.size() && (kubeconfig[end] == '"' || kubeconfig[end] == '\'')) ++end;
      while (end < kubeconfig.size() && kubeconfig[end] == ' ') ++end;
      const bool whole = at == 0 || std::string_view(" \n{,\"'").find(kubeconfig[at - 1]) != std::string_view::npos;
      if (whole && end < kubeconfig.size() && kubeconfig[end] == ':') return true;
    }
  return false;
}

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
  if (ways.forwarded) return fmt::format("https://127.0.0.1:{}", ways.forwarded);
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
  // No file of ours is read, and no program run, because somebody in the cluster wrote its name there.
  if (namesFiles(kubeconfig))
    return fault("CH6407", fmt::format("the kubeconfig in {} wants to run a program or read a file here", where), "the control plane writes none of that; find out who did");
  if (llvm::Error error = kube::mergeKubeconfig(config, kubeconfig, "/nonexistent", where)) return error;
  config.files.push_back(where);
  llvm::Expected<kube::Endpoint> endpoint = kube::endpointOf(config, "");
  if (!endpoint) return endpoint.takeError();
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
