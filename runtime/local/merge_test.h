// A small language for tests of merges: an object that several writers work on in turn.
#pragma once

#include "runtime/local/merge.h"

#include <gtest/gtest.h>

namespace chasi::local {

/// An object of the built-in schema (or of a kind nobody described) and what was answered last.
class Scene {
public:
  Scene(std::string apiVersion, std::string kind) : apiVersion_(std::move(apiVersion)), kind_(std::move(kind)), type_(k8s::Schema::builtin().type(apiVersion_, kind_)) {}

  Json live;
  Refusal refusal;
  std::string time = "2026-01-01T00:00:00Z";

  /// The body gets apiVersion, kind and a name.
  Json whole(const char* text) const {
    Json object = Json::parse(text);
    object["apiVersion"] = apiVersion_;
    object["kind"] = kind_;
    object["metadata"]["name"] = "x";
    return object;
  }
  bool apply(const char* manager, const char* text, bool force = false, const char* subresource = "") {
    auto result = applyPatch(type_, live, whole(text), {manager, apiVersion_, subresource, time}, force);
    if (auto* refused = std::get_if<Refusal>(&result)) {
      refusal = *refused;
      return false;
    }
    live = std::get<Json>(std::move(result));
    return true;
  }
  void update(const char* manager, const char* text, const char* subresource = "") {
    Json next = whole(text);
    if (live.is_object() && live["metadata"].contains("uid")) next["metadata"]["uid"] = live["metadata"]["uid"];
    live = trackUpdate(type_, live, std::move(next), {manager, apiVersion_, subresource, time});
  }
  void patch(const char* manager, const char* text, const char* subresource = "") {
    live = trackUpdate(type_, live, mergePatch(live, Json::parse(text)), {manager, apiVersion_, subresource, time});
  }

  /// The object without what each has: apiVersion, kind, metadata.name, managedFields.
  Json body() const {
    Json out = live;
    out.erase("apiVersion");
    out.erase("kind");
    out["metadata"].erase("name");
    out["metadata"].erase("managedFields");
    if (out["metadata"].empty()) out.erase("metadata");
    return out;
  }
  /// What one writer owns: "Apply" or "Update", of the object or a subresource. Null when it has no entry.
  Json owned(const std::string& manager, const std::string& operation = "Apply", const std::string& subresource = "") const {
    Json entry = this->entry(manager, operation, subresource);
    return entry.is_null() ? entry : entry["fieldsV1"];
  }
  Json entry(const std::string& manager, const std::string& operation = "Apply", const std::string& subresource = "") const {
    if (!live.is_object() || !live["metadata"].contains("managedFields")) return nullptr;
    for (const Json& e : live["metadata"]["managedFields"])
      if (e["manager"] == manager && e["operation"] == operation && e.value("subresource", "") == subresource) return e;
    return nullptr;
  }

private:
  std::string apiVersion_, kind_;
  const k8s::Type* type_;
};

} // namespace chasi::local

#define EXPECT_JSON(value, text) EXPECT_EQ((value), nlohmann::json::parse(text))
