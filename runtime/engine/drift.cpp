#include "runtime/engine/drift.h"

#include "runtime/engine/compare_facts.h"
#include "runtime/engine/image_facts.h"
#include "runtime/engine/compare_site.h"
#include "runtime/engine/field_answers.h"
#include "runtime/engine/history.h"
#include "runtime/engine/intent.h"
#include "runtime/plan/graph.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <set>

namespace chasi::engine {

using nlohmann::json;
using plan::FieldPath;
using plan::JsonValue;

namespace {

/// An entry of managedFields.
struct Entry {
  std::string manager, subresource, time;
  const json* fields = nullptr;
  bool ours = false;
};

std::vector<Entry> entriesOf(const json& live) {
  std::vector<Entry> entries;
  const json::json_pointer place("/metadata/managedFields");
  if (!live.contains(place)) return entries;
  for (const json& each : live.at(place)) {
    if (!each.contains("fieldsV1")) continue;
    Entry entry{each.value("manager", ""), each.value("subresource", ""), each.value("time", ""), &each["fieldsV1"]};
    entry.ours = entry.manager == kManager && each.value("operation", "") == "Apply" && entry.subresource.empty();
    entries.push_back(std::move(entry));
  }
  return entries;
}

/// Those that write to any object as part of a cluster's work: what they add tells nothing.
bool isPartOfTheCluster(const Entry& entry) {
  static const std::set<std::string> names = {"kube-controller-manager", "cloud-controller-manager", "kube-scheduler", "kubelet", "kube-apiserver"};
  return entry.subresource == "status" || (entry.subresource.empty() && names.count(entry.manager) != 0);
}

/// The fields of a set, as paths; an element of a set of values stands for its list.
void listFields(const json& fields, const FieldPath& path, std::vector<FieldPath>& out) {
  bool parts = false;
  for (auto& [key, rest] : fields.items()) {
    FieldPath next = path;
    if (key.rfind("f:", 0) == 0) {
      next.push_back({key.substr(2), {}, {}});
    } else if (key.rfind("k:", 0) == 0) {
      plan::PathStep step;
      const json keys = json::parse(key.substr(2), nullptr, false);
      for (auto& [name, value] : keys.items()) step.keys.emplace_back(name, plan::keyText(value));
      next.push_back(std::move(step));
    } else {
      continue;
    }
    parts = true;
    listFields(rest, next, out);
  }
  if (!parts && !path.empty()) out.push_back(path);
}

bool isLeftToOthers(const plan::Operation* op, const FieldPath& path) {
  if (!op) return false;
  return std::any_of(op->fields.begin(), op->fields.end(), [&](const plan::FieldAnswer& field) {
    const auto whole = field.answer == plan::Answer::Take ? std::nullopt : plan::readFieldPath(field.path);
    return whole && plan::isWithin(path, *whole);
  });
}

/// One cluster's part of the report.
class SiteDrift {
public:
  SiteDrift(Site& site, const plan::Desired& desired, Connections& connections, const plan::SecretReader& secrets, DriftReport& report)
      : site_(site), connections_(connections), reader_(site.secrets.reader(secrets)), report_(report) {
    for (const plan::Operation& op : desired.operations)
      if (op.kind == plan::OpKind::Object && connections.siteOf(op.target) == &site) wanted_[keyOf(op.object)] = &op;
  }

  llvm::Error run() {
    for (const std::string& groupKind : site_.inventory.groupKinds)
      if (const kube::Resource* resource = site_.discovery.findGroupKind(groupKind)) list(*resource);
    readSecrets();
    settle(connections_.loop(), pending_);
    if (error_) return std::move(error_);
    readRecord();
    for (const auto& [key, stamp] : site_.inventory.stamps) judge(key, stamp);
    settle(connections_.loop(), pending_);
    return std::move(error_);
  }

private:
  Site& site_;
  Connections& connections_;
  plan::SecretReader reader_;
  DriftReport& report_;
  std::map<std::string, const plan::Operation*> wanted_;
  std::map<std::string, std::string> members_; ///< objects as JSON, by keyOf
  std::optional<plan::Desired> record_; ///< of the last run, where the specification does not tell what that asked for
  std::map<std::string, const plan::Operation*> recorded_;
  size_t pending_ = 0;
  llvm::Error error_ = llvm::Error::success();

  void fail(llvm::Error error) {
    if (error_) llvm::consumeError(std::move(error));
    else error_ = std::move(error);
  }

  void list(const kube::Resource& resource) {
    kube::ListRequest request;
    request.path = pathOf(resource, "", "");
    request.labelSelector = fmt::format("{}={}", kMemberLabel, site_.applySet);
    request.what = fmt::format("listing {} of workspace '{}' at {}", resource.plural, site_.workspace, site_.server);
    ++pending_;
    kube::list(*site_.client, std::move(request), [this, &resource](llvm::Expected<kube::Listing> listing) {
      --pending_;
      if (!listing) return fail(listing.takeError());
      listing->each([&](JsonValue item) {
        members_[keyOf(resource.groupKind(), item["metadata"]["namespace"].string(), item["metadata"]["name"].string())] = std::string(item.raw());
      });
    });
  }

  // Those of the cluster of which values are made. One that is not there is a value that cannot be read.
  void readSecrets() {
    std::set<std::string> names;
    for (const auto& [key, op] : wanted_) names.merge(site_.secrets.missing(*op));
    for (const std::string& name : names) {
      ++pending_;
      site_.client->send(ClusterSecrets::request(name), [this, name](llvm::Expected<kube::Response> response) {
        --pending_;
        site_.secrets.take(name, site_.server, std::move(response));
      });
    }
  }

  const plan::Operation* wanted(const std::string& key) const {
    const auto found = wanted_.find(key);
    return found == wanted_.end() ? nullptr : found->second;
  }

  bool isLastAsked(const plan::Operation* op, const Stamp& stamp) const { return op && stamp.intent == intentDigest(*op, site_.applySet); }

  // Two requests, and only when something was written since of which the specification does not tell how it was. A record that cannot be read
  // leaves what managers and times tell.
  void readRecord() {
    const bool asks = std::any_of(site_.inventory.stamps.begin(), site_.inventory.stamps.end(), [&](const auto& entry) {
      const auto member = members_.find(entry.first);
      if (member == members_.end() || entry.second.intent.empty() || isLastAsked(wanted(entry.first), entry.second)) return false;
      llvm::Expected<plan::JsonView> view = plan::JsonView::parse(member->second);
      if (!view) return llvm::consumeError(view.takeError()), false;
      return view->root()["metadata"]["resourceVersion"].chars() != entry.second.resourceVersion;
    });
    if (!asks) return;
    llvm::Expected<std::optional<plan::Desired>> record = newestState(site_, site_.workspace);
    if (!record) return llvm::consumeError(record.takeError());
    record_ = std::move(*record);
    if (!record_) return;
    for (plan::Operation& op : record_->operations) {
      sealSecret(op);
      if (op.kind == plan::OpKind::Object) recorded_[keyOf(op.object)] = &op;
    }
  }

  /// What the last apply asked for, in the words of the specification or of the record; where neither does, what the specification says.
  const plan::Operation* asked(const std::string& key, const Stamp& stamp) const {
    const plan::Operation* op = wanted(key);
    const auto found = recorded_.find(key);
    return !isLastAsked(op, stamp) && found != recorded_.end() && isLastAsked(found->second, stamp) ? found->second : op;
  }

  DriftObject begin(const Stamp& stamp, DriftKind kind) const {
    DriftObject object;
    object.operation = stamp.id;
    object.owner = stamp.owner;
    object.target = site_.targets.front();
    object.object = stamp.object;
    object.kind = kind;
    return object;
  }

  void judge(const std::string& key, const Stamp& stamp) {
    if (stamp.intent.empty() || stamp.uid.empty()) return void(++report_.unknown);
    ++report_.compared;
    const auto member = members_.find(key);
    if (member == members_.end()) return absent(stamp);
    look(key, stamp, member->second, DriftKind::Changed);
  }

  // Gone, or without our label: only asking for it by name tells.
  void absent(const Stamp& stamp) {
    const kube::Resource* resource = site_.discovery.findGroupKind(groupKindOf(stamp.object));
    if (!resource) return report_.objects.push_back(begin(stamp, mayOutliveItsKind(site_.inventory, groupKindOf(stamp.object)) ? DriftKind::Unserved : DriftKind::Deleted));
    kube::Request request;
    request.path = pathOf(*resource, stamp.object.ns, stamp.object.name);
    request.what = "reading " + describe(stamp.object);
    ++pending_;
    site_.client->send(std::move(request), [this, &stamp](llvm::Expected<kube::Response> response) {
      --pending_;
      if (!response) return fail(response.takeError());
      if (response->http == 404) return report_.objects.push_back(begin(stamp, DriftKind::Deleted));
      if (!response->ok()) return fail(toFault(response->status, "reading " + describe(stamp.object)));
      look(keyOf(stamp.object), stamp, response->body, DriftKind::Unmarked);
    });
  }

  void look(const std::string& key, const Stamp& stamp, const std::string& text, DriftKind kind) {
    llvm::Expected<plan::JsonView> view = plan::JsonView::parse(text);
    if (!view) return fail(view.takeError());
    const JsonValue metadata = view->root()["metadata"];
    if (metadata["uid"].chars() != stamp.uid) return report_.objects.push_back(begin(stamp, DriftKind::Replaced));
    if (metadata["deletionTimestamp"]) return report_.objects.push_back(begin(stamp, DriftKind::Leaving));
    if (kind == DriftKind::Unmarked) return report_.objects.push_back(begin(stamp, kind));
    if (metadata["resourceVersion"].chars() == stamp.resourceVersion) return;
    const plan::Operation* op = asked(key, stamp);
    const bool asLeft = site_.inventory.epoch == site_.epoch() && !stamp.projection.empty() &&
                        stamp.projection == projection(view->root(), plan::isSecretObject(stamp.object)) && !plan::isSecretObject(stamp.object);
    if (!asLeft && isLastAsked(op, stamp)) return ask(*op, stamp, text);
    others(begin(stamp, DriftKind::Changed), op, stamp, text);
  }

  // It is known what the last apply asked for: the server says what another apply would change.
  void ask(const plan::Operation& op, const Stamp& stamp, const std::string& live) {
    llvm::Expected<std::string> payload = unsealed(op, reader_);
    if (!payload) { // a value that cannot be read here
      llvm::consumeError(payload.takeError());
      return others(begin(stamp, DriftKind::Changed), &op, stamp, live);
    }
    kube::Request request;
    request.method = kube::Method::Patch;
    request.path = applyPath(*site_.discovery.find(op.object.apiVersion, op.object.kind), op.object, true, true);
    request.contentType = kApplyPatch;
    request.body = applyBody(answeredPayload(op, *payload, live), site_.applySet, {});
    request.what = "comparing " + describe(op.object);
    ++pending_;
    site_.client->send(std::move(request), [this, &op, &stamp, live](llvm::Expected<kube::Response> response) {
      --pending_;
      if (!response) return fail(response.takeError());
      if (!response->ok()) return others(begin(stamp, DriftKind::Changed), &op, stamp, live);
      llvm::Expected<Answers> answers = compareAnswers(op, site_, live, response->body);
      if (!answers) return fail(answers.takeError());
      DriftObject object = begin(stamp, DriftKind::Changed);
      object.exact = true;
      const json there = json::parse(live, nullptr, false);
      const std::vector<Entry> entries = entriesOf(there);
      for (const plan::FieldChange& change : answers->changes) object.fields.push_back(fieldOf(change, entries));
      others(std::move(object), &op, stamp, live);
    });
  }

  static DriftField fieldOf(const plan::FieldChange& change, const std::vector<Entry>& entries) {
    DriftField field;
    field.path = change.path;
    field.applied = change.after;
    field.live = change.before;
    field.secret = change.secret;
    field.manager = change.manager;
    for (const Entry& entry : entries)
      if (!entry.ours && entry.manager == change.manager && entry.time >= field.time) {
        field.time = entry.time;
        field.subresource = entry.subresource;
      }
    return field;
  }

  // What other managers wrote since: all that is known of what was ours, and what they added.
  void others(DriftObject object, const plan::Operation* op, const Stamp& stamp, const std::string& text) {
    const json live = json::parse(text, nullptr, false);
    std::set<std::string> told;
    for (const DriftField& field : object.fields) told.insert(field.path);
    const std::vector<Entry> entries = entriesOf(live);
    std::string applied;
    for (const Entry& entry : entries)
      if (entry.ours) applied = entry.time;
    for (const Entry& entry : entries) {
      if (entry.ours || isPartOfTheCluster(entry) || entry.time < applied) continue;
      std::vector<FieldPath> paths;
      listFields(*entry.fields, {}, paths);
      for (const FieldPath& path : paths)
        if (!isLeftToOthers(op, path) && told.insert(plan::writeFieldPath(path)).second) object.fields.push_back(written(entry, path, live, stamp, object.exact));
    }
    if (object.fields.empty() && object.kind == DriftKind::Changed && (object.exact || isAsLeft(stamp, text))) return;
    report_.objects.push_back(std::move(object));
  }

  bool isAsLeft(const Stamp& stamp, const std::string& text) const {
    llvm::Expected<plan::JsonView> view = plan::JsonView::parse(text);
    if (!view) return llvm::consumeError(view.takeError()), false;
    return !stamp.projection.empty() && stamp.projection == projection(view->root(), plan::isSecretObject(stamp.object));
  }

  static DriftField written(const Entry& entry, const FieldPath& path, const json& live, const Stamp& stamp, bool added) {
    DriftField field;
    field.path = plan::writeFieldPath(path);
    field.manager = entry.manager;
    field.subresource = entry.subresource;
    field.time = entry.time;
    field.added = added;
    const bool data = plan::isSecretObject(stamp.object) && path.front().name == "data";
    field.secret = stamp.secrets || data || path.back().name == "kubectl.kubernetes.io/last-applied-configuration";
    if (const json* value = field.secret ? nullptr : plan::findField(live, path)) field.live = value->dump(-1, ' ', false, json::error_handler_t::replace);
    return field;
  }
};

} // namespace

const char* name(DriftKind kind) {
  switch (kind) {
  case DriftKind::Changed: return "changed";
  case DriftKind::Deleted: return "deleted";
  case DriftKind::Replaced: return "replaced";
  case DriftKind::Leaving: return "leaving";
  case DriftKind::Unmarked: return "unmarked";
  case DriftKind::Unserved: return "unserved";
  }
  return "";
}

llvm::Expected<DriftReport> drift(plan::Desired desired, Connections& connections, const CompareOptions& options) {
  if (llvm::Error error = plan::validate(desired)) return error;
  llvm::Expected<std::vector<Site*>> sites = sitesOf(desired, connections);
  if (!sites) return sites.takeError();
  if (llvm::Error error = loadSites(connections, *sites, desired.workspace)) return error;
  // Of a cluster that does not answer nobody can say that it is as it was.
  if (llvm::Error error = troublesOf(desired, connections, true)) return error;
  for (plan::Operation& op : desired.operations) sealSecret(op);
  if (llvm::Error error = readFacts(desired, connections, options.cancel)) return error;
  tellImages(desired, connections, options.images);
  const plan::SecretReader reader = connections.facts.reader(options.secrets);
  DriftReport report;
  for (Site* site : *sites)
    if (llvm::Error error = SiteDrift(*site, desired, connections, reader, report).run()) return error;
  std::stable_sort(report.objects.begin(), report.objects.end(), [](const DriftObject& a, const DriftObject& b) {
    return std::tie(a.owner, a.target, a.object) < std::tie(b.owner, b.target, b.object);
  });
  return report;
}

} // namespace chasi::engine
