// The rules are those of kubernetes/pkg/apis/{rbac,core}/validation.
#include "compiler/lower/rules.h"
#include "runtime/plan/address_range.h"

#include <llvm/ADT/StringSet.h>

namespace chasi::lower {

using namespace sema;

namespace {

class Rules {
public:
  Rules(Program& program, const Draft& draft, const plan::Operation& operation) : p(program), d_(draft), op_(operation) {}

  void check() {
    const llvm::StringRef kind = op_.object.kind, version = op_.object.apiVersion;
    if (version.starts_with("rbac.authorization.k8s.io/")) {
      if (kind == "Role" || kind == "ClusterRole") role(kind == "ClusterRole");
      else subjects();
    } else if (version.starts_with("admissionregistration.k8s.io/")) {
      webhooks();
    } else if (version == "networking.k8s.io/v1" && kind == "NetworkPolicy") {
      blocks("ingress", "from");
      blocks("egress", "to");
    } else if (version == "v1" && kind == "Service") {
      service();
    } else if (version == "v1" && kind == "PersistentVolumeClaim") {
      if (const MapValue* spec = mapAt(*d_.manifest, "spec")) claim(*spec, "/spec");
    } else if (version == "apps/v1" && kind == "StatefulSet") {
      const MapValue* spec = mapAt(*d_.manifest, "spec");
      const llvm::ArrayRef<Value> claims = spec ? listAt(*spec, "volumeClaimTemplates") : llvm::ArrayRef<Value>();
      for (size_t i = 0; i < claims.size(); ++i)
        if (const MapValue* inner = claims[i].tag == Tag::Map ? mapAt(*claims[i].map, "spec") : nullptr) claim(*inner, fmt::format("/spec/volumeClaimTemplates/{}/spec", i));
    }
  }

private:
  Program& p;
  const Draft& d_;
  const plan::Operation& op_;

  void bad(const std::string& pointer, const std::string& message, std::string help) {
    badObject(p, d_, op_, pointer, fmt::format("{} {}: {}", op_.object.kind, op_.object.name, message), std::move(help));
  }

  /// A list without an element, or none; what is not known yet is neither.
  static bool isEmpty(const MapValue& map, llvm::StringRef key) {
    const Value* v = map.find(key);
    return !v || v->isAbsent() || (v->tag == Tag::List && v->list->items.empty());
  }

  void role(bool everywhere) {
    const llvm::ArrayRef<Value> rules = listAt(*d_.manifest, "rules");
    for (size_t i = 0; i < rules.size(); ++i) {
      if (rules[i].tag != Tag::Map) continue;
      const MapValue& rule = *rules[i].map;
      const std::string at = fmt::format("/rules/{}", i);
      if (isEmpty(rule, "verbs")) bad(at, "a rule allows no verb", "write verbs such as get, list and watch");
      if (!isEmpty(rule, "nonResourceURLs")) {
        if (!everywhere) bad(at + "/nonResourceURLs", "a Role grants nothing outside its namespace", "make it a ClusterRole");
        else if (!isEmpty(rule, "apiGroups") || !isEmpty(rule, "resources")) bad(at, "a rule is about resources or about URLs, and not about both", "make two rules of it");
        continue;
      }
      if (isEmpty(rule, "apiGroups")) bad(at, "a rule names no API group", "write `apiGroups = [\"\"]` for the core group");
      if (isEmpty(rule, "resources")) bad(at, "a rule names no resource", "write resources such as pods and services");
    }
  }

  void subjects() {
    const llvm::ArrayRef<Value> subjects = listAt(*d_.manifest, "subjects");
    for (size_t i = 0; i < subjects.size(); ++i) {
      if (textOf(subjects[i], "kind") != "ServiceAccount" || op_.object.kind != "ClusterRoleBinding") continue;
      const Value* ns = subjects[i].map->find("namespace");
      if (!ns || ns->isAbsent() || (ns->isText() && ns->str().empty())) bad(fmt::format("/subjects/{}", i), "a ServiceAccount lies in a namespace, and none is named", "add `namespace`");
    }
  }

  void service() {
    const Value* spec = d_.manifest->find("spec");
    if (spec && spec->tag != Tag::Map && !spec->isAbsent()) return;
    const MapValue* fields = spec && spec->tag == Tag::Map ? spec->map : nullptr;
    const bool portless = fields && (textAt(*fields, {"type"}) == "ExternalName" || textAt(*fields, {"clusterIP"}) == "None");
    if (!portless && (!fields || isEmpty(*fields, "ports"))) bad(fields ? "/spec" : "", "a service needs ports, unless it is headless (`clusterIP = \"None\"`) or of type ExternalName", "add `ports`");
    const llvm::ArrayRef<Value> ports = fields ? listAt(*fields, "ports") : llvm::ArrayRef<Value>();
    llvm::StringSet<> names;
    for (size_t i = 0; ports.size() > 1 && i < ports.size(); ++i) {
      const Value* name = ports[i].tag == Tag::Map ? ports[i].map->find("name") : nullptr;
      if (!name || name->isAbsent()) bad(fmt::format("/spec/ports/{}", i), "ports of a service have names when there are several", "add `name`");
      else if (name->isText() && !names.insert(name->str()).second) bad(fmt::format("/spec/ports/{}/name", i), fmt::format("two ports of one service have the name `{}`", name->str().str()), "give each a name of its own");
    }
    if (fields && textAt(*fields, {"type"}) == "ExternalName" && textAt(*fields, {"externalName"}).empty()) bad("/spec", "a service of type ExternalName says which name it stands for", "add `externalName`");
  }

  /// What a block leaves out lies within it.
  void blocks(llvm::StringRef direction, llvm::StringRef peers) {
    const MapValue* spec = mapAt(*d_.manifest, "spec");
    const llvm::ArrayRef<Value> rules = spec ? listAt(*spec, direction) : llvm::ArrayRef<Value>();
    for (size_t i = 0; i < rules.size(); ++i) {
      const llvm::ArrayRef<Value> list = rules[i].tag == Tag::Map ? listAt(*rules[i].map, peers) : llvm::ArrayRef<Value>();
      for (size_t k = 0; k < list.size(); ++k)
        if (const MapValue* block = list[k].tag == Tag::Map ? mapAt(*list[k].map, "ipBlock") : nullptr) exceptions(*block, fmt::format("/spec/{}/{}/{}/{}/ipBlock", direction.str(), i, peers.str(), k));
    }
  }

  void exceptions(const MapValue& block, const std::string& pointer) {
    const auto all = plan::rangeOf(textAt(block, {"cidr"}));
    const llvm::ArrayRef<Value> out = listAt(block, "except");
    for (size_t i = 0; i < out.size(); ++i) {
      const auto some = out[i].isText() ? plan::rangeOf(out[i].str()) : std::nullopt;
      if (!all || !some || (all->contains(*some) && !(*all == *some))) continue;
      const std::string what = *all == *some ? fmt::format("all of {} is left out", out[i].str().str()) : fmt::format("{} is no part of {}, and cannot be left out", out[i].str().str(), textAt(block, {"cidr"}).str());
      bad(fmt::format("{}/except/{}", pointer, i), what, "exceptions lie within `cidr`, and are not all of it");
    }
  }

  void webhooks() {
    const llvm::ArrayRef<Value> hooks = listAt(*d_.manifest, "webhooks");
    for (size_t i = 0; i < hooks.size(); ++i) {
      const MapValue* client = hooks[i].tag == Tag::Map ? mapAt(*hooks[i].map, "clientConfig") : nullptr;
      if (!client) continue;
      const Value *url = client->find("url"), *service = client->find("service");
      if ((url && !url->isAbsent()) == (service && !service->isAbsent())) bad(fmt::format("/webhooks/{}/clientConfig", i), "a webhook is called by a URL or by a service", "write one of url and service");
    }
  }

  void claim(const MapValue& spec, const std::string& pointer) {
    if (isEmpty(spec, "accessModes")) bad(pointer, "a claim says how its volume is used", "add accessModes, such as ReadWriteOnce");
    const Value* size = at(spec, {"resources", "requests", "storage"});
    if (!size || (size->isAbsent() && size->tag != Tag::Later)) bad(pointer, "a claim says how much it asks for", "add resources.requests.storage");
  }
};

bool concerns(const plan::ObjectRef& o) {
  return o.kind == "Service" || o.kind == "NetworkPolicy" || o.kind == "PersistentVolumeClaim" || o.kind == "StatefulSet" || llvm::StringRef(o.apiVersion).starts_with("rbac.authorization.k8s.io/") ||
         llvm::StringRef(o.apiVersion).starts_with("admissionregistration.k8s.io/");
}

} // namespace

void checkRules(Program& program, eval::Evaluator& evaluator, const std::vector<Draft>& drafts, const std::vector<plan::Operation>& operations) {
  for (size_t i = 0; i < drafts.size(); ++i) {
    const Draft& d = drafts[i];
    if (operations[i].kind != plan::OpKind::Object || d.unchecked || d.holdsRecords || !d.manifest || !concerns(operations[i].object)) continue;
    const Watch watch(program, evaluator, *d.owner);
    Rules(program, d, operations[i]).check();
  }
}

} // namespace chasi::lower
