#include "compiler/driver/explain_isolation.h"

#include "compiler/driver/spec.h"
#include "compiler/lower/stack.h"
#include "runtime/plan/network_policy.h"

#include <nlohmann/json.hpp>

namespace chasi::driver {

namespace {

using Json = nlohmann::ordered_json;

/// What the tenants say about themselves; what they reach comes from the policies.
constexpr const char* kTenants = R"([for t in all(tenant) : {
  name = t.name, namespace = t.namespace, cluster = t.on.name, ingressNamespace = t.on.ingressNamespace,
  level = t.level, existing = t.existing, isolation = t.isolation, podSecurity = t.podSecurity, pool = t.nodes?.name,
  quota = t.quota, owners = t.owners, viewers = t.viewers
}])";

/// "payments.api" for pods of a component, else "payments/NAME".
std::string nameOf(const plan::Pods& pods) {
  const auto label = pods.labels.find("app.kubernetes.io/name");
  const std::string owner = pods.owner.substr(pods.owner.find('.') + 1);
  return label != pods.labels.end() && pods.labels.contains("chasi.dev/system") ? owner + "." + label->second : owner + "/" + pods.name;
}

struct Row {
  std::string who;
  std::string tenant; ///< empty for those of no tenant
  plan::End end;
};

struct Column {
  const plan::Pods* pods;
  plan::PodPort port;
};

class Isolation {
public:
  Isolation(const Json& tenants, const Json& tenant, const plan::Network& network) : tenant_(tenant), network_(network) {
    if (tenant["existing"] == true) // somebody else decides these
      for (const char* key : {"isolation", "podSecurity", "quota", "owners", "viewers"}) tenant_[key] = nullptr;
    for (const plan::Pods& p : network.workloads()) {
      rows_.push_back({nameOf(p), tenantOf(tenants, p), network.end(p)});
      if (!isHere(tenant, p)) continue;
      if (network.reachesInternet(p)) internet_.push_back(nameOf(p));
      if (!network.closed(p)) open_.push_back(nameOf(p));
      for (const plan::PodPort& port : p.ports) columns_.push_back({&p, port});
    }
    std::stable_sort(rows_.begin(), rows_.end(), [&](const Row& a, const Row& b) { return rank(a) < rank(b); });
    const std::string cluster = tenant["cluster"];
    rows_.push_back({"ingress controller", "", plan::End::others(cluster, {{"kubernetes.io/metadata.name", tenant["ingressNamespace"]}})});
    rows_.push_back({"other pods of the cluster", "", plan::End::others(cluster, {})});
    rows_.push_back({"the internet", "", plan::End::internet()});
  }

  Json json() const {
    Json ports = Json::array(), reach = Json::array();
    for (const Column& c : columns_) {
      ports.push_back({{"component", nameOf(*c.pods)}, {"port", c.port.number}, {"name", c.port.name}, {"protocol", c.port.protocol}});
      for (const Row& r : rows_)
        if (reaches(r, c)) reach.push_back({{"from", r.who}, {"tenant", r.tenant.empty() ? Json() : Json(r.tenant)}, {"to", nameOf(*c.pods)}, {"port", c.port.number}});
    }
    return {{"tenant", tenant_["name"]}, {"guarantees", tenant_}, {"ports", ports}, {"reach", reach}, {"reachInternet", internet_}, {"open", open_}};
  }

  void text(const Terminal& terminal, llvm::raw_ostream& out) const {
    const auto bold = [&](const std::string& s) { return terminal.outColor ? "\x1b[1m" + s + "\x1b[0m" : s; };
    out << bold(fmt::format("tenant {} on cluster {}", word("name"), word("cluster"))) << "\n\n";
    guarantees(out);
    out << '\n' << bold("Who reaches its ports") << (tenant_["existing"] == true ? ", by the policies of this specification alone\n\n" : ", by the policies that would be applied\n\n");
    matrix(out);
    leaving(out);
  }

private:
  Json tenant_;
  const plan::Network& network_;
  std::vector<Row> rows_;
  std::vector<Column> columns_;
  std::vector<std::string> internet_; ///< of its components, those that reach the internet
  std::vector<std::string> open_;     ///< those that no policy closes

  static bool isHere(const Json& tenant, const plan::Pods& p) { return p.target == tenant["cluster"] && p.ns == tenant["namespace"]; }
  static std::string tenantOf(const Json& tenants, const plan::Pods& p) {
    for (const Json& t : tenants)
      if (isHere(t, p)) return t["name"];
    return "";
  }
  std::string word(const char* key) const { return tenant_[key].get<std::string>(); }
  /// Its own components first.
  std::pair<int, std::string> rank(const Row& r) const { return {r.tenant == word("name") ? 0 : 1, r.tenant}; }
  bool reaches(const Row& r, const Column& c) const { return network_.reaches(r.end, *c.pods, c.port); }

  std::string list(const char* key) const {
    std::string out;
    for (const Json& s : tenant_[key]) out += (out.empty() ? "" : ", ") + s.get<std::string>();
    return out;
  }

  bool isVirtual() const { return llvm::StringRef(word("level")).starts_with("virtual cluster"); }

  std::string levelText() const {
    const bool dedicated = llvm::StringRef(word("level")).ends_with("on dedicated nodes");
    const char* shared = isVirtual() ? "the API server of the host" : "the API server";
    return fmt::format("a {}; {}", isVirtual() ? "virtual cluster" : "namespace", dedicated ? fmt::format("nodes (pool {}) are its own, {} is shared", word("pool"), shared) : fmt::format("nodes and {} are shared", shared));
  }

  void guarantees(llvm::raw_ostream& out) const {
    const Json& quota = tenant_["quota"];
    out << "  level         " << levelText() << '\n';
    if (tenant_["existing"] == true) {
      out << "  guarantees    none by this specification: the namespace " << word("namespace") << " is there already, with what its owner gave it\n";
      return;
    }
    if (isVirtual()) out << "                its pods, and all that are made inside, run in namespace " << word("namespace") << " of the host\n";
    out << "  isolation     " << word("isolation") << '\n';
    out << "  pod security  " << word("podSecurity") << '\n';
    out << fmt::format("  quota         {} cpu, {} memory, {} storage, {} pods\n", shown(quota["cpu"]), shown(quota["memory"]), shown(quota["storage"]), shown(quota["pods"]));
    const std::string owners = list("owners"), viewers = list("viewers");
    out << "  may change    " << owners << (owners.empty() ? "" : ", ") << "serviceaccount:" << word("namespace") << "/automation\n";
    if (!viewers.empty()) out << "  may look      " << viewers << '\n';
  }
  static std::string shown(const Json& v) { return v.is_string() ? v.get<std::string>() : v.dump(); }

  void matrix(llvm::raw_ostream& out) const {
    if (columns_.empty()) {
      out << "  none of its components has a port\n";
      return;
    }
    const size_t wide = fmt::format("{}", columns_.size()).size();
    for (size_t i = 0; i < columns_.size(); ++i) {
      const plan::PodPort& port = columns_[i].port;
      out << fmt::format("  {:>{}}  {} {}{}\n", i + 1, wide, nameOf(*columns_[i].pods), port.name.empty() ? "" : port.name + " ", port.protocol == "TCP" ? fmt::format("{}", port.number) : fmt::format("{}/{}", port.number, port.protocol));
    }
    size_t widest = 0;
    std::vector<std::string> names;
    for (const Row& r : rows_) {
      names.push_back(r.tenant.empty() ? r.who : r.tenant + ": " + r.who);
      widest = std::max(widest, names.back().size());
    }
    out << '\n' << std::string(widest + 2, ' ');
    for (size_t i = 0; i < columns_.size(); ++i) out << fmt::format("  {:>{}}", i + 1, wide);
    out << '\n';
    for (size_t r = 0; r < rows_.size(); ++r) {
      out << fmt::format("  {:<{}}", names[r], widest);
      for (const Column& c : columns_) out << fmt::format("  {:>{}}", reaches(rows_[r], c) ? "x" : ".", wide);
      out << '\n';
    }
  }

  void leaving(llvm::raw_ostream& out) const {
    out << "\nReach the internet: " << (internet_.empty() ? "none" : fmt::format("{}", fmt::join(internet_, ", "))) << '\n';
    if (!open_.empty()) out << "Closed by no policy: " << fmt::format("{}", fmt::join(open_, ", ")) << '\n';
  }
};

/// The tenants as JSON; absent when the expression found something wrong, which was reported.
std::optional<Json> tenantsOf(Spec& spec) {
  std::optional<std::string> text;
  lower::withLargeStack([&] { text = lower::evaluate(spec.compiled, kTenants); });
  if (!text) return {};
  return Json::parse(*text, nullptr, false);
}

const Json* find(const Json& tenants, llvm::StringRef name) {
  for (const Json& t : tenants)
    if (t["name"] == name.str()) return &t;
  return nullptr;
}

int unknownTenant(const Json& tenants, const std::string& name) {
  std::vector<std::string> known;
  for (const Json& t : tenants) known.push_back(t["name"]);
  const std::string near = source::nearest(name, known);
  const std::string next = known.empty() ? "; the workspace has no tenants" : near.empty() ? fmt::format("; there are {}", fmt::join(known, ", ")) : "; did you mean " + near + "?";
  llvm::errs() << fmt::format("chasic: there is no tenant {}{}\n", name, next);
  return kUsage;
}

} // namespace

int explainIsolation(const Invocation& invocation, const Terminal& terminal) {
  int exit = kDone;
  const auto spec = readSpec(invocation, 2, Depth::Lower, terminal, exit);
  if (!spec) return exit;
  const std::optional<Json> tenants = tenantsOf(*spec);
  if (!tenants) {
    printDiagnostics(spec->diagnostics, spec->sources, terminal, false);
    return kWrong;
  }
  const std::string name = llvm::StringRef(invocation.word(1)).starts_with("tenant.") ? invocation.word(1).substr(7) : invocation.word(1);
  const Json* tenant = find(*tenants, name);
  if (!tenant) return unknownTenant(*tenants, name);
  auto network = plan::Network::read(spec->compiled.desired);
  if (!network) {
    printError(network.takeError(), terminal);
    return kWrong;
  }
  const Isolation isolation(*tenants, *tenant, *network);
  if (invocation.get("--format", "text") == "json") llvm::outs() << isolation.json().dump(2) << '\n';
  else isolation.text(terminal, llvm::outs());
  return kDone;
}

} // namespace chasi::driver
