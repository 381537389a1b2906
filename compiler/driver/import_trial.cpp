#include "compiler/driver/import_trial.h"

#include "runtime/plan/kube_check.h"

#include <fmt/format.h>

namespace chasi::driver {

using nlohmann::ordered_json;

static constexpr llvm::StringLiteral kTrialModule = "import.chasi";

static std::string text(const ordered_json& object, const char* key) { return object[key].get<std::string>(); }

std::optional<bool> isNamespaced(const std::string& apiVersion, const std::string& kind) {
  const k8s::Resource* resource = k8s::Schema::builtin().resourceOf(apiVersion, kind);
  return resource ? std::optional(resource->namespaced) : std::nullopt;
}

std::string schemaInLibrary(const std::string& apiVersion, const std::string& kind) {
  const k8s::Resource* resource = k8s::Schema::builtin().resourceOf(apiVersion, kind);
  return resource && resource->hasVerb("create") && resource->hasVerb("get") ? fmt::format("k8s.{}", resource->typeName) : std::string();
}

Trial::Trial(const std::string& module) {
  lower::CompileInput input;
  input.load.files = {kTrialModule.str()};
  input.load.overlay[kTrialModule.str()] = module;
  compiled = lower::compile(sources, diagnostics, input);
}

std::map<std::string, nlohmann::json> byIdentity(const std::vector<ordered_json>& objects) {
  std::map<std::string, nlohmann::json> out;
  for (const ordered_json& o : objects) out[fmt::format("{} {} {}/{}", text(o, "apiVersion"), text(o, "kind"), o["metadata"].value("namespace", ""), text(o["metadata"], "name"))] = nlohmann::json(o);
  return out;
}

std::vector<ordered_json> madeBy(const Trial& trial) {
  std::vector<ordered_json> made;
  for (const plan::Operation& operation : trial.compiled.desired.operations)
    if (operation.kind == plan::OpKind::Object) made.push_back(ordered_json::parse(operation.payload));
  return made;
}

/// The component alone, as it is now.
static Trial tried(const import::ImportedComponent& component, const std::vector<ordered_json>& objects, import::ObjectsInput input) {
  std::vector<ordered_json> own;
  import::ImportedComponent alone = component;
  const auto keep = [&](size_t i) { return own.push_back(objects[i]), own.size() - 1; };
  alone.workload = keep(component.workload);
  for (auto* part : {&alone.service, &alone.autoscaler, &alone.budget})
    if (*part) *part = keep(**part);
  input.components = {alone};
  return Trial(import::objectsModule(own, input).text);
}

std::vector<import::ImportedComponent> fittingComponents(const std::vector<ordered_json>& objects, const import::ObjectsInput& input) {
  std::vector<import::ImportedComponent> out;
  for (import::ImportedComponent component : import::components(objects)) {
    bool fits = true;
    for (bool changed = true; fits && changed;) {
      import::describe(component, objects);
      const Trial bare = tried(component, objects, input);
      fits = bare.right() && import::patch(component, objects, madeBy(bare), changed);
    }
    if (fits && (component.patches.is_null() || tried(component, objects, input).right())) out.push_back(component);
  }
  return out;
}

} // namespace chasi::driver
