#include "runtime/plan/difference.h"

#include "runtime/plan/diff.h"
#include "runtime/plan/fact.h"
#include "runtime/plan/kube_schema.h"
#include "runtime/plan/secrets.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace chasi::plan {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

/// The keys that tell elements of a list apart, by the schema of Kubernetes; by `name` where it knows nothing.
std::vector<std::string> keysAt(const k8s::Type* type, const std::vector<std::string>& path) {
  for (const std::string& name : path) {
    while (type && type->kind == k8s::TypeKind::List) type = type->element;
    type = type ? type->member(name) : nullptr;
  }
  if (!type || type->kind != k8s::TypeKind::List) return {"name"};
  if (type->listType != k8s::ListType::Map) return {};
  return {type->mapKeys.begin(), type->mapKeys.end()};
}

/// Where secrets come from is no secret: a different place is a difference that can be shown.
void compareSecrets(const Operation& before, const Operation& after, std::vector<FieldChange>& changes) {
  std::map<std::string, std::array<const SecretRef*, 2>> refs;
  for (const SecretRef& r : before.secrets) refs[r.pointer][0] = &r;
  for (const SecretRef& r : after.secrets) refs[r.pointer][1] = &r;
  const auto shown = [](const SecretRef* r) { return r ? json(describeSource(*r)).dump() : std::string(); };
  for (const auto& [pointer, pair] : refs) {
    if (pair[0] && pair[1] && pair[0]->provider == pair[1]->provider && pair[0]->key == pair[1]->key) continue;
    std::string path;
    for (const std::string& token : splitPointer(pointer)) path += (path.empty() ? "" : ".") + token;
    std::erase_if(changes, [&](const FieldChange& c) { return c.secret && c.path == path; });
    changes.push_back({path, shown(pair[0]), shown(pair[1]), "", false});
  }
}

/// What the cluster will tell, as a text that says so.
json shownPayload(const Operation& op) {
  json payload = json::parse(op.payload, nullptr, false);
  for (const SecretRef& ref : op.later)
    if (json* place = findPlace(payload, splitPointer(ref.pointer))) *place = fmt::format("(known while applying: {})", describeSource(ref));
  return payload;
}

std::vector<FieldChange> compareOperations(const Operation& before, const Operation& after) {
  if (before.payload == after.payload && before.secrets.empty() && after.secrets.empty() && before.later.empty() && after.later.empty()) return {};
  DiffOptions options;
  const k8s::Type* type = after.kind == OpKind::Object ? k8s::Schema::builtin().type(after.object.apiVersion, after.object.kind) : nullptr;
  options.mergeKeys = [type](const std::vector<std::string>& path) { return keysAt(type, path); };
  options.plain = after.kind != OpKind::Object;
  for (const Operation* op : {&before, &after})
    for (const SecretRef& r : op->secrets) options.secrets.push_back(r.pointer);
  std::vector<FieldChange> changes = diffObjects(shownPayload(before), shownPayload(after), options);
  compareSecrets(before, after, changes);
  return changes;
}

void addOperations(Difference& out, Desired first, Desired second) {
  std::map<std::string, const Operation*> known;
  for (const Operation& op : first.operations) known[op.id] = &op;
  out.operations.offline = true;
  out.operations.desired = std::move(second);
  for (const Operation& op : out.operations.desired.operations) {
    Step step;
    const auto before = known.find(op.id);
    if (before == known.end()) {
      step.action = Action::Create;
    } else {
      step.changes = compareOperations(*before->second, op);
      const bool moved = before->second->target != op.target;
      if (moved) step.changes.insert(step.changes.begin(), {"(cluster)", json(before->second->target).dump(), json(op.target).dump(), "", false});
      step.action = step.changes.empty() ? Action::None : Action::Update;
      known.erase(before);
    }
    out.operations.steps.push_back(std::move(step));
  }
  for (Operation& op : first.operations) {
    if (!known.contains(op.id)) continue;
    op.needs.clear(); // they count in the list of the first side
    Step step;
    step.action = Action::Delete;
    out.operations.steps.push_back(std::move(step));
    out.operations.desired.operations.push_back(std::move(op));
  }
  for (Target& t : first.targets)
    if (std::none_of(out.operations.desired.targets.begin(), out.operations.desired.targets.end(), [&](const Target& other) { return other.name == t.name; }))
      out.operations.desired.targets.push_back(std::move(t));
}

void addDeclarations(Difference& out, const std::vector<Declared>& first, const std::vector<Declared>& second) {
  std::map<std::string, std::array<const Declared*, 2>> both;
  for (const Declared& d : first) both[d.id][0] = &d;
  for (const Declared& d : second) both[d.id][1] = &d;
  DiffOptions options;
  options.plain = true;
  for (const auto& [id, pair] : both) {
    DeclarationDifference d{.id = id, .source = (pair[1] ? pair[1] : pair[0])->source};
    if (!pair[0] || !pair[1]) {
      d.action = pair[0] ? Action::Delete : Action::Create;
    } else if (pair[0]->json != pair[1]->json) {
      d.changes = diffObjects(json::parse(pair[0]->json, nullptr, false), json::parse(pair[1]->json, nullptr, false), options);
      d.action = d.changes.empty() ? Action::None : Action::Update;
    }
    out.declarations.push_back(std::move(d));
  }
}

const char* where(Action action) { return action == Action::Create ? "second" : action == Action::Delete ? "first" : "both"; }

ordered_json fieldsJson(const std::vector<FieldChange>& changes) {
  ordered_json out = ordered_json::array();
  for (const FieldChange& c : changes) {
    ordered_json one{{"path", c.path}};
    if (c.secret) one["secret"] = true;
    if (!c.before.empty()) one["first"] = ordered_json::parse(c.before, nullptr, false);
    if (!c.after.empty()) one["second"] = ordered_json::parse(c.after, nullptr, false);
    out.push_back(std::move(one));
  }
  return out;
}

ordered_json sourceJson(const SourceRef& source) { return {{"file", source.file}, {"line", source.line}, {"column", source.column}}; }

} // namespace

bool Difference::any() const {
  return std::any_of(declarations.begin(), declarations.end(), [](const auto& d) { return d.action != Action::None; }) ||
         std::any_of(operations.steps.begin(), operations.steps.end(), [](const Step& s) { return s.action != Action::None; });
}

Difference differenceOf(DesiredSide first, DesiredSide second) {
  Difference out;
  out.first = first.name;
  out.second = second.name;
  addDeclarations(out, first.declarations, second.declarations);
  addOperations(out, std::move(first.desired), std::move(second.desired));
  return out;
}

void writeDifference(const Difference& difference, llvm::raw_ostream& out) {
  ordered_json declarations = ordered_json::array(), operations = ordered_json::array();
  size_t sameDeclarations = 0, sameOperations = 0;
  for (const DeclarationDifference& d : difference.declarations) {
    if (d.action == Action::None) ++sameDeclarations;
    else declarations.push_back({{"id", d.id}, {"in", where(d.action)}, {"source", sourceJson(d.source)}, {"fields", fieldsJson(d.changes)}});
  }
  for (size_t i = 0; i < difference.operations.steps.size(); ++i) {
    const Step& step = difference.operations.steps[i];
    const Operation& op = difference.operations.desired.operations[i];
    if (step.action == Action::None) {
      ++sameOperations;
      continue;
    }
    ordered_json one{{"id", op.id}, {"in", where(step.action)}, {"owner", op.owner}, {"target", op.target}};
    if (op.kind == OpKind::Object) {
      one["object"] = {{"apiVersion", op.object.apiVersion}, {"kind", op.object.kind}, {"name", op.object.name}};
      if (!op.object.ns.empty()) one["object"]["namespace"] = op.object.ns;
    }
    one["source"] = sourceJson(op.source);
    one["fields"] = fieldsJson(step.changes);
    operations.push_back(std::move(one));
  }
  const ordered_json all{{"apiVersion", "chasi.dev/diff/v1"},
                         {"first", difference.first},
                         {"second", difference.second},
                         {"declarations", declarations},
                         {"operations", operations},
                         {"same", {{"declarations", sameDeclarations}, {"operations", sameOperations}}}};
  out << all.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
}

} // namespace chasi::plan
