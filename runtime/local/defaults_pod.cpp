// Pods and what they hold.
#include "runtime/local/defaults.h"

#include <llvm/ADT/StringMap.h>

namespace chasi::local {

namespace {

/// Whether an image without a tag, or with the tag "latest", is meant: those are pulled each time.
bool isLatest(std::string_view image) {
  if (image.find('@') != image.npos) return false;
  std::string_view name = image.substr(image.rfind('/') == image.npos ? 0 : image.rfind('/') + 1);
  size_t colon = name.find(':');
  return colon == name.npos || name.substr(colon + 1) == "latest";
}

void container(Json& c) {
  fill(c, "imagePullPolicy", isLatest(textOf(c, "image")) ? "Always" : "IfNotPresent");
  fill(c, "terminationMessagePath", "/dev/termination-log");
  fill(c, "terminationMessagePolicy", "File");
  fill(c, "resources", Json::object());
}

void probe(Json& p) {
  auto positive = [&](const char* key, int value) {
    if (lacks(p, key) || p[key] == 0) p[key] = value;
  };
  positive("timeoutSeconds", 1);
  positive("periodSeconds", 10);
  positive("successThreshold", 1);
  positive("failureThreshold", 3);
  if (p.contains("grpc") && p["grpc"].is_object() && !p["grpc"].contains("service")) p["grpc"]["service"] = "";
}

void httpGet(Json& action) {
  fill(action, "path", "/");
  fill(action, "scheme", "HTTP");
}

void podSpec(Json& spec) {
  fill(spec, "dnsPolicy", "ClusterFirst");
  fill(spec, "restartPolicy", "Always");
  fill(spec, "securityContext", Json::object());
  fill(spec, "terminationGracePeriodSeconds", 30);
  fill(spec, "schedulerName", "default-scheduler");
  // The old name of the field is still served beside the new one, which wins.
  if (!lacks(spec, "serviceAccountName")) spec["serviceAccount"] = spec["serviceAccountName"];
  else if (!lacks(spec, "serviceAccount")) spec["serviceAccountName"] = spec["serviceAccount"];
}

/// Of pods alone: templates are left as they are since 1.28.
void hostPorts(Json& spec) {
  if (!spec.contains("hostNetwork") || spec["hostNetwork"] != true) return;
  for (const char* list : {"containers", "initContainers"}) {
    if (!spec.contains(list) || !spec[list].is_array()) continue;
    for (Json& c : spec[list]) {
      if (!c.is_object() || !c.contains("ports") || !c["ports"].is_array()) continue;
      for (Json& port : c["ports"])
        if (port.is_object() && port.contains("containerPort") && (lacks(port, "hostPort") || port["hostPort"] == 0)) port["hostPort"] = port["containerPort"];
    }
  }
}

void pod(Json& p) {
  Json* spec = objectAt(p, "spec");
  if (!spec) return;
  fill(*spec, "enableServiceLinks", true);
  hostPorts(*spec);
  for (const char* list : {"containers", "initContainers"}) {
    if (!spec->contains(list) || !(*spec)[list].is_array()) continue;
    for (Json& c : (*spec)[list]) {
      if (!c.is_object() || !c.contains("resources") || !c["resources"].is_object()) continue;
      Json& resources = c["resources"];
      if (!resources.contains("limits") || !resources["limits"].is_object() || resources["limits"].empty()) continue;
      Json limits = resources["limits"];
      if (Json* requests = objectAt(resources, "requests"))
        for (auto& [name, limit] : limits.items())
          if (!requests->contains(name)) (*requests)[name] = limit;
    }
  }
}

void volume(Json& v) {
  for (auto& [key, source] : v.items())
    if (key != "name" && !source.is_null()) return;
  v["emptyDir"] = Json::object();
}

void mode(Json& source) { fill(source, "defaultMode", 420); }

void fieldRef(Json& ref) { fill(ref, "apiVersion", "v1"); }

void tokenProjection(Json& token) { fill(token, "expirationSeconds", 3600); }

void hostPath(Json& source) {
  if (!source.contains("type")) source["type"] = "";
}

void azureDisk(Json& source) {
  if (!source.contains("readOnly")) source["readOnly"] = false;
}

} // namespace

SetDefaults podDefaults(std::string_view typeName) {
  static const llvm::StringMap<SetDefaults> all = {
      {"core.v1.Container", container},
      {"core.v1.EphemeralContainer", container},
      {"core.v1.Probe", probe},
      {"core.v1.HTTPGetAction", httpGet},
      {"core.v1.PodSpec", podSpec},
      {"core.v1.Pod", pod},
      {"core.v1.Volume", volume},
      {"core.v1.ConfigMapVolumeSource", mode},
      {"core.v1.SecretVolumeSource", mode},
      {"core.v1.DownwardAPIVolumeSource", mode},
      {"core.v1.ProjectedVolumeSource", mode},
      {"core.v1.ObjectFieldSelector", fieldRef},
      {"core.v1.ServiceAccountTokenProjection", tokenProjection},
      {"core.v1.HostPathVolumeSource", hostPath},
      {"core.v1.AzureDiskVolumeSource", azureDisk},
  };
  auto at = all.find(llvm::StringRef(typeName.data(), typeName.size()));
  return at == all.end() ? nullptr : at->second;
}

} // namespace chasi::local
