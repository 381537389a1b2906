// A cluster in memory for tests: enough of the API server to find out what the engine does when things go wrong. Lists are atomic, there is no
// schema, and nothing runs. What a real server does is tested against the embedded cluster.
#pragma once

#include "runtime/engine/engine.h"
#include "runtime/kube/memory_transport.h"
#include "runtime/plan/digest.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>

namespace chasi::engine::testing {

using nlohmann::json;
using kube::HttpRequest;
using kube::HttpResponse;

struct Kind {
  std::string apiVersion, kind, plural;
  bool namespaced = true;
};

class FakeCluster {
public:
  std::vector<Kind> kinds = {{"v1", "Namespace", "namespaces", false},        {"v1", "ConfigMap", "configmaps"},
                             {"v1", "Secret", "secrets"},                     {"v1", "PersistentVolumeClaim", "persistentvolumeclaims"},
                             {"v1", "Service", "services"},                   {"apps/v1", "Deployment", "deployments"},
                             {"coordination.k8s.io/v1", "Lease", "leases"},   {"batch/v1", "Job", "jobs"},
                             {"apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", false}};
  std::map<std::string, json> objects; ///< by path
  std::vector<std::string> log;        ///< "PATCH /api/v1/…", without dry runs and reads
  size_t requests = 0, creates = 0;
  bool workloadsReady = true;
  /// May answer instead of the cluster.
  std::function<std::optional<HttpResponse>(const HttpRequest&)> before;
  /// Sees, and may spoil, what the cluster answered.
  std::function<void(const HttpRequest&, HttpResponse&)> after;

  FakeCluster() {
    put("v1", "Namespace", "", "kube-system");
    put("v1", "Namespace", "", "default");
  }

  std::unique_ptr<kube::MemoryTransport> transport() {
    return std::make_unique<kube::MemoryTransport>([this](const HttpRequest& request) { return serve(request); });
  }

  static std::string base(const Kind& kind) { return (kind.apiVersion == "v1" ? "/api/" : "/apis/") + kind.apiVersion; }
  const Kind* find(const std::string& kind) const {
    for (const Kind& each : kinds)
      if (each.kind == kind) return &each;
    return nullptr;
  }
  std::string pathOf(const std::string& kind, const std::string& ns, const std::string& name) const {
    const Kind* found = find(kind);
    return base(*found) + (found->namespaced ? "/namespaces/" + ns : "") + "/" + found->plural + "/" + name;
  }
  json* get(const std::string& kind, const std::string& ns, const std::string& name) {
    auto at = objects.find(pathOf(kind, ns, name));
    return at == objects.end() ? nullptr : &at->second;
  }
  /// As if somebody else had made it.
  json& put(const std::string& apiVersion, const std::string& kind, const std::string& ns, const std::string& name, json rest = json::object()) {
    json object = {{"apiVersion", apiVersion}, {"kind", kind}, {"metadata", {{"name", name}}}};
    if (!ns.empty()) object["metadata"]["namespace"] = ns;
    object.merge_patch(rest);
    return store(pathOf(kind, ns, name), object);
  }
  void touch(json& object) { object["metadata"]["resourceVersion"] = std::to_string(++version_); }
  /// Names of the objects of a kind, with our label.
  size_t members(const std::string& kind) const {
    size_t count = 0;
    for (const auto& [path, object] : objects)
      if (object["kind"] == kind && object["metadata"].contains("labels") && object["metadata"]["labels"].contains(kMemberLabel)) ++count;
    return count;
  }

  static HttpResponse answer(int status, const json& body) {
    HttpResponse response;
    response.status = status;
    response.body = body.dump();
    return response;
  }
  static HttpResponse status(int code, const std::string& reason, const std::string& message, json details = json::object()) {
    return answer(code, {{"kind", "Status"}, {"apiVersion", "v1"}, {"status", code < 300 ? "Success" : "Failure"}, {"code", code}, {"reason", reason},
                         {"message", message}, {"details", std::move(details)}});
  }
  static HttpResponse broken() {
    HttpResponse response;
    response.failure = kube::Failure::Broken;
    response.failureText = "connection reset";
    return response;
  }
  static bool isDryRun(const HttpRequest& request) { return request.path.find("dryRun=All") != std::string::npos; }
  static std::string plain(const std::string& path) { return path.substr(0, path.find('?')); }

  HttpResponse serve(const HttpRequest& request) {
    ++requests;
    if (before)
      if (auto instead = before(request)) return *instead;
    HttpResponse response = handle(request);
    if (after) after(request, response);
    return response;
  }

  HttpResponse handle(const HttpRequest& request) {
    std::string path = plain(request.path);
    if (request.method != kube::Method::Get && !isDryRun(request)) log.push_back(std::string(kube::name(request.method)) + " " + path);
    if (path == "/version") return answer(200, {{"gitVersion", gitVersion}});
    if (path == "/api" || path == "/apis") return discovery(path == "/api");
    for (const Kind& kind : kinds) {
      std::string prefix = base(kind) + "/", rest = path.rfind(prefix, 0) == 0 ? path.substr(prefix.size()) : "";
      if (rest.empty()) continue;
      std::string ns;
      if (kind.namespaced && rest.rfind("namespaces/", 0) == 0) {
        size_t end = rest.find('/', 11);
        if (end == rest.npos) continue;
        ns = rest.substr(11, end - 11);
        rest = rest.substr(end + 1);
      }
      if (rest == kind.plural) return request.method == kube::Method::Post ? create(kind, ns, path, request) : list(kind, ns, request);
      bool isOne = rest.rfind(kind.plural + "/", 0) == 0 && rest.find('/', kind.plural.size() + 1) == rest.npos;
      if (isOne) return one(kind, ns, path, request);
    }
    HttpResponse nothing;
    nothing.status = 404;
    nothing.body = "404 page not found\n";
    return nothing;
  }

  std::string gitVersion = "v1.36.2";

private:
  uint64_t version_ = 100, uids_ = 0;

  json& store(const std::string& path, json object) {
    json& metadata = object["metadata"];
    if (!metadata.contains("uid")) metadata["uid"] = fmt::format("uid-{}", ++uids_);
    touch(object);
    return objects[path] = std::move(object);
  }

  HttpResponse discovery(bool core) {
    json groups = json::object();
    for (const Kind& kind : kinds) {
      size_t slash = kind.apiVersion.find('/');
      if ((slash == kind.apiVersion.npos) != core) continue;
      std::string group = core ? "" : kind.apiVersion.substr(0, slash), version = core ? kind.apiVersion : kind.apiVersion.substr(slash + 1);
      groups[group][version].push_back({{"resource", kind.plural}, {"responseKind", {{"kind", kind.kind}}}, {"scope", kind.namespaced ? "Namespaced" : "Cluster"}});
    }
    json items = json::array();
    for (auto& [group, versions] : groups.items()) {
      json list = json::array();
      for (auto& [version, resources] : versions.items()) list.push_back({{"version", version}, {"resources", resources}});
      items.push_back({{"metadata", {{"name", group}}}, {"versions", list}});
    }
    return answer(200, {{"kind", "APIGroupDiscoveryList"}, {"items", items}});
  }

  HttpResponse list(const Kind& kind, const std::string& ns, const HttpRequest& request) {
    if (request.path.find("watch=1") != std::string::npos) return answer(200, json::object()); // ends at once: the client lists again
    json items = json::array();
    bool members = request.path.find("labelSelector=") != std::string::npos;
    for (auto& [path, object] : objects) {
      if (object["kind"] != kind.kind) continue;
      if (!ns.empty() && object["metadata"].value("namespace", "") != ns) continue;
      const json labels = object["metadata"].value("labels", json::object());
      const bool fits = std::any_of(labels.items().begin(), labels.items().end(), [&](const auto& label) {
        return request.path.find("labelSelector=" + plan::percentEncoded(label.key() + "=" + label.value().template get<std::string>())) != std::string::npos;
      });
      if (members && !fits) continue;
      json item = object;
      item.erase("kind");
      item.erase("apiVersion");
      items.push_back(std::move(item));
    }
    return answer(200, {{"kind", kind.kind + "List"}, {"metadata", {{"resourceVersion", std::to_string(version_)}}}, {"items", items}});
  }

  HttpResponse noNamespace(const std::string& ns) { return status(404, "NotFound", fmt::format("namespaces \"{}\" not found", ns), {{"kind", "namespaces"}, {"name", ns}}); }

  HttpResponse create(const Kind& kind, const std::string& ns, const std::string& path, const HttpRequest& request) {
    json object = json::parse(request.body);
    if (kind.namespaced && !get("Namespace", "", ns)) return noNamespace(ns);
    std::string own = path + "/" + object["metadata"]["name"].get<std::string>();
    if (objects.count(own)) return status(409, "AlreadyExists", "already exists");
    ++creates;
    return answer(201, store(own, object));
  }

  HttpResponse one(const Kind& kind, const std::string& ns, const std::string& path, const HttpRequest& request) {
    auto at = objects.find(path);
    json body = request.body.empty() ? json::object() : json::parse(request.body);
    if (request.method == kube::Method::Patch) {
      if (kind.namespaced && !get("Namespace", "", ns)) return noNamespace(ns);
      return apply(path, std::move(body), request);
    }
    if (at == objects.end()) return status(404, "NotFound", "not found", {{"kind", kind.plural}});
    json& live = at->second;
    if (request.method == kube::Method::Get) return answer(200, live);
    if (request.method == kube::Method::Put) {
      if (body["metadata"].value("resourceVersion", "") != live["metadata"]["resourceVersion"]) return status(409, "Conflict", "the object has been modified");
      body["metadata"]["uid"] = live["metadata"]["uid"];
      return answer(200, store(path, body));
    }
    json wanted = body.value("preconditions", json::object());
    for (const char* field : {"uid", "resourceVersion"})
      if (wanted.contains(field) && wanted[field] != live["metadata"][field]) return status(409, "Conflict", fmt::format("the {} in the precondition does not match", field));
    if (live["metadata"].contains("finalizers") && !live["metadata"]["finalizers"].empty()) {
      live["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
      touch(live);
      return answer(200, live);
    }
    objects.erase(at);
    return status(200, "", "");
  }

  static void leaves(const json& value, const json::json_pointer& at, std::map<std::string, json>& out) {
    if (value.is_object() && !value.empty()) {
      for (auto& [key, member] : value.items()) leaves(member, at / key, out);
      return;
    }
    out[at.to_string()] = value;
  }

  static std::map<std::string, json> ownedBy(json config) {
    for (const char* field : {"name", "namespace", "uid", "resourceVersion", "managedFields"}) config["metadata"].erase(field);
    if (config["metadata"].empty()) config.erase("metadata");
    config.erase("apiVersion");
    config.erase("kind");
    std::map<std::string, json> out;
    leaves(config, json::json_pointer(), out);
    return out;
  }

  static json fieldsOf(const std::map<std::string, json>& owned) {
    json fields = json::object();
    for (const auto& [pointer, value] : owned) {
      json* at = &fields;
      json::json_pointer rest(pointer);
      std::vector<std::string> names;
      for (; !rest.empty(); rest.pop_back()) names.push_back(rest.back());
      for (auto each = names.rbegin(); each != names.rend(); ++each) at = &(*at)["f:" + *each];
      if (at->is_null()) *at = json::object();
    }
    return fields;
  }

  static void pointersOf(const json& fields, const json::json_pointer& at, std::set<std::string>& out) {
    if (fields.empty()) out.insert(at.to_string());
    for (auto& [key, rest] : fields.items()) pointersOf(rest, at / key.substr(2), out);
  }

  HttpResponse apply(const std::string& path, json config, const HttpRequest& request) {
    size_t begin = request.path.find("fieldManager=") + 13;
    std::string manager = request.path.substr(begin, request.path.find('&', begin) - begin);
    bool force = request.path.find("force=true") != std::string::npos;
    auto at = objects.find(path);
    json guard = config["metadata"];
    if (at != objects.end()) {
      const json& metadata = at->second["metadata"];
      if (guard.contains("uid") && guard["uid"] != metadata["uid"])
        return status(422, "Invalid", "metadata.uid: field is immutable", {{"causes", {{{"reason", "FieldValueInvalid"}, {"field", "metadata.uid"}, {"message", "field is immutable"}}}}});
      if (guard.contains("resourceVersion") && guard["resourceVersion"] != metadata["resourceVersion"]) return status(409, "Conflict", "the object has been modified");
    } else if (guard.contains("uid")) {
      return status(409, "Conflict", "uid mismatch: the object does not exist");
    }
    json live = at != objects.end() ? at->second : json{{"apiVersion", config["apiVersion"]}, {"kind", config["kind"]}, {"metadata", {{"name", guard["name"]}}}};
    json old = live;
    if (guard.contains("namespace")) live["metadata"]["namespace"] = guard["namespace"];
    std::map<std::string, json> owned = ownedBy(config);
    json entries = live["metadata"].value("managedFields", json::array()), kept = json::array();
    std::set<std::string> others, before_;
    for (json& entry : entries) {
      std::set<std::string> pointers;
      pointersOf(entry["fieldsV1"], json::json_pointer(), pointers);
      if (entry["manager"] == manager && entry["operation"] == "Apply") { before_ = pointers; continue; }
      json causes = json::array();
      for (const std::string& pointer : pointers)
        if (auto mine = owned.find(pointer); mine != owned.end() && live.value(json::json_pointer(pointer), json()) != mine->second)
          causes.push_back({{"reason", "FieldManagerConflict"}, {"field", dotted(pointer)}, {"message", fmt::format("conflict with \"{}\" using v1", entry["manager"].get<std::string>())}});
      if (!causes.empty() && !force) return status(409, "Conflict", "Apply failed with conflicts", {{"causes", causes}});
      others.insert(pointers.begin(), pointers.end());
      kept.push_back(entry);
    }
    for (const std::string& pointer : before_)
      if (!owned.count(pointer) && !others.count(pointer)) erase(live, json::json_pointer(pointer));
    for (const auto& [pointer, value] : owned) live[json::json_pointer(pointer)] = value;
    kept.push_back({{"manager", manager}, {"operation", "Apply"}, {"fieldsV1", fieldsOf(owned)}});
    live["metadata"]["managedFields"] = kept;
    if (live["kind"] == "Deployment" && workloadsReady) {
      int replicas = live["spec"].value("replicas", 1);
      live["status"] = {{"replicas", replicas}, {"updatedReplicas", replicas}, {"availableReplicas", replicas}, {"readyReplicas", replicas}};
    }
    if (isDryRun(request)) return answer(at != objects.end() ? 200 : 201, live);
    if (live == old) return answer(200, live);
    if (at == objects.end()) ++creates;
    return answer(at != objects.end() ? 200 : 201, store(path, std::move(live)));
  }

  static std::string dotted(std::string pointer) {
    std::replace(pointer.begin(), pointer.end(), '/', '.');
    return pointer;
  }
  static void erase(json& object, json::json_pointer pointer) {
    if (!object.contains(pointer)) return;
    std::string last = pointer.back();
    object[pointer.parent_pointer()].erase(last);
  }
};

/// A desired state in few words.
struct Spec {
  plan::Desired desired;
  Spec() {
    desired.workspace = "shop";
    desired.targets.push_back({"main", "ctx", {}});
  }
  uint32_t add(const std::string& apiVersion, const std::string& kind, const std::string& ns, const std::string& name, json rest = json::object(),
               std::vector<uint32_t> needs = {}) {
    json object = {{"apiVersion", apiVersion}, {"kind", kind}, {"metadata", {{"name", name}}}};
    if (!ns.empty()) object["metadata"]["namespace"] = ns;
    object.merge_patch(rest);
    plan::Operation op;
    op.id = "unit/" + kind + "/" + name;
    op.owner = "unit." + (ns.empty() ? name : ns);
    op.target = "main";
    op.object = {apiVersion, kind, ns, name};
    op.payload = object.dump();
    op.needs = std::move(needs);
    op.source = {"shop.chasi", static_cast<uint32_t>(desired.operations.size() + 1), 1};
    desired.operations.push_back(std::move(op));
    return static_cast<uint32_t>(desired.operations.size() - 1);
  }
  uint32_t space(const std::string& name) { return add("v1", "Namespace", "", name); }
  uint32_t config(const std::string& ns, const std::string& name, const std::string& value, std::vector<uint32_t> needs = {}) {
    return add("v1", "ConfigMap", ns, name, {{"data", {{"key", value}}}}, std::move(needs));
  }
};

/// Connections to a fake cluster, and the two calls that tests make.
struct Bench {
  FakeCluster& cluster;
  kube::MemoryTransport* memory = nullptr;
  std::unique_ptr<Connections> connections;
  std::vector<Event> events;
  ApplyOptions options;

  explicit Bench(FakeCluster& aCluster) : cluster(aCluster) {
    auto transport = cluster.transport();
    memory = transport.get();
    connections = std::make_unique<Connections>(std::move(transport));
    kube::Endpoint endpoint;
    endpoint.server = "https://fake";
    connections->add("main", endpoint);
    options.events = [this](const Event& event) { events.push_back(event); };
  }
  llvm::Expected<plan::Plan> compare(const Spec& spec, CompareOptions with = {}) { return engine::compare(spec.desired, *connections, with); }
  llvm::Expected<Summary> apply(const plan::Plan& plan) { return engine::apply(plan, *connections, options); }
  llvm::Expected<Summary> run(const Spec& spec) {
    llvm::Expected<plan::Plan> plan = compare(spec);
    if (!plan) return plan.takeError();
    return apply(*plan);
  }
  std::chrono::milliseconds elapsed() const { return std::chrono::ceil<std::chrono::milliseconds>(memory->now() - kube::Transport::Time{}); }
};

inline Summary must(llvm::Expected<Summary> summary) {
  if (summary) return *summary;
  ADD_FAILURE() << plan::takeText(summary.takeError()).message;
  Summary none;
  none.interrupted = true; // nothing that is ok
  return none;
}

inline std::string codeOf(llvm::Error error) { return plan::takeText(std::move(error)).code; }
inline std::string codeOf(const Summary& summary) { return summary.failures.empty() ? std::string() : summary.failures.front().fault.code; }
inline std::string messageOf(const Summary& summary) { return summary.failures.empty() ? std::string() : summary.failures.front().fault.message; }

} // namespace chasi::engine::testing
