// Writes the modules of std.k8s, chasi text with the types of the newest release: `chasi_k8s_modules FOLDER`. Runs while building;
// what the modules are like is told in stdlib/k8s/README.md.
#include "runtime/plan/kube_schema.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/ADT/StringSet.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/raw_ostream.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>

namespace {

using namespace chasi::k8s;

/// What only the API server writes. Nobody describes it.
const llvm::StringSet<> kOfServer = {"creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"};
constexpr llvm::StringLiteral kMetadata = "meta.v1.ObjectMeta";

/// Texts in which what the cluster tells while applying is of use: addresses, names that it makes up.
const llvm::StringSet<> kTold = {"core.v1.ConfigMap.data", "core.v1.Container.args", "core.v1.Container.command", "core.v1.EnvVar.value", "core.v1.HostAlias.ip",
                                 "core.v1.ServiceSpec.externalName", "discovery.v1.Endpoint.addresses", "meta.v1.ObjectMeta.annotations"};
const llvm::StringSet<> kSecret = {"core.v1.Secret.data", "core.v1.Secret.stringData"};

/// "apps.v1" of "apps.v1.Deployment".
std::string moduleOf(llvm::StringRef type) { return type.rsplit('.').first.str(); }
std::string nameOf(llvm::StringRef type) { return type.rsplit('.').second.str(); }

/// That a field of the language may have.
bool isName(std::string_view text) {
  return llvm::isAlpha(text.front()) && llvm::all_of(text, [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

/// A kind that stays in the cluster once it was made; the others are questions to the server.
bool isKept(const Resource& r) { return r.hasVerb("create") && r.hasVerb("get"); }

class Modules {
public:
  explicit Modules(const Schema& schema) : schema_(schema) {
    for (const Resource& r : schema.resources())
      if (isKept(r)) kinds_.emplace(r.typeName, &r);
    for (const auto& [name, kind] : kinds_) reach(*schema.typeNamed(name));
  }

  llvm::Error write(llvm::StringRef folder) const {
    std::map<std::string, std::vector<const Type*>> modules;
    for (const auto& [name, type] : reached_) modules[moduleOf(name)].push_back(type);
    for (const auto& [module, types] : modules)
      if (llvm::Error error = writeModule(folder, module, types)) return error;
    return llvm::Error::success();
  }

private:
  const Schema& schema_;
  std::map<std::string, const Resource*, std::less<>> kinds_; ///< by the name of the type
  std::map<std::string, const Type*> reached_;                ///< what a kind is made of, by name
  std::set<std::string, std::less<>> embedded_;               ///< kinds that other types are made of

  bool isKind(const Type& type) const { return kinds_.contains(type.name); }
  /// No schema of the language has such fields: it is a map.
  bool isMap(const Type& type) const {
    return type.preserveUnknown || !llvm::all_of(type.fields, [](const Field& f) { return isName(f.name); });
  }

  /// Fields that are written, for the modules have nothing of what the server alone says.
  std::vector<const Field*> fieldsOf(const Type& type) const {
    std::vector<const Field*> out;
    for (const Field& f : type.fields) {
      if (isKind(type) && (f.name == "apiVersion" || f.name == "kind" || f.name == "metadata" || f.name == "status")) continue;
      if (type.name != std::string_view(kMetadata) || !kOfServer.contains(f.name)) out.push_back(&f);
    }
    return out;
  }

  void reach(const Type& type) {
    if (type.element) return reach(*type.element);
    if (type.kind != TypeKind::Object || !reached_.emplace(type.name, schema_.typeNamed(type.name)).second) return;
    if (isKind(type)) reach(*schema_.typeNamed(kMetadata.str()));
    if (isMap(type)) return;
    for (const Field* f : fieldsOf(type)) {
      const Type& inside = f->type->element ? *f->type->element : *f->type;
      if (isKind(inside)) embedded_.emplace(inside.name);
      reach(*f->type);
    }
  }

  /// A type as it is written in a module; the modules that it takes are noted.
  std::string written(const Type& type, llvm::StringRef module, llvm::StringRef text, std::set<std::string>& needs) const {
    const auto shared = [&](llvm::StringRef name) {
      needs.insert("");
      return fmt::format("k8s.{}", name.str());
    };
    switch (type.kind) {
    case TypeKind::Object: {
      const std::string from = moduleOf(type.name), name = isKind(type) ? "Embedded" + nameOf(type.name) : nameOf(type.name);
      if (from == module) return name;
      needs.insert(from);
      return fmt::format("{}.{}", llvm::StringRef(from).split('.').first.str(), name);
    }
    case TypeKind::Map: return fmt::format("Map<String, {}>", written(*type.element, module, text, needs));
    case TypeKind::List: return fmt::format("List<{}>", written(*type.element, module, text, needs));
    case TypeKind::String:
      if (type.enumValues.empty()) return text.empty() ? "String" : shared(text);
      return fmt::format("\"{}\"", fmt::join(type.enumValues, "\" | \""));
    case TypeKind::Integer: return type.format == Format::Int32 ? shared("Int32") : "Int";
    case TypeKind::Number: return "Float";
    case TypeKind::Bool: return "Bool";
    case TypeKind::IntOrString: return "Int | String";
    case TypeKind::Quantity: return shared("Quantity");
    case TypeKind::FreeObject: return "Map<String, Any>";
    case TypeKind::Any: return "Any";
    }
    llvm_unreachable("a kind of types that is missing above");
  }

  static std::string remark(const Field& f) {
    std::vector<std::string> out;
    if (!f.defaultJson.empty()) out.push_back(fmt::format("By default {}.", f.defaultJson));
    if (f.type->listType == ListType::Set) out.emplace_back("Each of them once.");
    if (f.type->listType == ListType::Map) out.push_back(fmt::format("Told apart by {}.", fmt::join(f.type->mapKeys, ", ")));
    const Type& value = f.type->element ? *f.type->element : *f.type;
    if (value.format == Format::Byte) out.emplace_back("In base64.");
    if (value.format == Format::Time) out.emplace_back("A moment such as 2026-01-31T12:00:00Z.");
    return out.empty() ? "" : fmt::format("  /// {}\n", fmt::join(out, " "));
  }

  std::string field(const Type& type, const Field& f, bool required, std::set<std::string>& needs) const {
    const std::string place = fmt::format("{}.{}", type.name, f.name);
    const char* text = kTold.contains(place) ? "Text" : kSecret.contains(place) ? "SecretText" : "";
    return fmt::format("{}  {}{}: {}\n", remark(f), f.name, required ? "" : "?", written(*f.type, moduleOf(type.name), text, needs));
  }

  std::string declaration(const Type& type, std::set<std::string>& needs) const {
    const std::string name = nameOf(type.name);
    if (isMap(type)) return fmt::format("\n// has a field whose name is none of the language\ntype {} = Map<String, Any>\n", name);
    std::string lines;
    for (const Field* f : fieldsOf(type)) lines += field(type, *f, f->required, needs);
    if (const auto kind = kinds_.find(type.name); kind != kinds_.end()) return object(*kind->second, lines, needs);
    std::string out = fmt::format("\nschema {} {{\n{}}}\n", name, lines);
    if (type.name == std::string_view(kMetadata)) out += metadata(type, needs);
    return out;
  }

  /// A kind; and once more for where it is a part of another, which need not say of what kind it is.
  std::string object(const Resource& kind, const std::string& own, std::set<std::string>& needs) const {
    needs.insert(moduleOf(kMetadata));
    const std::string name = nameOf(kind.typeName), apiVersion = kind.apiVersion();
    std::string rest = "  metadata: meta.ObjectMetadata\n" + own;
    if (schema_.typeNamed(kind.typeName)->field("status")) rest += "  /// What the controller writes.\n  status?: Map<String, Any>\n";
    std::string out = fmt::format("\n/// The kind {} of {}{}.\nschema {} {{\n", name, apiVersion, kind.namespaced ? "" : ", which lies in no namespace", name);
    out += fmt::format("  apiVersion: \"{0}\" = \"{0}\"\n  kind: \"{1}\" = \"{1}\"\n{2}}}\n", apiVersion, name, rest);
    if (embedded_.contains(kind.typeName)) out += fmt::format("\nschema Embedded{1} {{\n  apiVersion?: \"{0}\"\n  kind?: \"{1}\"\n{2}}}\n", apiVersion, name, rest);
    return out;
  }

  /// What is said of an object that stands by itself: it has a name, and none that the server makes up.
  std::string metadata(const Type& type, std::set<std::string>& needs) const {
    std::string lines;
    for (const Field* f : fieldsOf(type))
      if (f->name != "generateName") lines += field(type, *f, f->name == "name", needs);
    return fmt::format("\nschema ObjectMetadata {{\n{}}}\n", lines);
  }

  llvm::Error writeModule(llvm::StringRef folder, const std::string& module, const std::vector<const Type*>& types) const {
    std::set<std::string> needs;
    std::string body;
    for (const Type* type : types) body += declaration(*type, needs);
    std::string text = fmt::format("// Names and types of Kubernetes {}, made while building.\n\n", schema_.release());
    for (const std::string& needed : needs) text += needed.empty() ? "import std.k8s\n" : fmt::format("import std.k8s.{} as {}\n", needed, llvm::StringRef(needed).split('.').first.str());
    const auto [group, version] = llvm::StringRef(module).split('.');
    llvm::SmallString<256> path(folder);
    llvm::sys::path::append(path, group, version);
    if (const std::error_code code = llvm::sys::fs::create_directories(path)) return llvm::createStringError(code, "%s cannot be made", path.c_str());
    llvm::sys::path::append(path, group + ".chasi");
    std::error_code code;
    llvm::raw_fd_ostream out(path, code);
    if (code) return llvm::createStringError(code, "%s cannot be written", path.c_str());
    out << text << body;
    return llvm::Error::success();
  }
};

} // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    llvm::errs() << "usage: chasi_k8s_modules FOLDER\n";
    return 64;
  }
  if (llvm::Error error = Modules(Schema::builtin()).write(arguments[1])) {
    llvm::errs() << "chasi_k8s_modules: " << llvm::toString(std::move(error)) << '\n';
    return 1;
  }
  return 0;
}
