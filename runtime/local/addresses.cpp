#include "runtime/local/addresses.h"

#include "runtime/plan/json_view.h"

#include <fmt/format.h>

#include <arpa/inet.h>

#include <set>

namespace chasi::local {

namespace {

// The defaults of kubeadm and of kube-apiserver.
constexpr uint32_t kFirstAddress = 0x0a600002; // 10.96.0.2; .1 is the API server's own
constexpr uint32_t kLastAddress = 0x0a60fffe;
constexpr int64_t kFirstPort = 30000, kLastPort = 32767;

std::string addressText(uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

bool isHeadless(const Json& service) { return textAt(service, {"spec", "clusterIP"}) == "None"; }
std::string typeOf(const Json& service) { return textAt(service, {"spec", "type"}).empty() ? "ClusterIP" : textAt(service, {"spec", "type"}); }
bool hasNodePorts(const Json& service) {
  const std::string type = typeOf(service);
  const Json* wanted = find(service, {"spec", "allocateLoadBalancerNodePorts"});
  return type == "NodePort" || (type == "LoadBalancer" && !(wanted && *wanted == false));
}

/// What other Services have.
struct Taken {
  std::set<std::string> addresses;
  std::set<int64_t> ports;
};

Taken takenBesides(const Change& change, const Kind& kind, const std::string& uid) {
  Taken taken;
  for (const EntryPtr& entry : change.list(kind.qualified(), "")) {
    if (entry->meta().uid == uid) continue;
    llvm::Expected<plan::JsonView> view = plan::JsonView::parse(entry->text());
    if (!view) {
      llvm::consumeError(view.takeError());
      continue;
    }
    const plan::JsonValue spec = view->root()["spec"];
    taken.addresses.insert(spec["clusterIP"].string());
    for (plan::JsonValue port = spec["ports"].first(); port; port = port.next())
      if (auto node = port["nodePort"].integer()) taken.ports.insert(*node);
  }
  return taken;
}

std::optional<Refusal> assignAddress(const Taken& taken, const Kind& kind, const std::string& name, Json& next) {
  std::string address = textAt(next, {"spec", "clusterIP"});
  if (!address.empty()) {
    in_addr parsed{};
    if (::inet_pton(AF_INET, address.c_str(), &parsed) != 1)
      return invalid(kind, name, {fmt::format("spec.clusterIPs: Invalid value: [\"{}\"]: must be empty, 'None', or a valid IPv4 address", address)});
    if (taken.addresses.contains(address))
      return invalid(kind, name, {fmt::format("spec.clusterIPs: Invalid value: [\"{}\"]: failed to allocate IP {}: provided IP is already allocated", address, address)});
  } else {
    uint32_t each = kFirstAddress;
    while (each <= kLastAddress && taken.addresses.contains(addressText(each))) ++each;
    if (each > kLastAddress) return Refusal{500, "InternalError", "failed to allocate a serviceIP: range is full"};
    address = addressText(each);
    setAt(next, {"spec", "clusterIP"}, address);
  }
  setAt(next, {"spec", "clusterIPs"}, Json::array({address}));
  return {};
}

std::optional<Refusal> assignPorts(Taken& taken, const Kind& kind, const std::string& name, Json& next) {
  Json* ports = find(next, {"spec", "ports"});
  if (!ports || !ports->is_array()) return {};
  int64_t candidate = kFirstPort;
  for (size_t i = 0; i < ports->size(); ++i) {
    Json& port = (*ports)[i];
    const int64_t wanted = numberAt(port, {"nodePort"});
    const std::string place = fmt::format("spec.ports[{}].nodePort: Invalid value: {}: ", i, wanted);
    if (wanted != 0 && (wanted < kFirstPort || wanted > kLastPort)) return invalid(kind, name, {place + fmt::format("provided port is not in the valid range. The range of valid ports is {}-{}", kFirstPort, kLastPort)});
    if (wanted != 0 && !taken.ports.insert(wanted).second) return invalid(kind, name, {place + "provided port is already allocated"});
  }
  for (Json& port : *ports) {
    if (!port.is_object() || numberAt(port, {"nodePort"}) != 0) continue;
    while (candidate <= kLastPort && taken.ports.contains(candidate)) ++candidate;
    if (candidate > kLastPort) return Refusal{500, "InternalError", "failed to allocate a nodePort: range is full"};
    taken.ports.insert(candidate);
    port["nodePort"] = candidate;
  }
  return {};
}

} // namespace

void keepAddresses(const Json& live, Json& next) {
  if (live.is_null()) return;
  const std::string type = typeOf(next);
  if (type == "ExternalName") return;
  Json* spec = find(next, {"spec"});
  if (!spec || !spec->is_object()) return;
  if (typeOf(live) != "ExternalName" && textAt(*spec, {"clusterIP"}).empty())
    for (const char* key : {"clusterIP", "clusterIPs"})
      if (const Json* had = find(live, {"spec", key})) (*spec)[key] = *had;
  for (const char* key : {"ipFamilies", "ipFamilyPolicy"})
    if (const Json* had = find(live, {"spec", key}); had && !spec->contains(key)) (*spec)[key] = *had;
  // What only the old type had goes with it, unless somebody says otherwise.
  for (const auto& [key, has] : {std::pair("allocateLoadBalancerNodePorts", type == "LoadBalancer"), std::pair("externalTrafficPolicy", hasNodePorts(next))})
    if (const Json* had = find(live, {"spec", key}); had && !has && spec->contains(key) && (*spec)[key] == *had) spec->erase(key);
  if (!hasNodePorts(next)) return;
  const Json* before = find(live, {"spec", "ports"});
  Json* after = find(*spec, {"ports"});
  if (!before || !before->is_array() || !after || !after->is_array()) return;
  for (Json& port : *after)
    for (const Json& had : *before)
      if (port.is_object() && !port.contains("nodePort") && had.contains("nodePort") && numberAt(had, {"port"}) == numberAt(port, {"port"}) &&
          textAt(had, {"protocol"}) == textAt(port, {"protocol"}))
        port["nodePort"] = had["nodePort"];
}

std::optional<Refusal> assignAddresses(const Change& change, const Kind& kind, const Json& live, Json& next) {
  const std::string name = textAt(next, {"metadata", "name"});
  if (typeOf(next) == "ExternalName") return {};
  const bool needsPorts = hasNodePorts(next);
  const bool settled = !live.is_null() && textAt(live, {"spec", "clusterIP"}) == textAt(next, {"spec", "clusterIP"}) && !textAt(next, {"spec", "clusterIP"}).empty();
  if (!find(next, {"spec", "ipFamilies"})) setAt(next, {"spec", "ipFamilies"}, Json::array({"IPv4"}));
  if (!find(next, {"spec", "ipFamilyPolicy"})) setAt(next, {"spec", "ipFamilyPolicy"}, "SingleStack");
  if (isHeadless(next)) setAt(next, {"spec", "clusterIPs"}, Json::array({"None"}));
  if ((settled || isHeadless(next)) && !needsPorts) return {};
  Taken taken = takenBesides(change, kind, textAt(next, {"metadata", "uid"}));
  if (!settled && !isHeadless(next))
    if (auto refusal = assignAddress(taken, kind, name, next)) return refusal;
  return needsPorts ? assignPorts(taken, kind, name, next) : std::nullopt;
}

} // namespace chasi::local
