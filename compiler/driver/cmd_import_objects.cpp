// `chasic import`: Kubernetes YAML as a module, which is compared with the YAML before anybody gets it.
#include "compiler/driver/import_documents.h"
#include "compiler/driver/report.h"
#include "compiler/driver/run.h"
#include "compiler/import/chasi_text.h"
#include "compiler/import/objects.h"
#include "compiler/lower/compile.h"
#include "compiler/lower/lower.h"
#include "runtime/plan/kube_check.h"
#include "runtime/plan/kube_retired.h"

#include <fmt/format.h>

namespace chasi::driver {

namespace {

using nlohmann::ordered_json;

constexpr llvm::StringLiteral kModuleName = "import.chasi";

std::string text(const ordered_json& object, const char* key) { return object[key].get<std::string>(); }

std::optional<bool> namespaced(const std::string& apiVersion, const std::string& kind) {
  const k8s::Resource* resource = k8s::Schema::builtin().resourceOf(apiVersion, kind);
  return resource ? std::optional(resource->namespaced) : std::nullopt;
}

std::string refusal(const ordered_json& object) {
  const std::string apiVersion = text(object, "apiVersion"), kind = text(object, "kind");
  const k8s::Schema& schema = k8s::Schema::builtin();
  const k8s::Resource* resource = schema.resourceOf(apiVersion, kind);
  if (!resource) {
    if (llvm::StringRef(apiVersion).contains('.') && !llvm::StringRef(apiVersion).contains(".k8s.io/")) return {}; // a custom object
    const k8s::Retired* gone = k8s::retired(apiVersion, kind);
    const std::string since = gone && !gone->removed.empty() ? fmt::format("; it was removed in {}", gone->removed) : std::string();
    const std::string instead = gone && !gone->replacement.empty() ? fmt::format(", write {}", gone->replacement) : std::string();
    return fmt::format("Kubernetes {} has no {} in {}{}{}", schema.release(), kind, apiVersion, since, instead);
  }
  if (!resource->namespaced && object["metadata"].contains("namespace")) return fmt::format("{} does not lie in a namespace, and it names one", kind);
  const std::vector<k8s::Problem> problems = k8s::check(nlohmann::json(object), *schema.typeNamed(resource->typeName));
  return problems.empty() ? std::string() : fmt::format("{} {}", lower::readable(problems[0].pointer), problems[0].message);
}

std::map<std::string, nlohmann::json> byIdentity(const std::vector<ordered_json>& objects) {
  std::map<std::string, nlohmann::json> out;
  for (const ordered_json& o : objects) out[fmt::format("{} {} {}/{}", text(o, "apiVersion"), text(o, "kind"), o["metadata"].value("namespace", ""), text(o["metadata"], "name"))] = nlohmann::json(o);
  return out;
}

/// Compiles the module and compares what it makes with what was read. False, and said why, when that is not the same.
bool proven(const import::ObjectsModule& module, const Terminal& terminal) {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  lower::CompileInput input;
  input.load.files = {kModuleName.str()};
  input.load.overlay[kModuleName.str()] = module.text;
  lower::Compiled compiled = lower::compile(sources, diagnostics, input);
  std::vector<ordered_json> made;
  if (!diagnostics.hasErrors()) {
    const auto json = lower::evaluate(compiled, "[for o in all(objects) : o.all].flatten()");
    const ordered_json list = json ? ordered_json::parse(*json, nullptr, false) : ordered_json();
    if (list.is_array()) made.assign(list.begin(), list.end());
  }
  if (diagnostics.hasErrors()) {
    diagnostics.sort();
    printDiagnostics(diagnostics, sources, terminal, false);
    return false;
  }
  const std::map<std::string, nlohmann::json> want = byIdentity(module.objects), have = byIdentity(made);
  if (want == have) return true;
  for (const auto& [id, object] : want) {
    const auto at = have.find(id);
    if (at != have.end() && at->second == object) continue;
    llvm::errs() << "chasic: the module does not make " << id << " as the file has it, so nothing was written\n  this is a mistake in chasic, not in the file; `yamlStream` takes the file as it is\n";
    break;
  }
  return false;
}

void report(const import::ObjectsModule& module, const Terminal& terminal) {
  if (terminal.quiet) return;
  llvm::raw_ostream& out = llvm::errs();
  out << fmt::format("{} object{} in {} declaration{}, compared: the module makes the same\n", module.objects.size(), module.objects.size() == 1 ? "" : "s", module.groups.size(), module.groups.size() == 1 ? "" : "s");
  for (const import::ImportedGroup& group : module.groups) {
    std::string kinds;
    for (const auto& [kind, count] : group.kinds) kinds += fmt::format("{}{}{}", kinds.empty() ? "" : ", ", count == 1 ? "" : std::to_string(count) + " ", kind);
    out << fmt::format("  objects {}: {}{}\n", group.name, kinds, group.unchecked ? " (not checked: Kubernetes would refuse them, the module says why)" : "");
  }
  for (const std::string& note : module.notes) out << "  note: " << note << '\n';
  size_t secrets = 0;
  for (const import::ImportedGroup& group : module.groups)
    if (const auto at = group.kinds.find("Secret"); at != group.kinds.end()) secrets += at->second;
  if (secrets) out << fmt::format("  note: the values of {} Secret{} stand in the module as they stood in the file; `secret(\"…\")` takes them from a place of their own\n", secrets, secrets == 1 ? "" : "s");
}

} // namespace

int runImport(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const std::string cluster = invocation.get("--cluster", "main"), ns = invocation.get("--namespace", "default");
  if (const std::string name = llvm::StringRef(import::nameOf(cluster)).lower(); name != cluster) {
    llvm::errs() << "chasic: --cluster: `" << cluster << "` is no name of a declaration\n  try " << name << '\n';
    return kUsage;
  }
  if (!k8s::isDnsLabel(ns)) {
    llvm::errs() << "chasic: --namespace: `" << ns << "` is no name of a namespace\n  it has small letters, digits and dashes\n";
    return kUsage;
  }
  std::vector<ordered_json> all;
  for (const std::string& path : invocation.words) {
    int exit = kDone;
    const std::vector<ordered_json> found = documents(path, terminal, exit);
    if (exit != kDone) return exit;
    const import::ObjectsModule alone = import::objectsModule(found, {cluster, ns, namespaced, [](const ordered_json&) { return std::string(); }});
    if (!alone.wrong.empty()) {
      printFault("CH7041", fmt::format("{}: {}", path, alone.wrong), "give files with Kubernetes objects, as `kubectl get … -o yaml` and `helm template` print them", {}, {}, terminal, llvm::errs());
      return kWrong;
    }
    all.insert(all.end(), found.begin(), found.end());
  }
  const import::ObjectsModule module = import::objectsModule(all, {cluster, ns, namespaced, refusal});
  if (!proven(module, terminal)) return kWrong;
  if (const int exit = writeModule(invocation, module.text, terminal); exit != kDone) return exit;
  report(module, terminal);
  return kDone;
}

} // namespace chasi::driver
