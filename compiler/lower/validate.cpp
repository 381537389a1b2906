// Objects against the types of Kubernetes, so that what the API server would refuse is an error of the specification.
#include "compiler/lower/describe.h"
#include "compiler/sema/quantity.h"
#include "runtime/plan/kube_check_tree.h"
#include "runtime/plan/kube_custom.h"
#include "runtime/plan/kube_retired.h"

#include <llvm/ADT/StringMap.h>

#include <array>
#include <map>

namespace chasi::lower {

using namespace sema;
using source::Code;
using source::Span;

namespace {

/// The types of the members of maps of one shape, where a type of Kubernetes is expected.
class MemberTypes {
public:
  /// Empty unless each member is a field of the type and no required field is missing: then looking at their values is enough.
  llvm::ArrayRef<const k8s::Type*> of(const MapValue& map, const k8s::Type& type) {
    auto [it, fresh] = known_.try_emplace({map.shape, &type});
    if (fresh) it->second = find(map, type);
    return it->second;
  }

private:
  llvm::DenseMap<std::pair<const MapShape*, const k8s::Type*>, std::vector<const k8s::Type*>> known_;

  static std::vector<const k8s::Type*> find(const MapValue& map, const k8s::Type& type) {
    std::vector<const k8s::Type*> types;
    for (const MapShape::Key& key : map.shape->keys) {
      const k8s::Field* f = type.field(std::string_view(key.text));
      if (!f) return {};
      types.push_back(f->type);
    }
    const bool whole = llvm::all_of(type.fields, [&](const k8s::Field& f) { return !f.required || map.find(f.name); });
    return whole ? types : std::vector<const k8s::Type*>();
  }
};

/// A value as the JSON that it becomes. Manifests hold no records: those are looked at as JSON text (see `object`).
struct ValueNode {
  const Value& v;
  MemberTypes* types = nullptr; ///< when many objects are looked at

  bool isNull() const { return v.isAbsent() || v.tag == Tag::Secret || v.tag == Tag::Later; } // filled in while applying
  bool isObject() const { return v.tag == Tag::Map; }
  bool isArray() const { return v.tag == Tag::List; }
  bool isString() const { return v.isText() || v.isQuantity(); }
  bool isInteger() const { return v.tag == Tag::Int; }
  bool isNumber() const { return v.tag == Tag::Int || v.tag == Tag::Float; }
  bool isBool() const { return v.tag == Tag::Bool; }
  bool fitsInt32() const { return v.integer >= INT32_MIN && v.integer <= INT32_MAX; }
  bool isAmount() const { return v.isQuantity(); }
  size_t count() const { return v.list->items.size(); }
  std::string_view text() const { return v.isText() ? std::string_view(v.chars, v.size) : quantity(); }
  std::string shown() const {
    if (v.tag == Tag::List || v.tag == Tag::Map) return nested();
    return isString() ? nlohmann::json(std::string(text())).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) : isNull() ? "null" : describe(v);
  }
  std::optional<ValueNode> member(std::string_view key) const {
    const Value* found = v.map->find(key);
    if (!found || found->isAbsent()) return {};
    return ValueNode{*found, types};
  }
  template <class Each> void members(Each each) const {
    const llvm::ArrayRef<Value> values = v.map->values(); // nodes point to them
    for (size_t i = 0; i < values.size(); ++i)
      if (!values[i].isAbsent()) each(std::string_view(v.map->shape->keys[i].text), ValueNode{values[i], types});
  }
  template <class Each> void items(Each each) const {
    for (const Value& item : v.list->items) each(ValueNode{item, types});
  }
  /// See kube_check_tree.h.
  llvm::ArrayRef<const k8s::Type*> memberTypes(const k8s::Type& type) const {
    return types && !v.map->shape->leads.empty() ? types->of(*v.map, type) : llvm::ArrayRef<const k8s::Type*>();
  }

private:
  std::string_view quantity() const {
    thread_local std::string spelled; // read before the next one is asked for
    spelled = printQuantity(v);
    return spelled;
  }
  std::string nested() const {
    std::string out;
    if (v.tag == Tag::List) items([&](const ValueNode& n) { out += n.shown() + ","; });
    else members([&](std::string_view key, const ValueNode& n) { out += fmt::format("{}:{},", key, n.shown()); });
    return fmt::format("({})", out);
  }
};

} // namespace

std::string readable(llvm::StringRef pointer) {
  std::string out;
  llvm::SmallVector<llvm::StringRef, 8> steps;
  pointer.ltrim('/').split(steps, '/');
  for (const llvm::StringRef s : steps) {
    if (!s.empty() && llvm::all_of(s, [](char c) { return c >= '0' && c <= '9'; })) out += "[" + s.str() + "]";
    else out += (out.empty() ? "" : ".") + s.str();
  }
  return out;
}

source::Diagnostic& badObject(Program& program, const Draft& draft, const plan::Operation& operation, const std::string& pointer, std::string message, std::string help) {
  const Span place = placeOf(*draft.manifest, pointer);
  source::Diagnostic& report = program.diagnostics.report(Code::BadObject, place.valid() ? place : draft.span, std::move(message));
  if (place.valid()) report.at(draft.span, fmt::format("lowered from {}", operation.owner));
  if (!help.empty()) report.hint(std::move(help));
  return report;
}

const k8s::Schema& typesOf(eval::Evaluator& evaluator, Record& cluster) {
  const Value version = evaluator.field(cluster, "kubernetes");
  return k8s::Schema::nearest(version.isText() ? std::string_view(version.str()) : std::string_view());
}

namespace {

bool isRbac(const k8s::Resource& r) { return r.group == "rbac.authorization.k8s.io"; } // names of roles are path segments, with colons

class Validation {
public:
  Validation(Program& program, const std::vector<Draft>& drafts, const std::vector<plan::Operation>& operations) : p(program), drafts_(drafts), operations_(operations) {}

  void object(const Draft& d, const plan::Operation& operation) {
    operation_ = &operation;
    const plan::ObjectRef& ref = operation.object;
    schema_ = d.types;
    const k8s::Resource* r = schema_->resourceOf(ref.apiVersion, ref.kind);
    if (!r) return isCustom(ref) ? custom(d, operation) : unknownKind(d);
    const std::string what = fmt::format("{} {}", ref.kind, ref.name);
    if (r->namespaced && ref.ns.empty()) bad(d, "/metadata", fmt::format("{} lies in a namespace, and none is named", what), "add metadata.namespace");
    if (!r->namespaced && !ref.ns.empty()) bad(d, "/metadata/namespace", fmt::format("{} does not lie in a namespace", what), "take metadata.namespace away");
    if (!isRbac(*r) && !k8s::isDnsSubdomain(ref.name)) bad(d, "/metadata/name", fmt::format("{} cannot be named that", ref.kind), "names have lower-case letters, digits, `-` and `.`");
    const Value manifest = Value::of(d.manifest);
    const k8s::Type& type = *schema_->typeNamed(r->typeName);
    std::vector<k8s::Problem> problems;
    if (d.holdsRecords) problems = k8s::check(nlohmann::json::parse(operation.payload, nullptr, false), type);
    else k8s::Checker<ValueNode>({}, problems).check(ValueNode{manifest}, type);
    for (const k8s::Problem& problem : problems) {
      if (isFilledIn(problem.pointer)) continue;
      bad(d, problem.pointer, fmt::format("{}: {}", what, sentence(problem)), problem.suggestion.empty() ? newer(d, problem) : fmt::format("did you mean `{}`?", problem.suggestion));
    }
    if (isDefinition(ref) && problems.empty())
      for (const k8s::Problem& problem : k8s::checkDefinition(nlohmann::json::parse(operation.payload, nullptr, false))) bad(d, problem.pointer, fmt::format("{}: {}", what, sentence(problem)), {});
  }

private:
  Program& p;
  const std::vector<Draft>& drafts_;
  const std::vector<plan::Operation>& operations_;
  const k8s::Schema* schema_ = nullptr;        ///< its types
  /// The definitions of custom objects, by target, group and kind; read when the first such object comes up.
  struct Definition { const Draft* draft; nlohmann::json json; };
  std::optional<std::map<std::array<std::string, 3>, Definition>> definitions_;
  const plan::Operation* operation_ = nullptr; ///< that is being checked

  /// Filled in while applying; until then null stands there.
  bool isFilledIn(const std::string& pointer) {
    const auto here = [&](const plan::SecretRef& s) { return s.pointer == pointer; };
    return llvm::any_of(operation_->secrets, here) || llvm::any_of(operation_->later, here);
  }

  /// "spec.replicas takes a whole number", "`selector` is missing in spec".
  static std::string sentence(const k8s::Problem& problem) {
    const llvm::StringRef message = problem.message;
    const std::string path = readable(problem.pointer);
    if (message.starts_with("there is no field")) return problem.message;
    if (message.ends_with("is missing")) return path.empty() ? problem.message : fmt::format("{} in {}", problem.message, path);
    return fmt::format("{} {}", path, problem.message);
  }

  source::Diagnostic& bad(const Draft& d, const std::string& pointer, std::string message, std::string help) { return badObject(p, d, *operation_, pointer, std::move(message), std::move(help)); }

  /// The first release after that of the object for which something holds; empty when there is none.
  std::string_view releaseWith(llvm::function_ref<bool(const k8s::Schema&)> holds) {
    bool later = false;
    for (const std::string_view release : k8s::Schema::releases()) {
      if (later && holds(*k8s::Schema::ofRelease(release))) return release;
      later = later || release == schema_->release();
    }
    return {};
  }

  /// Where a newer release takes what this one does not.
  std::string newer(const Draft& d, const k8s::Problem& problem) {
    if (schema_ == &k8s::Schema::builtin()) return {}; // there is none
    const plan::ObjectRef& ref = operation_->object;
    const auto json = nlohmann::json::parse(operation_->payload, nullptr, false);
    const std::string_view since = releaseWith([&](const k8s::Schema& s) {
      const k8s::Type* type = s.type(ref.apiVersion, ref.kind);
      return type && llvm::none_of(k8s::check(json, *type), [&](const k8s::Problem& other) { return other.pointer == problem.pointer; });
    });
    return since.empty() ? std::string() : fmt::format("Kubernetes {} takes it; cluster {} runs {}", since, d.on->name.str(), schema_->release());
  }

  static bool isCustom(const plan::ObjectRef& ref) { return llvm::StringRef(ref.apiVersion).contains('.') && !llvm::StringRef(ref.apiVersion).contains(".k8s.io/"); }
  static bool isDefinition(const plan::ObjectRef& ref) { return ref.kind == "CustomResourceDefinition" && ref.apiVersion == "apiextensions.k8s.io/v1"; }

  /// The definition of a kind on the same cluster; null when this specification makes none that is right.
  const Definition* definitionOf(const plan::Operation& operation) {
    if (!definitions_) {
      definitions_.emplace();
      for (size_t i = 0; i < drafts_.size(); ++i) {
        const plan::Operation& op = operations_[i];
        if (op.kind != plan::OpKind::Object || !isDefinition(op.object) || drafts_[i].unchecked) continue;
        nlohmann::json json = nlohmann::json::parse(op.payload, nullptr, false);
        const k8s::Type* type = drafts_[i].types->type(op.object.apiVersion, op.object.kind);
        if (!type || json.is_discarded() || !k8s::check(json, *type).empty() || !k8s::checkDefinition(json).empty()) continue;
        std::array<std::string, 3> key = {op.target, json["spec"]["group"], json["spec"]["names"]["kind"]};
        definitions_->emplace(std::move(key), Definition{&drafts_[i], std::move(json)});
      }
    }
    const auto at = definitions_->find({operation.target, llvm::StringRef(operation.object.apiVersion).split('/').first.str(), operation.object.kind});
    return at == definitions_->end() ? nullptr : &at->second;
  }

  /// An object of a kind that somebody defined: by the definition, where this specification makes it; its name and metadata in any case.
  void custom(const Draft& d, const plan::Operation& operation) {
    const plan::ObjectRef& ref = operation.object;
    const std::string what = fmt::format("{} {}", ref.kind, ref.name);
    if (!k8s::isDnsSubdomain(ref.name)) bad(d, "/metadata/name", fmt::format("{} cannot be named that", ref.kind), "names have lower-case letters, digits, `-` and `.`");
    const nlohmann::json json = nlohmann::json::parse(operation.payload, nullptr, false);
    const k8s::Type* metadata = schema_->typeNamed("meta.v1.ObjectMeta");
    if (json.is_object() && json.contains("metadata") && metadata)
      for (k8s::Problem problem : k8s::check(json["metadata"], *metadata, {.ignoreNull = true})) {
        problem.pointer = "/metadata" + problem.pointer;
        customProblem(d, what, problem, nullptr);
      }
    const Definition* definition = definitionOf(operation);
    if (!definition) return; // the server has its own, and checks the rest
    const bool namespaced = definition->json["spec"]["scope"] == "Namespaced";
    if (namespaced && ref.ns.empty()) bad(d, "/metadata", fmt::format("{} lies in a namespace, and none is named", what), "add metadata.namespace");
    if (!namespaced && !ref.ns.empty()) bad(d, "/metadata/namespace", fmt::format("{} does not lie in a namespace", what), "take metadata.namespace away");
    const llvm::StringRef version = llvm::StringRef(ref.apiVersion).split('/').second;
    const nlohmann::json* schema = k8s::servedSchema(definition->json, std::string_view(version));
    if (!schema) {
      bad(d, "/apiVersion", fmt::format("the definition of {} serves no version {}", ref.kind, version.str()), {});
      return;
    }
    for (const k8s::Problem& problem : k8s::checkCustom(json, *schema)) customProblem(d, what, problem, definition);
  }

  void customProblem(const Draft& d, const std::string& what, const k8s::Problem& problem, const Definition* definition) {
    if (isFilledIn(problem.pointer)) return;
    source::Diagnostic& report = bad(d, problem.pointer, fmt::format("{}: {}", what, sentence(problem)), problem.suggestion.empty() ? std::string() : fmt::format("did you mean `{}`?", problem.suggestion));
    if (definition) report.at(definition->draft->span, "the definition is made here");
  }

  void unknownKind(const Draft& d) {
    const plan::ObjectRef& ref = operation_->object;
    const std::vector<const k8s::Resource*> elsewhere = schema_->resourcesOfKind(ref.kind);
    const k8s::Retired* gone = k8s::retired(ref.apiVersion, ref.kind);
    std::string help;
    if (gone && !gone->removed.empty()) {
      help = gone->replacement.empty() ? fmt::format("it was removed in Kubernetes {}, and nothing took its place", gone->removed)
                                       : fmt::format("it was removed in Kubernetes {}; write `{}`", gone->removed, gone->replacement);
    } else if (const std::string_view since = releaseWith([&](const k8s::Schema& s) { return s.resourceOf(ref.apiVersion, ref.kind) != nullptr; }); !since.empty()) {
      help = fmt::format("Kubernetes {} has it; cluster {} runs {}", since, d.on->name.str(), schema_->release());
    } else if (!elsewhere.empty()) {
      help = fmt::format("it is in {}", elsewhere.back()->apiVersion());
    } else {
      std::vector<std::string> kinds;
      for (const k8s::Resource& r : schema_->resources()) kinds.emplace_back(r.kind);
      if (const std::string near = source::nearest(ref.kind, kinds); !near.empty()) help = fmt::format("did you mean `{}`?", near);
    }
    bad(d, elsewhere.empty() ? "/kind" : "/apiVersion", fmt::format("Kubernetes {} has no {} in {}", schema_->release(), ref.kind, ref.apiVersion), std::move(help));
  }
};

} // namespace

void validate(Program& program, eval::Evaluator& evaluator, const std::vector<Draft>& drafts, const std::vector<plan::Operation>& operations) {
  Validation validation(program, drafts, operations);
  for (size_t i = 0; i < drafts.size(); ++i) {
    if (operations[i].kind != plan::OpKind::Object || !drafts[i].doubtful || drafts[i].unchecked) continue;
    const Watch watch(program, evaluator, *drafts[i].owner);
    validation.object(drafts[i], operations[i]);
  }
}

/// What is known about the kinds of objects.
struct Describer::Kinds {
  struct Kind { const k8s::Schema* schema = nullptr; llvm::StringRef apiVersion, name; const k8s::Resource* resource = nullptr; const k8s::Type* type = nullptr; };
  // By where the texts lie: most objects have theirs from a few places in the sources.
  llvm::DenseMap<std::pair<const char*, const char*>, Kind> known;
  MemberTypes types;
  std::vector<k8s::Problem> problems;

  const Kind& of(const k8s::Schema& schema, llvm::StringRef apiVersion, llvm::StringRef name) {
    Kind& kind = known[{apiVersion.data(), name.data()}];
    if (kind.schema == &schema && kind.apiVersion.size() == apiVersion.size() && kind.name.size() == name.size()) return kind;
    kind = {&schema, apiVersion, name, schema.resourceOf(apiVersion, name)};
    if (kind.resource) kind.type = schema.typeNamed(kind.resource->typeName);
    return kind;
  }
};

Describer::Describer() : kinds_(std::make_unique<Kinds>()) {}
Describer::~Describer() = default;

/// The same as `Validation::object`, without a word: it explains whatever this does not accept.
bool Describer::accepted(const Identity& identity, const Draft& draft) {
  const MapValue& manifest = *draft.manifest;
  const Kinds::Kind& kind = kinds_->of(*draft.types, identity.apiVersion, identity.kind);
  if (!kind.resource || !kind.type || kind.resource->namespaced == identity.ns.empty()) return false;
  if (identity.kind == "CustomResourceDefinition") return false; // more is asked of it than of its type
  if (!isRbac(*kind.resource) && !k8s::isDnsSubdomain(identity.name)) return false;
  kinds_->problems.clear();
  k8s::Checker<ValueNode>({}, kinds_->problems).check(ValueNode{Value::of(&manifest), &kinds_->types}, *kind.type);
  return kinds_->problems.empty();
}

} // namespace chasi::lower
