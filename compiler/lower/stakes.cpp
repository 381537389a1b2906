// What each kind of object takes or gives. The checks are in clashes.cpp.
#include "compiler/lower/stakes.h"

#include "compiler/lower/describe.h"
#include "compiler/lower/lookup.h"
#include "compiler/manifest/amounts.h"
#include "compiler/manifest/pods.h"

#include <llvm/ADT/StringSwitch.h>


namespace chasi::lower {

using namespace sema;

namespace {

/// `count` times as much; what is too much to count stays the most that can be counted.
int64_t times(int64_t amount, int64_t count) {
  int64_t product = 0;
  return __builtin_mul_overflow(amount, count, &product) ? INT64_MAX : product;
}

void add(int64_t& sum, int64_t amount) {
  if (__builtin_add_overflow(sum, amount, &sum)) sum = INT64_MAX;
}

class Reader {
public:
  Reader(const Identity& identity, const MapValue& manifest, llvm::StringRef target) : identity_(identity), manifest_(manifest), target_(target) {}

  std::vector<Stake> read() {
    const llvm::StringRef kind = identity_.kind, version = identity_.apiVersion;
    using Reads = void (Reader::*)(const MapValue&);
    const auto of = [&](llvm::StringRef its, Reads reads) { return version == its ? reads : nullptr; };
    Reads reads = llvm::StringSwitch<Reads>(kind)
                      .Case("Service", of("v1", &Reader::service))
                      .Case("ResourceQuota", of("v1", &Reader::quota))
                      .Case("LimitRange", of("v1", &Reader::limits))
                      .Case("PersistentVolumeClaim", of("v1", &Reader::claim))
                      .Case("Ingress", of("networking.k8s.io/v1", &Reader::ingress))
                      .Cases("IPAddressPool", "IPPool", "CiliumLoadBalancerIPPool", &Reader::pool)
                      .Default(makesPods(version, kind) ? &Reader::workload : nullptr);
    const MapValue* spec = reads ? mapAt(manifest_, "spec") : nullptr;
    if (spec) (this->*reads)(*spec);
    return std::move(out_);
  }

private:
  const Identity& identity_;
  const MapValue& manifest_;
  llvm::StringRef target_;
  std::vector<Stake> out_;

  Stake& space(Stake::Kind kind, uint64_t key) {
    Stake& stake = out_.emplace_back();
    stake.kind = kind;
    stake.key = key;
    return stake;
  }
  Stake& share(Stake::Kind kind) { return space(kind, hashOf({"space", target_, identity_.ns})); }

  /// Kinds of pools of which no two may have an address: MetalLB's and Calico's servers refuse it, Cilium puts one of them out of use.
  void pool(const MapValue&) {
    const llvm::StringRef group = identity_.apiVersion.split('/').first, kind = identity_.kind;
    if ((group == "metallb.io" && kind == "IPAddressPool") || (group.ends_with("projectcalico.org") && kind == "IPPool") || (group == "cilium.io" && kind == "CiliumLoadBalancerIPPool"))
      space(Stake::Kind::Pool, hashOf({"pool", target_, group, kind}));
  }

  void service(const MapValue& spec) {
    const llvm::StringRef type = textAt(spec, {"type"});
    if (type != "NodePort" && type != "LoadBalancer") return;
    const auto take = [&](int64_t port, uint32_t at) { space(Stake::Kind::NodePort, hashOf({"port", target_, std::to_string(port)})).first = at; };
    const llvm::ArrayRef<Value> ports = listAt(spec, "ports");
    for (uint32_t i = 0; i < ports.size(); ++i)
      if (const std::optional<int64_t> port = numberOf(ports[i], "nodePort"); port && *port > 0) take(*port, i);
    if (const std::optional<int64_t> port = numberOf(Value::of(&spec), "healthCheckNodePort"); port && *port > 0) take(*port, UINT32_MAX);
  }

  /// Annotations by which controllers tell requests apart that have one host and path, or serve them on ports of their own.
  static bool isSortedOut(const MapValue& annotations) {
    constexpr llvm::StringLiteral kWords[] = {"canary", "condition", "weight", "match", "entrypoint", "group", "header", "listen", "action"};
    return llvm::any_of(annotations.entries(), [&](const MapEntry& e) { return llvm::any_of(kWords, [&](llvm::StringRef word) { return e.key.contains(word); }); });
  }

  void ingress(const MapValue& spec) {
    const MapValue* annotations = mapAt(manifest_, {"metadata", "annotations"});
    llvm::StringRef its = textAt(spec, {"ingressClassName"});
    if (its.empty() && annotations) its = textAt(*annotations, {"kubernetes.io/ingress.class"});
    // These controllers give each Ingress a load balancer of its own.
    if (its.starts_with("alb") || its.starts_with("gce") || (annotations && isSortedOut(*annotations)) || isOpaque(spec, "ingressClassName")) return;
    const llvm::ArrayRef<Value> rules = listAt(spec, "rules");
    for (uint32_t i = 0; i < rules.size(); ++i) {
      const MapValue* http = rules[i].tag == Tag::Map && !isOpaque(*rules[i].map, "host") ? mapAt(*rules[i].map, "http") : nullptr;
      const llvm::ArrayRef<Value> paths = http ? listAt(*http, "paths") : llvm::ArrayRef<Value>();
      for (uint32_t k = 0; k < paths.size(); ++k) {
        if (paths[k].tag != Tag::Map || isOpaque(*paths[k].map, "path")) continue;
        const llvm::StringRef type = textOf(paths[k], "pathType");
        llvm::StringRef path = textOf(paths[k], "path");
        if (type == "Prefix") path = path.rtrim('/');
        Stake& stake = space(Stake::Kind::Route, hashOf({"route", target_, its, textOf(rules[i], "host"), type, path}));
        stake.first = i;
        stake.second = k;
      }
    }
  }

  void limits(const MapValue& spec) {
    if (llvm::any_of(listAt(spec, "limits"), [](const Value& v) { return v.tag == Tag::Map && (has(*v.map, "max") || has(*v.map, "min")); })) share(Stake::Kind::Limits);
  }

  void quota(const MapValue& spec) {
    const MapValue* hard = mapAt(spec, "hard");
    if (!hard || has(spec, "scopes") || has(spec, "scopeSelector")) return; // for some pods only
    Stake& stake = share(Stake::Kind::Quota);
    stake.shares.fill(-1);
    for (const MapEntry& e : hard->entries()) {
      const Stake::Share share = shareOf(e.key);
      const std::optional<int64_t> amount = share == Stake::kShares ? std::nullopt : limitOf(e.value, share);
      if (amount && (stake.shares[share] < 0 || *amount < stake.shares[share])) stake.shares[share] = *amount;
    }
  }

  void claim(const MapValue& spec) { claims(spec, 1); }
  void claims(const MapValue& spec, int64_t count) {
    const Value* size = at(spec, {"resources", "requests", "storage"});
    Stake& stake = share(Stake::Kind::Claims);
    stake.shares[Stake::ClaimCount] = count;
    stake.shares[Stake::Storage] = times(size ? amountOf(*size, Tag::Bytes).value_or(0) : 0, count);
  }

  void workload(const MapValue& spec) {
    const int64_t copies = replicasOf(identity_.kind, manifest_).value_or(0);
    Stake& stake = share(Stake::Kind::Pods);
    if (copies <= 0) return; // of daemons and jobs nobody knows how many run at a time
    stake.shares[Stake::PodCount] = copies;
    const std::optional<PodTemplate> pods = podsOf(identity_.apiVersion, identity_.kind, manifest_);
    for (const Value& container : pods && pods->spec ? listAt(*pods->spec, "containers") : llvm::ArrayRef<Value>()) {
      const MapValue* resources = container.tag == Tag::Map ? mapAt(*container.map, "resources") : nullptr;
      if (!resources) continue;
      const MapValue *requests = mapAt(*resources, "requests"), *most = mapAt(*resources, "limits");
      for (const auto& [name, unit, asked, limit] : {std::tuple("cpu", Tag::Cpu, Stake::Cpu, Stake::CpuLimit), {"memory", Tag::Bytes, Stake::Memory, Stake::MemoryLimit}}) {
        const Value *request = requests ? requests->find(name) : nullptr, *bound = most ? most->find(name) : nullptr;
        if (!request || request->isAbsent()) request = bound; // that is what the API server fills in
        if (request) add(stake.shares[asked], amountOf(*request, unit).value_or(0));
        if (bound) add(stake.shares[limit], amountOf(*bound, unit).value_or(0));
      }
    }
    for (const Stake::Share each : {Stake::Cpu, Stake::Memory, Stake::CpuLimit, Stake::MemoryLimit}) stake.shares[each] = times(stake.shares[each], copies);
    if (identity_.kind != "StatefulSet") return;
    for (const Value& claim : listAt(spec, "volumeClaimTemplates"))
      if (const MapValue* its = claim.tag == Tag::Map ? mapAt(*claim.map, "spec") : nullptr) claims(*its, copies);
  }
};

} // namespace

Stake::Share shareOf(llvm::StringRef key) {
  return llvm::StringSwitch<Stake::Share>(key)
      .Cases("requests.cpu", "cpu", Stake::Cpu)
      .Cases("requests.memory", "memory", Stake::Memory)
      .Case("limits.cpu", Stake::CpuLimit)
      .Case("limits.memory", Stake::MemoryLimit)
      .Cases("pods", "count/pods", Stake::PodCount)
      .Case("requests.storage", Stake::Storage)
      .Cases("persistentvolumeclaims", "count/persistentvolumeclaims", Stake::ClaimCount)
      .Default(Stake::kShares);
}

std::optional<int64_t> limitOf(const Value& value, Stake::Share share) {
  if (share == Stake::PodCount || share == Stake::ClaimCount) return countOf(value);
  return amountOf(value, share == Stake::Cpu || share == Stake::CpuLimit ? Tag::Cpu : Tag::Bytes);
}

std::vector<Stake> stakesOf(const Identity& identity, const MapValue& manifest, llvm::StringRef target) { return Reader(identity, manifest, target).read(); }

std::vector<Staked> staked(const std::vector<Draft>& drafts, const std::vector<plan::Operation>& operations) {
  std::vector<Staked> list;
  for (size_t i = 0; i < drafts.size(); ++i)
    for (const Stake& s : drafts[i].stakes) list.push_back({&s, &drafts[i], &operations[i]});
  return list;
}

} // namespace chasi::lower
