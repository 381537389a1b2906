#include "runtime/engine/compare_site.h"

#include "runtime/engine/field_answers.h"
#include "runtime/engine/intent.h"
#include "runtime/plan/digest.h"
#include "runtime/plan/fact.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace chasi::engine {

using plan::Action;
using plan::JsonValue;
using plan::Operation;
using plan::OpKind;

// Kinds that nobody but their applier writes to, by habit: metadata is enough to see that nothing happened.
static bool configLike(const std::string& kind) {
  static const std::set<std::string> kinds = {"ConfigMap",   "Secret",      "ServiceAccount",     "Role",          "RoleBinding",
                                              "ClusterRole", "LimitRange",  "ClusterRoleBinding", "NetworkPolicy", "PriorityClass"};
  return kinds.count(kind) != 0;
}

SiteCompare::SiteCompare(Site& site, plan::Plan& plan, const CompareOptions& options, kube::Loop& loop)
    : site_(site), plan_(plan), options_(options), loop_(loop) {
  for (uint32_t i = 0; i < plan.desired.operations.size(); ++i) {
    const Operation& each = plan.desired.operations[i];
    bool here = std::find(site.targets.begin(), site.targets.end(), each.target) != site.targets.end();
    if (here && each.kind == OpKind::Object) operations_.push_back(i);
  }
}

void SiteCompare::start() {
  whenSettled([this] { match(); });
  ++pending_;
  readSecrets();
  listMembers();
  arrive();
}

// One that is not there is no reason to stop: what depends on it is told so when its turn comes.
void SiteCompare::readSecrets() {
  std::set<std::string> names;
  for (uint32_t index : operations_) names.merge(site_.secrets.missing(op(index)));
  for (const std::string& name : names) {
    ++pending_;
    site_.client->send(ClusterSecrets::request(name), guarded<kube::Response>([this, name](llvm::Expected<kube::Response> response) {
      site_.secrets.take(name, site_.server, std::move(response));
      arrive();
    }));
  }
}

// The next phase begins when no answer is outstanding. A phase begins with one count of its own, so that answers that come at
// once do not end it early.
void SiteCompare::whenSettled(std::function<void()> next) { next_ = std::move(next); }

void SiteCompare::arrive() {
  if (--pending_ != 0 || !next_ || error_) return;
  std::function<void()> next = std::move(next_);
  next_ = nullptr;
  ++pending_; // the phase's own; it ends with arrive()
  next();
}

void SiteCompare::fail(llvm::Error error) {
  if (error_) llvm::consumeError(std::move(error));
  else error_ = std::move(error);
}

void SiteCompare::listMembers() {
  // Without an inventory there are no members: it is written before the first of them.
  if (!site_.inventory.exists) return;
  std::set<std::string> seen;
  for (uint32_t index : operations_) {
    const kube::Resource* resource = site_.discovery.find(op(index).object.apiVersion, op(index).object.kind);
    if (resource && seen.insert(resource->groupKind()).second) listKind(*resource);
  }
  for (const std::string& groupKind : site_.inventory.groupKinds) {
    const kube::Resource* resource = site_.discovery.findGroupKind(groupKind);
    // A kind that is gone from the cluster took its objects with it.
    if (resource && seen.insert(groupKind).second) listKind(*resource);
  }
}

// `mayRefuse`: who may not list a kind has made none of it.
void SiteCompare::listKind(const kube::Resource& resource, bool mayRefuse) {
  bool secrets = std::any_of(operations_.begin(), operations_.end(), [&](uint32_t i) {
    return (!op(i).secrets.empty() || !op(i).later.empty()) && groupKindOf(op(i).object) == resource.groupKind();
  });
  bool full = secrets || !configLike(resource.kind);
  kube::ListRequest request;
  request.path = pathOf(resource, "", "");
  request.labelSelector = fmt::format("{}={}", kMemberLabel, site_.applySet);
  request.metadataOnly = !full;
  request.what = fmt::format("listing {} of workspace '{}' at {}", resource.plural, plan_.desired.workspace, site_.server);
  ++pending_;
  kube::list(*site_.client, std::move(request), guarded<kube::Listing>([this, &resource, full, mayRefuse](llvm::Expected<kube::Listing> listing) {
    if (listing) {
      takeMembers(resource, full, std::move(*listing));
    } else {
      plan::FaultText text = plan::takeText(listing.takeError());
      if (!mayRefuse || text.code != "CH6104") fail(plan::fault(text));
    }
    arrive();
  }));
}

void SiteCompare::takeMembers(const kube::Resource& resource, bool full, kube::Listing listing) {
  listing.each([&](JsonValue item) {
    JsonValue metadata = item["metadata"];
    members_[keyOf(resource.groupKind(), metadata["namespace"].string(), metadata["name"].string())] = {item, full, false};
  });
  listings_.push_back(std::move(listing));
}

void SiteCompare::match() {
  for (uint32_t index : operations_) matchOne(index);
  findPrunes();
  std::vector<uint32_t> namespaces;
  for (uint32_t index : absent_)
    if (op(index).object.kind == "Namespace") namespaces.push_back(index);
  lookUp(namespaces, [this] { afterNamespaces(); });
  arrive();
}

// What would stand in a namespace that is not there yet cannot be there either.
void SiteCompare::afterNamespaces() {
  std::vector<uint32_t> rest;
  for (uint32_t index : absent_) {
    if (op(index).object.kind == "Namespace") continue;
    if (newNamespaces_.count(op(index).object.ns)) takeAbsent(index);
    else rest.push_back(index);
  }
  lookUp(rest, [this] { recover(); });
  arrive();
}

// Objects with our label and no inventory: somebody deleted it. What else has the label is found in lists of all kinds there are. A
// destroy has no objects of its own that could tell.
void SiteCompare::recover() {
  whenSettled([this] {
    for (uint32_t index : operations_)
      if (auto found = members_.find(keyOf(op(index).object)); found != members_.end()) found->second.wanted = true;
    findPrunes();
    arrive();
  });
  if (!site_.inventory.exists && (labelled_ || operations_.empty())) {
    site_.discovery.eachListed([this](const kube::Resource& resource) {
      if (resource.kind != "Event") listKind(resource, true);
    });
    site_.recovered = labelled_;
  } else {
    next_ = nullptr;
  }
  arrive();
}

void SiteCompare::matchOne(uint32_t index) {
  const Operation& operation = op(index);
  if (!site_.discovery.find(operation.object.apiVersion, operation.object.kind)) return unservedKind(index);
  std::string key = keyOf(operation.object);
  auto found = members_.find(key);
  if (found == members_.end()) { absent_.push_back(index); return; }
  Live& live = found->second;
  live.wanted = true;
  JsonValue metadata = live.object["metadata"];
  plan::Step& planned = step(index);
  planned.guard = {metadata["uid"].string(), metadata["resourceVersion"].string()};
  // What is in a namespace goes with it, sooner or later.
  if (metadata["deletionTimestamp"] || dyingNamespaces_.count(operation.object.ns)) {
    planned.action = Action::Unknown;
    planned.reason = metadata["deletionTimestamp"] ? "is being deleted; it will be created again when it is gone" : "goes with its namespace, which is being deleted";
    if (operation.object.kind == "Namespace") dyingNamespaces_.insert(operation.object.name);
    return;
  }
  const Stamp* stamp = options_.refresh ? nullptr : site_.stampOf(key);
  if (stamp && stamp->uid == planned.guard.uid && stamp->intent == intentDigest(operation, site_.applySet)) {
    bool untouched = stamp->resourceVersion == planned.guard.resourceVersion;
    // Who shares a field may have let go of it without a change of anything that we own.
    const bool shares = std::any_of(operation.fields.begin(), operation.fields.end(), [](const plan::FieldAnswer& f) { return f.answer == plan::Answer::Share; });
    bool ours = untouched || (live.full && !shares && !stamp->projection.empty() &&
                              stamp->projection == projection(live.object, plan::isSecretObject(operation.object)));
    if (ours) {
      llvm::Expected<bool> equal = valuesEqual(operation, live.object);
      if (!equal) {
        planned.action = Action::Unknown;
        planned.reason = "depends on a secret that cannot be read here: " + plan::takeText(equal.takeError()).message;
        return;
      }
      if (*equal) { planned.action = Action::None; return; }
    }
  }
  probe(index, live.full ? std::string(live.object.raw()) : std::string());
}

llvm::Expected<bool> SiteCompare::valuesEqual(const Operation& operation, JsonValue live) {
  for (const plan::SecretRef& ref : operation.secrets) {
    std::vector<std::string> tokens = plan::splitPointer(ref.pointer);
    if (isLeftToOthers(operation, tokens)) return false; // the server says what comes of it
    std::string value;
    if (ref.provider == plan::kLiteral || ref.provider == plan::kOpen) {
      value = ref.key;
    } else {
      llvm::Expected<std::string> read = resolveSecret(ref, reader());
      if (!read) return read.takeError();
      const bool encode = plan::isEncoded(operation.object, tokens);
      value = encode ? plan::base64(*read) : *read;
    }
    if (at(live, tokens).string() != value) return false;
  }
  for (const plan::SecretRef& ref : operation.later) {
    if (isLeftToOthers(operation, plan::splitPointer(ref.pointer))) return false;
    llvm::Expected<std::string> value = laterJson(operation, ref, reader());
    if (!value) return value.takeError();
    const JsonValue there = at(live, plan::splitPointer(ref.pointer));
    if (!there || nlohmann::json::parse(there.raw(), nullptr, false) != nlohmann::json::parse(*value, nullptr, false)) return false;
  }
  return true;
}

void SiteCompare::findPrunes() {
  for (auto& [key, live] : members_) {
    if (live.wanted) continue;
    JsonValue metadata = live.object["metadata"];
    // Controllers copy labels: the EndpointSlices of a Service carry its label and are not ours.
    bool controlled = false;
    for (JsonValue owner = metadata["ownerReferences"].first(); owner; owner = owner.next())
      controlled = controlled || owner["controller"].isTrue();
    if (controlled) continue;
    size_t end = key.find('\n');
    const kube::Resource* resource = site_.discovery.findGroupKind(key.substr(0, end));
    plan::Prune prune;
    prune.target = site_.targets.front();
    prune.object = {resource->apiVersion(), resource->kind, metadata["namespace"].string(), metadata["name"].string()};
    prune.guard = {metadata["uid"].string(), metadata["resourceVersion"].string()};
    if (auto stamp = site_.inventory.stamps.find(key); stamp != site_.inventory.stamps.end()) {
      prune.id = stamp->second.id;
      prune.owner = stamp->second.owner;
    }
    plan_.prunes.push_back(std::move(prune));
  }
}

// A kind may come with a definition that is part of this very plan.
void SiteCompare::unservedKind(uint32_t index) {
  const plan::ObjectRef& object = op(index).object;
  std::string group = kube::splitApiVersion(object.apiVersion).first;
  for (uint32_t other : operations_) {
    if (op(other).object.kind != "CustomResourceDefinition") continue;
    auto view = plan::JsonView::parse(op(other).payload);
    if (!view) { llvm::consumeError(view.takeError()); continue; }
    JsonValue spec = view->root()["spec"];
    if (spec["group"].string() != group || spec["names"]["kind"].string() != object.kind) continue;
    step(index).action = Action::Unknown;
    step(index).until.push_back(op(other).id);
    step(index).reason = fmt::format("unknown until {}, which makes the cluster serve {}", op(other).id, object.kind);
    return;
  }
  problem(index, "CH6107", fmt::format("the cluster at {} does not serve {} {}", site_.server, object.apiVersion, object.kind),
          "install what defines this kind, or use a version that the cluster serves");
}

void SiteCompare::problem(uint32_t index, const char* code, std::string message, std::string hint) {
  step(index).action = Action::Unknown;
  step(index).problem = plan::Problem{code, std::move(message), std::move(hint)};
}

} // namespace chasi::engine
