#include "compiler/import/objects.h"

#include "compiler/import/chasi_text.h"
#include "compiler/import/json_at.h"
#include "compiler/import/repeated.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>

#include <fmt/format.h>

#include <set>

namespace chasi::import {

using nlohmann::ordered_json;

namespace {

void dropNulls(ordered_json& value) {
  if (value.is_object()) {
    for (auto it = value.begin(); it != value.end();) it = it->is_null() ? value.erase(it) : std::next(it);
  }
  if (value.is_structured())
    for (ordered_json& entry : value) dropNulls(entry);
}

/// The application that an object says it is part of; empty when it does not say so.
std::string application(const ordered_json& object) {
  for (const char* label : {"app.kubernetes.io/instance", "app.kubernetes.io/part-of", "app.kubernetes.io/name", "release", "app", "k8s-app"})
    if (std::string name = textAt(object, {"metadata", "labels", label}); !name.empty()) return name;
  return {};
}

/// The name of a declaration: a DNS label.
std::string labelOf(llvm::StringRef text) {
  std::string out;
  for (const char c : text.take_front(60)) out += llvm::isAlnum(c) ? llvm::toLower(c) : '-';
  const llvm::StringRef label = llvm::StringRef(out).trim('-');
  return label.empty() ? "objects" : label.str();
}

/// The name of a declaration that others refer to: small letters and digits.
std::string referable(llvm::StringRef text) { return llvm::StringRef(nameOf(text)).lower(); }

std::string shown(const ordered_json& object) {
  const std::string ns = textAt(object, {"metadata", "namespace"}), name = textAt(object, {"metadata", "name"});
  return fmt::format("{} {}", textAt(object, {"kind"}), ns.empty() ? name : ns + "/" + name);
}

class Importing {
public:
  explicit Importing(const ObjectsInput& input) : in_(input) {}

  void add(const ordered_json& document) {
    ++number_;
    if (textAt(document, "kind").empty() || textAt(document, {"apiVersion"}).empty() || textAt(document, {"metadata", "name"}).empty()) {
      const bool generated = !textAt(document, {"metadata", "generateName"}).empty();
      if (out_.wrong.empty()) out_.wrong = generated ? fmt::format("object {} has a name that the server makes up (generateName), and what is applied again and again needs one of its own", number_)
                                                     : fmt::format("object {} has no apiVersion, kind and metadata.name, so it is none of Kubernetes", number_);
      return;
    }
    ordered_json object = document;
    dropNulls(object);
    leaveToServer(object);
    place(object);
    const std::string id = textAt(object, {"apiVersion"}) + " " + shown(object);
    if (const auto known = numbers_.find(id); known != numbers_.end()) {
      out_.notes.push_back(fmt::format("{} is described twice; the later one counts", shown(object)));
      out_.objects[known->second] = std::move(object);
      return;
    }
    numbers_[id] = out_.objects.size();
    out_.objects.push_back(std::move(object));
  }

  std::string wrong() const { return out_.objects.empty() && out_.wrong.empty() ? "there is no object in it" : out_.wrong; }

  ObjectsModule finish() {
    out_.wrong = wrong();
    if (!out_.wrong.empty()) return std::move(out_);
    if (fromServer_) out_.notes.push_back(fmt::format("status, uid and the like of {} object{} were left out: the server writes them", fromServer_, fromServer_ == 1 ? "" : "s"));
    if (placed_) out_.notes.push_back(fmt::format("{} object{} in no namespace: they get `{}`, which is a parameter of the module", placed_, placed_ == 1 ? " names a kind that lies in one, and is" : "s name kinds that lie in one, and are", in_.ns));
    write();
    return std::move(out_);
  }

private:
  const ObjectsInput& in_;
  ObjectsModule out_;
  std::map<std::string, size_t> numbers_; ///< by identity
  size_t number_ = 0, fromServer_ = 0, placed_ = 0;
  std::set<std::string> placedIds_; ///< objects that were put into a namespace

  /// An object that was read from a server has what the server adds to it.
  void leaveToServer(ordered_json& object) {
    ordered_json& metadata = object["metadata"];
    if (!metadata.contains("uid") && !metadata.contains("resourceVersion") && !metadata.contains("managedFields")) return;
    ++fromServer_;
    for (const char* key : {"uid", "resourceVersion", "managedFields", "generation", "creationTimestamp", "selfLink"}) metadata.erase(key);
    if (metadata.contains("annotations") && metadata["annotations"].is_object()) {
      metadata["annotations"].erase("kubectl.kubernetes.io/last-applied-configuration");
      if (metadata["annotations"].empty()) metadata.erase("annotations");
    }
    object.erase("status");
  }

  void place(ordered_json& object) {
    if (!textAt(object, {"metadata", "namespace"}).empty()) return;
    if (in_.namespaced(textAt(object, {"apiVersion"}), textAt(object, {"kind"})) != true) return;
    object["metadata"]["namespace"] = in_.ns;
    placedIds_.insert(textAt(object, {"apiVersion"}) + " " + shown(object));
    ++placed_;
  }

  struct Group {
    std::string title, why;
    std::vector<ordered_json> objects;
  };

  std::string groupOf(const ordered_json& object) {
    if (textAt(object, {"kind"}) == "CustomResourceDefinition") return "definitions";
    if (std::string app = application(object); !app.empty()) return app;
    if (std::string ns = textAt(object, {"metadata", "namespace"}); !ns.empty()) return ns;
    return textAt(object, {"kind"}) == "Namespace" ? textAt(object, {"metadata", "name"}) : "cluster-wide";
  }

  /// In the order in which the first object of each comes up; those that Kubernetes refuses are apart, those of systems left out.
  std::vector<Group> grouped() {
    std::vector<Group> groups;
    std::map<std::string, size_t> known;
    std::set<size_t> inSystems;
    for (const ImportedComponent& component : in_.components)
      for (const size_t i : component.objects()) inSystems.insert(i);
    for (size_t i = 0; i < out_.objects.size(); ++i) {
      if (inSystems.contains(i)) continue;
      const ordered_json& object = out_.objects[i];
      const std::string why = in_.refusal ? in_.refusal(object) : std::string(), title = in_.group.empty() ? groupOf(object) + (why.empty() ? "" : "-unchecked") : in_.group;
      const auto [at, fresh] = known.try_emplace(title, groups.size());
      if (fresh) groups.push_back({title, {}, {}});
      Group& group = groups[at->second];
      if (!why.empty()) group.why += fmt::format("// {}: {}\n", shown(object), why);
      group.objects.push_back(object);
    }
    return groups;
  }

  /// A name that no other declaration has.
  std::string declared(const std::string& wish, llvm::StringRef dash = "-") {
    std::string name = wish;
    for (size_t i = 2; !taken_.insert(name).second; ++i) name = fmt::format("{}{}{}", wish, dash.str(), i);
    return name;
  }
  static std::string written(const std::string& name) { return nameOf(name) == name ? name : inQuotes(name); }
  bool wasPlaced(const ordered_json& object) const { return placedIds_.contains(textAt(object, {"apiVersion"}) + " " + shown(object)); }

  std::string textOfGroup(const Group& group, const ImportedGroup& made, Repeated& repeated) {
    std::string text = fmt::format("\n{}objects {} {{\n  on = {}\n", group.why, written(made.name), in_.cluster);
    if (made.unchecked) text += "  unchecked = true\n";
    text += "  all = [\n";
    for (const ordered_json& object : group.objects) {
      ordered_json written = repeated.named(object, wasPlaced(object));
      const std::string schema = made.unchecked ? std::string() : schemaOf(object);
      if (!schema.empty()) typed_ = true, written.erase("apiVersion"), written.erase("kind");
      text += "    " + schema + (schema.empty() ? "" : " ") + literal(written, 2) + "\n";
    }
    return text + "  ]\n}\n";
  }

  /// Schemas of objects have no place for what only servers write.
  std::string schemaOf(const ordered_json& object) const {
    static const std::set<std::string> known = {"name", "namespace", "labels", "annotations", "finalizers", "ownerReferences"};
    for (const auto& [key, entry] : at(object, "metadata").items())
      if (!known.contains(key)) return {};
    return in_.schema ? in_.schema(textAt(object, "apiVersion"), textAt(object, "kind")) : std::string();
  }

  struct System {
    std::string ns, title, tenant, name;
    std::vector<const ImportedComponent*> components;
  };

  /// In the order in which their first workload comes up.
  std::vector<System> systems() {
    std::vector<System> systems;
    std::map<std::string, std::string> tenants;
    for (const ImportedComponent& component : in_.components) {
      auto at = llvm::find_if(systems, [&](const System& s) { return s.ns == component.ns && s.title == component.system; });
      if (at == systems.end()) {
        std::string& tenant = tenants[component.ns];
        if (tenant.empty()) tenant = declared(referable(component.ns), "");
        at = systems.insert(at, {component.ns, component.system, tenant, declared(labelOf(component.system)), {}});
      }
      at->components.push_back(&component);
    }
    return systems;
  }

  std::string textOfTenant(const System& first) const {
    std::string text = fmt::format("\ntenant {} {{\n  on = {}\n", first.tenant, in_.cluster);
    if (wasPlaced(out_.objects[first.components[0]->workload])) text += "  namespace = namespace\n";
    else if (first.tenant != first.ns) text += fmt::format("  namespace = {}\n", inQuotes(first.ns));
    return text + "  existing = true\n}\n";
  }

  std::string textOfSystem(const System& system, Repeated& repeated) {
    ImportedGroup& made = out_.groups.emplace_back();
    made.name = system.name;
    std::string text = fmt::format("\nsystem {} {{\n  tenant = {}\n", written(system.name), system.tenant);
    for (const ImportedComponent* component : system.components) {
      made.components.push_back(component->name);
      made.patched += component->patched;
      made.of += component->of;
      for (const size_t i : component->objects()) ++made.kinds[textAt(out_.objects[i], {"kind"})];
      ordered_json fields = component->fields;
      if (component->patches.is_object()) fields["patches"] = component->patches;
      text += "\n  " + textOf(*component, system.name, repeated.named(std::move(fields), false)) + "\n";
    }
    return text + "}\n";
  }

  void write() {
    taken_ = {in_.cluster, "k8s", "cluster", "tenant", "system", "objects", "image", "namespace"};
    taken_.insert(in_.taken.begin(), in_.taken.end());
    const std::vector<Group> groups = grouped();
    if (!in_.group.empty() && !groups.empty()) taken_.insert(in_.group);
    const std::vector<System> found = systems();
    std::vector<std::string> names;
    for (const Group& group : groups) names.push_back(!in_.group.empty() ? in_.group : declared(labelOf(group.title) + (taken_.contains(labelOf(group.title)) ? "-objects" : "")));
    Repeated repeated(taken_);
    if (placed_) repeated.parameter("namespace", in_.ns);
    for (const ImportedComponent& component : in_.components) {
      const std::vector<ordered_json> fields = {component.fields, component.patches};
      repeated.count(fields);
    }
    for (const Group& group : groups) repeated.count(group.objects);
    std::string text;
    std::set<std::string> tenants;
    for (const System& system : found) {
      if (tenants.insert(system.tenant).second) text += textOfTenant(system);
      text += textOfSystem(system, repeated);
    }
    for (size_t i = 0; i < groups.size(); ++i) {
      ImportedGroup& made = out_.groups.emplace_back();
      made.name = names[i];
      made.unchecked = !groups[i].why.empty();
      for (const ordered_json& object : groups[i].objects) ++made.kinds[textAt(object, {"kind"})];
      text += textOfGroup(groups[i], made, repeated);
    }
    out_.text = laidOut((typed_ ? "import std.k8s\n\n" : "") + repeated.text() + fmt::format("\ncluster {} {{}}\n", in_.cluster) + text);
    out_.declarations = laidOut(repeated.text() + text);
  }

  std::set<std::string> taken_; ///< names of declarations
  bool typed_ = false;          ///< some object has a schema
};

} // namespace

void eachObject(const ordered_json& document, llvm::function_ref<void(const ordered_json&)> each) {
  const ordered_json& items = at(document, "items");
  if (!llvm::StringRef(textAt(document, "kind")).ends_with("List") || !items.is_array()) return each(document);
  for (const ordered_json& item : items) eachObject(item, each);
}

std::string notObjects(llvm::ArrayRef<ordered_json> documents, const ObjectsInput& input) {
  Importing importing(input);
  for (const ordered_json& document : documents) eachObject(document, [&](const ordered_json& object) { importing.add(object); });
  return importing.wrong();
}

ObjectsModule objectsModule(llvm::ArrayRef<ordered_json> documents, const ObjectsInput& input) {
  Importing importing(input);
  for (const ordered_json& document : documents) eachObject(document, [&](const ordered_json& object) { importing.add(object); });
  return importing.finish();
}

} // namespace chasi::import
