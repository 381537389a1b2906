// `chasic import`: Kubernetes YAML as a module, which is compared with the YAML before anybody gets it.
#include "compiler/driver/import_documents.h"
#include "compiler/driver/import_trial.h"
#include "compiler/driver/report.h"
#include "compiler/driver/run.h"
#include "compiler/import/chasi_text.h"
#include "runtime/plan/kube_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace chasi::driver {

namespace {

using nlohmann::ordered_json;

/// Why the API of the newest Kubernetes refuses the object, by the first error of a module that holds nothing else.
std::string refusal(const ordered_json& object) {
  const Trial trial("cluster main {}\nobjects it {\n  on = main\n  all = [\n    " + import::literal(object, 2) + "\n  ]\n}\n");
  for (const source::Diagnostic& d : trial.diagnostics.all())
    if (d.severity == source::Severity::Error) return d.help.empty() ? d.message : d.message + "; " + d.help;
  return {};
}

/// Compares what the compiled module makes with what was read. False, and said why, when that is not the same.
bool proven(const import::ObjectsModule& module, Trial& trial, const Terminal& terminal) {
  if (!trial.right()) {
    trial.diagnostics.sort();
    printDiagnostics(trial.diagnostics, trial.sources, terminal, false);
    return false;
  }
  const std::map<std::string, nlohmann::json> want = byIdentity(module.objects), have = byIdentity(madeBy(trial));
  if (want == have) return true;
  std::string first;
  for (const auto& [id, object] : want)
    if (const auto at = have.find(id); first.empty() && (at == have.end() || at->second != object)) first = id;
  for (const auto& [id, object] : have)
    if (first.empty() && !want.contains(id)) first = id;
  llvm::errs() << "chasic: the module does not make " << first << " as the file has it, so nothing was written\n  this is a mistake in chasic, not in the file; `yamlStream` takes the file as it is\n";
  return false;
}

void report(const import::ObjectsModule& module, const Terminal& terminal) {
  if (terminal.quiet) return;
  llvm::raw_ostream& out = llvm::errs();
  out << fmt::format("{} object{} in {} declaration{}, compared: the module makes the same\n", module.objects.size(), module.objects.size() == 1 ? "" : "s", module.groups.size(), module.groups.size() == 1 ? "" : "s");
  for (const import::ImportedGroup& group : module.groups) {
    std::string kinds;
    for (const auto& [kind, count] : group.kinds) kinds += fmt::format("{}{}{}", kinds.empty() ? "" : ", ", count == 1 ? "" : std::to_string(count) + " ", kind);
    if (!group.components.empty()) out << fmt::format("  system {}: {} as {} {}{}\n", group.name, kinds, group.components.size() == 1 ? "component" : "components", fmt::join(group.components, ", "), group.patched ? fmt::format("; {} of {} values as `patches`", group.patched, group.of) : "");
    else out << fmt::format("  objects {}: {}{}\n", group.name, kinds, group.unchecked ? " (not checked: Kubernetes would refuse them, the module says why)" : "");
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
  import::ObjectsInput input{cluster, ns, isNamespaced, nullptr, schemaInLibrary, {}};
  std::vector<ordered_json> all;
  for (const std::string& path : invocation.words) {
    int exit = kDone;
    const std::vector<ordered_json> found = documents(path, terminal, exit);
    if (exit != kDone) return exit;
    if (const std::string wrong = import::notObjects(found, input); !wrong.empty()) {
      printFault("CH7041", fmt::format("{}: {}", path, wrong), "give files with Kubernetes objects, as `kubectl get … -o yaml` and `helm template` print them", {}, {}, terminal, llvm::errs());
      return kWrong;
    }
    all.insert(all.end(), found.begin(), found.end());
  }
  import::ObjectsModule module = import::objectsModule(all, input);
  if (!invocation.has("--objects")) {
    input.components = fittingComponents(module.objects, input);
    if (!input.components.empty()) module = import::objectsModule(all, input);
  }
  auto trial = std::make_unique<Trial>(module.text);
  if (!trial->right()) {
    input.refusal = refusal;
    module = import::objectsModule(all, input);
    trial = std::make_unique<Trial>(module.text);
  }
  if (!trial->right()) { // what the schemas cannot say, and Kubernetes takes all the same
    input.schema = nullptr;
    module = import::objectsModule(all, input);
    module.notes.emplace_back("the objects are maps: the schemas of std.k8s do not have all that is in them");
    trial = std::make_unique<Trial>(module.text);
  }
  if (!proven(module, *trial, terminal)) return kWrong;
  if (const int exit = writeModule(invocation, module.text, terminal); exit != kDone) return exit;
  report(module, terminal);
  return kDone;
}

} // namespace chasi::driver
