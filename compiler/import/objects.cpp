#include "compiler/import/objects.h"

#include "compiler/import/chasi_text.h"
#include "compiler/import/repeated.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>

#include <fmt/format.h>

#include <set>

namespace chasi::import {

using nlohmann::ordered_json;

namespace {

std::string textAt(const ordered_json& object, std::initializer_list<const char*> path) {
  const ordered_json* at = &object;
  for (const char* key : path) {
    if (!at->is_object() || !at->contains(key)) return {};
    at = &(*at)[key];
  }
  return at->is_string() ? at->get<std::string>() : std::string();
}

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

std::string shown(const ordered_json& object) {
  const std::string ns = textAt(object, {"metadata", "namespace"}), name = textAt(object, {"metadata", "name"});
  return fmt::format("{} {}", textAt(object, {"kind"}), ns.empty() ? name : ns + "/" + name);
}

class Importing {
public:
  explicit Importing(const ObjectsInput& input) : in_(input) {}

  void add(const ordered_json& document) {
    const llvm::StringRef kind = document.is_object() && document.contains("kind") && document["kind"].is_string() ? llvm::StringRef(document["kind"].get_ref<const std::string&>()) : "";
    if (kind.ends_with("List") && document.contains("items") && document["items"].is_array()) {
      for (const ordered_json& item : document["items"]) add(item);
      return;
    }
    ++number_;
    if (kind.empty() || textAt(document, {"apiVersion"}).empty() || textAt(document, {"metadata", "name"}).empty()) {
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

  /// In the order in which the first object of each comes up; those that Kubernetes refuses are apart.
  std::vector<Group> grouped() {
    std::vector<Group> groups;
    std::map<std::string, size_t> known;
    for (const ordered_json& object : out_.objects) {
      const std::string why = in_.refusal ? in_.refusal(object) : std::string(), title = groupOf(object) + (why.empty() ? "" : "-unchecked");
      const auto [at, fresh] = known.try_emplace(title, groups.size());
      if (fresh) groups.push_back({title, {}, {}});
      Group& group = groups[at->second];
      if (!why.empty()) group.why += fmt::format("// {}: {}\n", shown(object), why);
      group.objects.push_back(object);
    }
    return groups;
  }

  void write() {
    std::vector<Group> groups = grouped();
    std::set<std::string> taken = {in_.cluster, "cluster", "tenant", "system", "objects", "image", "namespace"};
    for (const Group& group : groups) {
      std::string name = labelOf(group.title);
      for (size_t i = 2; !taken.insert(name).second; ++i) name = fmt::format("{}-{}", labelOf(group.title), i);
      ImportedGroup& made = out_.groups.emplace_back(ImportedGroup{name, {}, !group.why.empty()});
      for (const ordered_json& object : group.objects) ++made.kinds[textAt(object, {"kind"})];
    }
    Repeated repeated(taken);
    if (placed_) repeated.parameter("namespace", in_.ns);
    for (const Group& group : groups) repeated.count(group.objects);
    std::string text;
    for (size_t i = 0; i < groups.size(); ++i) {
      text += fmt::format("\n{}objects {} {{\n  on = {}\n", groups[i].why, nameOf(out_.groups[i].name) == out_.groups[i].name ? out_.groups[i].name : inQuotes(out_.groups[i].name), in_.cluster);
      if (out_.groups[i].unchecked) text += "  unchecked = true\n";
      text += "  all = [\n";
      for (const ordered_json& object : groups[i].objects) {
        const bool placed = placedIds_.contains(textAt(object, {"apiVersion"}) + " " + shown(object));
        text += "    " + literal(repeated.named(object, placed), 2) + "\n";
      }
      text += "  ]\n}\n";
    }
    out_.text = laidOut(repeated.text() + fmt::format("\ncluster {} {{}}\n", in_.cluster) + text);
  }
};

} // namespace

std::string notObjects(llvm::ArrayRef<ordered_json> documents, const ObjectsInput& input) {
  Importing importing(input);
  for (const ordered_json& document : documents) importing.add(document);
  return importing.wrong();
}

ObjectsModule objectsModule(llvm::ArrayRef<ordered_json> documents, const ObjectsInput& input) {
  Importing importing(input);
  for (const ordered_json& document : documents) importing.add(document);
  return importing.finish();
}

} // namespace chasi::import
