// Roles and those who have them.
#include "compiler/lint/relations.h"

namespace chasi::lint {

using namespace sema;
using namespace manifest;
using source::Code;

namespace {

class Rights {
public:
  explicit Rights(Relations& relations) : r(relations), index(relations.index) {}

  void run() {
    for (const Object& o : index.objects()) {
      if (o.is == Kind::Role || o.is == Kind::ClusterRole) role(o);
      if (o.is == Kind::RoleBinding || o.is == Kind::ClusterRoleBinding) binding(o);
    }
  }

private:
  Relations& r;
  const Index& index;

  static bool names(const MapValue& rule, llvm::StringRef list, llvm::StringRef what) {
    return llvm::any_of(listAt(rule, list), [&](const Value& v) { return v.isText() && v.str() == what; });
  }

  void role(const Object& o) {
    const llvm::ArrayRef<Value> rules = listAt(*o.manifest, "rules");
    if (rules.empty()) {
      if (!isOpaque(*o.manifest, "rules") && !has(*o.manifest, "aggregationRule")) r.warn(Code::GrantsNothing, o, "/rules", fmt::format("{} grants nothing: it has no rules", titleOf(o)), "write what it lets do, or remove it and its bindings");
      return;
    }
    for (size_t i = 0; i < rules.size(); ++i) {
      if (rules[i].tag != Tag::Map || !names(*rules[i].map, "apiGroups", "*") || !names(*rules[i].map, "resources", "*") || !names(*rules[i].map, "verbs", "*")) continue;
      r.warn(Code::GrantsEverything, o, fmt::format("/rules/{}", i), fmt::format("{} grants everything{}: every verb on every resource", titleOf(o), o.is == Kind::Role ? fmt::format(" in namespace {}", o.ns.str()) : ""), "name the groups, resources and verbs that are needed");
      return;
    }
  }

  void binding(const Object& o) {
    const Space& space = index.spaceOf(o);
    const llvm::StringRef role = textAt(*o.manifest, {"roleRef", "name"});
    // Roles of the whole cluster may come from anywhere.
    if (o.is == Kind::RoleBinding && !role.empty() && textAt(*o.manifest, {"roleRef", "kind"}) == "Role" && !index.find(space, Kind::Role, role) && index.isWhole(space))
      r.warn(Code::NoSuchRole, o, "/roleRef/name", fmt::format("{} gives Role {}, which namespace {} does not have", titleOf(o), role.str(), o.ns.str()), meant(role, index.namesOf(space, Kind::Role), "make the Role, or give another one"));
    const llvm::ArrayRef<Value> subjects = listAt(*o.manifest, "subjects");
    for (size_t i = 0; i < subjects.size(); ++i)
      if (textOf(subjects[i], "kind") == "ServiceAccount") subject(o, subjects[i], i);
  }

  void subject(const Object& o, const Value& subject, size_t i) {
    const llvm::StringRef name = textOf(subject, "name"), named = textOf(subject, "namespace");
    const llvm::StringRef ns = named.empty() ? o.ns : named;
    const Space* space = index.space(*o.cluster, ns);
    if (name.empty() || name == "default" || !space || index.find(*space, Kind::ServiceAccount, name) || !index.isWhole(*space)) return;
    r.warn(Code::NoSuchSubject, o, fmt::format("/subjects/{}/name", i), fmt::format("{} gives rights to ServiceAccount {}, which namespace {} does not have", titleOf(o), name.str(), ns.str()), meant(name, index.namesOf(*space, Kind::ServiceAccount), "make the ServiceAccount, or take the subject away"));
  }
};

} // namespace

void rightRelations(Relations& relations) { Rights(relations).run(); }

} // namespace chasi::lint
