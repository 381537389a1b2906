// A host in memory for tests: objects by path, and what controllers do to them. Every request may be its last.
#pragma once

#include "runtime/kube/client.h"
#include "runtime/kube/memory_transport.h"
#include "runtime/plan/fault.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>

namespace chasi::vcluster::testing {

using nlohmann::json;
using kube::HttpRequest;
using kube::HttpResponse;
using kube::Method;

class Host {
public:
  std::map<std::string, json> objects; ///< by path
  std::vector<std::string> log;        ///< "PATCH /api/v1/…", without reads
  size_t requests = 0;
  size_t last = SIZE_MAX;  ///< the request after which nothing answers any more
  bool lost = false;       ///< that one is carried out, and its answer is lost
  std::function<void()> controllers; ///< after each request

  std::unique_ptr<kube::MemoryTransport> transport() {
    return std::make_unique<kube::MemoryTransport>([this](const HttpRequest& request) { return serve(request); });
  }

  json* get(const std::string& path) {
    const auto at = objects.find(path);
    return at == objects.end() ? nullptr : &at->second;
  }
  void put(const std::string& path, json object) {
    object["metadata"]["name"] = path.substr(path.rfind('/') + 1);
    objects[path] = std::move(object);
  }

private:
  static HttpResponse answer(int status, const json& body) {
    HttpResponse response;
    response.status = status;
    response.body = body.dump();
    return response;
  }

  HttpResponse serve(const HttpRequest& request) {
    HttpResponse nothing;
    nothing.failure = kube::Failure::Unreachable;
    nothing.failureText = "no connection";
    if (++requests > last) return nothing;
    HttpResponse response = handle(request);
    if (controllers) controllers();
    if (requests == last && lost) {
      nothing.failure = kube::Failure::Broken;
      return nothing;
    }
    return response;
  }

  HttpResponse handle(const HttpRequest& request) {
    const std::string path = request.path.substr(0, request.path.find('?'));
    if (request.method != Method::Get && request.path.find("dryRun") == std::string::npos) log.push_back(std::string(kube::name(request.method)) + " " + path);
    if (path == "/api" || path == "/apis") return answer(200, {{"kind", "APIGroupDiscoveryList"}, {"items", path == "/api" ? json::array({group("", "v1", {{"ServiceAccount", "serviceaccounts"}, {"Service", "services"}})})
                                                                                                                            : json::array({group("apps", "v1", {{"StatefulSet", "statefulsets"}}), group("rbac.authorization.k8s.io", "v1", {{"ClusterRole", "clusterroles"}})})}});
    const bool dry = request.path.find("dryRun=All") != std::string::npos;
    const json none = {{"kind", "Status"}, {"status", "Failure"}, {"code", 404}, {"reason", "NotFound"}, {"message", "not found"}};
    if (request.method == Method::Post) {
      json object = json::parse(request.body);
      if (object["metadata"].contains("generateName")) object["metadata"]["name"] = object["metadata"]["generateName"].get<std::string>() + "abcde";
      const std::string own = path + "/" + object["metadata"]["name"].get<std::string>();
      if (objects.contains(own)) return answer(409, {{"kind", "Status"}, {"status", "Failure"}, {"code", 409}, {"reason", "AlreadyExists"}, {"message", "already exists"}});
      if (!dry) put(own, object);
      return answer(201, object);
    }
    json* object = get(path);
    if (request.method == Method::Get && !object && isList(path)) return answer(200, {{"items", list(path, request.path)}});
    if (!object) return answer(404, none);
    if (request.method == Method::Patch) {
      json patched = *object;
      patched.merge_patch(json::parse(request.body));
      if (!dry) *object = patched;
      return answer(200, patched);
    }
    if (request.method == Method::Delete) {
      objects.erase(path);
      return answer(200, {{"kind", "Status"}, {"status", "Success"}});
    }
    return answer(200, *object);
  }

  static json group(const std::string& name, const std::string& version, const std::map<std::string, std::string>& kinds) {
    json resources = json::array();
    for (const auto& [kind, plural] : kinds) resources.push_back({{"resource", plural}, {"responseKind", {{"kind", kind}}}, {"scope", kind.starts_with("Cluster") ? "Cluster" : "Namespaced"}});
    return {{"metadata", {{"name", name}}}, {"versions", json::array({{{"version", version}, {"resources", resources}}})}};
  }

  static bool isList(const std::string& path) {
    const std::string end = path.substr(path.rfind('/') + 1);
    for (const char* each : {"pods", "secrets", "configmaps", "statefulsets", "deployments", "persistentvolumeclaims"})
      if (end == each) return true;
    return false;
  }

  json list(const std::string& path, const std::string& asked) {
    json items = json::array();
    const size_t at = asked.find("labelSelector=");
    const std::string selector = at == asked.npos ? "" : asked.substr(at + 14);
    const size_t plural = path.rfind('/');
    for (const auto& [own, object] : objects) {
      const bool everywhere = path.find("/namespaces/") == path.npos && own.rfind(path.substr(0, plural) + "/namespaces/", 0) == 0 && own.find(path.substr(plural) + "/") != own.npos;
      if (!everywhere && own.rfind(path + "/", 0) != 0) continue;
      bool fits = true;
      for (size_t begin = 0; begin < selector.size();) {
        const size_t end = std::min(selector.find("%2C", begin), selector.size());
        const std::string term = selector.substr(begin, end - begin);
        begin = end + 3;
        bool found = false;
        const json labels = object["metadata"].value("labels", json::object());
        for (const auto& [key, value] : labels.items())
          found = found || term == encoded(key) || term == encoded(key) + "%3D" + encoded(value.template get<std::string>());
        fits = fits && found;
      }
      if (!fits) continue;
      items.push_back(object);
      items.back().erase("kind"); // as in lists of a server
      items.back().erase("apiVersion");
    }
    return items;
  }

  static std::string encoded(const std::string& text) {
    std::string out;
    for (const char c : text) out += c == '/' ? std::string("%2F") : std::string(1, c);
    return out;
  }
};

inline std::string told(llvm::Error error) {
  if (!error) return {};
  const plan::FaultText text = plan::takeText(std::move(error));
  return text.code + ": " + text.message;
}

} // namespace chasi::vcluster::testing
