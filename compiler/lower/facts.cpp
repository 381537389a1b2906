// What objects tell each other while applying: who tells what, whether it can, and where it may stand.
#include "compiler/lower/describe.h"
#include "compiler/lower/lower.h"
#include "compiler/lower/secrets.h"
#include "compiler/sema/quantity.h"
#include "runtime/plan/fact.h"
#include "runtime/plan/kube_schema.h"
#include "runtime/plan/plan.h"

namespace chasi::lower {

using namespace sema;
using source::Code;
using source::Span;

namespace {

const char* nameOf(const k8s::Type& type) {
  switch (type.kind) {
  case k8s::TypeKind::Object:
  case k8s::TypeKind::FreeObject: return "a block of fields";
  case k8s::TypeKind::Map: return "a map";
  case k8s::TypeKind::List: return "a list";
  case k8s::TypeKind::Integer: return "a whole number";
  case k8s::TypeKind::Number: return "a number";
  case k8s::TypeKind::Bool: return "true or false";
  case k8s::TypeKind::Any: return "any value";
  default: return "a text";
  }
}

/// Whether values of a type of Kubernetes and those that a fact is said to be can be the same.
bool agrees(const k8s::Type& type, llvm::StringRef fact) {
  switch (type.kind) {
  case k8s::TypeKind::Any: return true;
  case k8s::TypeKind::String: return fact == "String" || fact == "Text" || fact == "Any";
  case k8s::TypeKind::Integer: return fact == "Int" || fact == "Float" || fact == "Text" || fact == "Any";
  case k8s::TypeKind::Number: return fact == "Float" || fact == "Int" || fact == "Text" || fact == "Any";
  case k8s::TypeKind::Bool: return fact == "Bool" || fact == "Text" || fact == "Any";
  case k8s::TypeKind::IntOrString:
  case k8s::TypeKind::Quantity: return fact != "Bool";
  default: return fact == "Any";
  }
}

class FactBinding {
public:
  FactBinding(Program& program, eval::Evaluator& evaluator, std::vector<Draft>& drafts, std::vector<plan::Operation>& operations, MakerOf maker)
      : p(program), e(evaluator), drafts_(drafts), operations_(operations), maker_(maker) {}

  void run() {
    for (uint32_t i = 0; i < drafts_.size(); ++i)
      for (const Late& late : drafts_[i].late) bind(i, late);
  }

private:
  Program& p;
  eval::Evaluator& e;
  std::vector<Draft>& drafts_;
  std::vector<plan::Operation>& operations_;
  MakerOf maker_;
  std::set<std::pair<uint32_t, std::string>> wrong_; ///< questions that were reported, by place and object: they may be asked many times

  void bind(uint32_t index, const Late& late) {
    bool good = fitsPlace(index, late);
    const auto keyOf = [&](const LaterSource& fact) {
      const std::optional<uint32_t> teller = good ? tellerOf(index, late, fact) : std::nullopt;
      good = good && teller;
      if (!teller) return std::string("Any none none");
      drafts_[index].tellers.push_back(*teller);
      return plan::writeFact({fact.type.str(), operations_[*teller].id, fact.path.str()});
    };
    plan::Operation& op = operations_[index];
    plan::SecretRef made = secretRef(late.pointer, *late.value, keyOf);
    if (!late.secret) return op.later.push_back(std::move(made));
    for (plan::SecretRef& ref : op.secrets)
      if (ref.pointer == late.pointer) ref = std::move(made);
  }

  source::Diagnostic& report(uint32_t index, const Late& late, Code code, std::string message) {
    const Span place = placeOf(*drafts_[index].manifest, late.pointer);
    // What a kind of the standard library makes of it is not what somebody can correct.
    const bool own = place.valid() && !p.sources.name(p.sources.fileOf(place.begin)).starts_with("std/");
    source::Diagnostic& d = p.diagnostics.report(code, own ? place : drafts_[index].span, std::move(message));
    if (own) d.at(drafts_[index].span, fmt::format("lowered from {}", operations_[index].owner));
    return d;
  }

  /// The place where it is filled in: a value of the right type, no name and no count.
  bool fitsPlace(uint32_t index, const Late& late) {
    const plan::ObjectRef& object = operations_[index].object;
    const std::vector<std::string> way = plan::splitPointer(late.pointer);
    const std::string& last = way.back();
    const k8s::Type* type = drafts_[index].types->type(object.apiVersion, object.kind);
    const k8s::Type* list = nullptr; // that the element with this field is in
    for (size_t i = 0; i < way.size() && type; ++i) {
      list = i + 2 == way.size() && type->kind == k8s::TypeKind::List ? type : i + 1 == way.size() ? list : nullptr;
      type = type->kind == k8s::TypeKind::List ? type->element : type->member(way[i]);
    }
    static const std::set<std::string> counts = {"replicas", "minReplicas", "maxReplicas", "parallelism", "completions", "minAvailable", "maxUnavailable"};
    static const std::set<std::string> names = {"serviceAccountName", "claimName", "secretName", "storageClassName"};
    const bool key = list && list->listType == k8s::ListType::Map && llvm::is_contained(list->mapKeys, last);
    const bool count = type && way.front() == "spec" && counts.contains(last);
    if (key || count || (type && names.contains(last))) {
      report(index, late, Code::LaterPlace, fmt::format("{} must be known before anything runs, and this is known only while applying", count ? "how many there are" : "a name"))
          .note(fmt::format("at {} of {} {}", readable(late.pointer), object.kind, object.name))
          .hint("decide by what the specification says");
      return false;
    }
    const llvm::ArrayRef<SecretPart> parts = late.value->parts;
    const bool fact = parts.size() == 1 && parts.front().kind == SecretPart::Kind::Fact;
    const llvm::StringRef comes = fact ? parts.front().fact->type : "String";
    if (!type || late.secret || comes == "Any" || agrees(*type, comes == "Text" ? "String" : comes)) return true;
    report(index, late, Code::BadObject, fmt::format("{} {}: {} takes {}, and what comes there while applying is of type {}", object.kind, object.name, readable(late.pointer), nameOf(*type), comes == "Text" ? "String" : comes.str()))
        .hint(fact && comes != "Text" ? "say in `as` what it is, or put it into a text" : "hand the fact on as it is, outside of a text");
    return false;
  }

  /// An image tells the address that it was pushed as.
  std::optional<uint32_t> imageOf(const LaterSource& fact) {
    const auto made = llvm::find_if(drafts_, [&](const Draft& d) { return d.record == fact.object; });
    const bool known = made != drafts_.end();
    if (known && fact.path == "pushed" && e.field(*fact.object, "push").isText()) return static_cast<uint32_t>(made - drafts_.begin());
    if (!wrong_.insert({fact.span.begin, known ? operations_[static_cast<size_t>(made - drafts_.begin())].id : ""}).second) return std::nullopt;
    if (!known) p.diagnostics.report(Code::BadLater, fact.span, "this asks an image that the specification does not make").hint("ask a declared image: `tools.pushed`");
    else if (fact.path != "pushed") p.diagnostics.report(Code::BadLater, fact.span, fmt::format("an image tells as what it was `pushed`, and no `{}`", fact.path.str())).hint("write `tools.pushed`");
    else p.diagnostics.report(Code::BadLater, made->owner->span, fmt::format("image {} is pushed nowhere, and something asks for its address there", made->owner->name.str())).hint("give it `push = \"registry.acme.io/team/…\"`, or leave `.pushed` out");
    return std::nullopt;
  }

  std::optional<uint32_t> tellerOf(uint32_t index, const Late& late, const LaterSource& fact) {
    if (p.isStandard(*fact.object->schema, "ImageBuild")) return imageOf(fact);
    const Value manifest = e.unfolded(e.field(*fact.object, "manifest")), on = e.field(*fact.object, "on");
    if (eval::hasError(manifest) || on.tag != Tag::Record) return std::nullopt; // reported where it arose
    if (manifest.tag != Tag::Map) {
      p.diagnostics.report(Code::BadLater, fact.span, "this asks an object whose manifest is no block of fields").hint("write `manifest = { apiVersion = …, kind = …, … }`");
      return std::nullopt;
    }
    const Identity identity = identityOf(*manifest.map);
    const plan::ObjectRef object{identity.apiVersion.str(), identity.kind.str(), identity.ns.str(), identity.name.str()};
    const std::string shown = plan::describe(object);
    const auto question = std::pair(fact.span.begin, on.record->name.str() + "|" + shown);
    if (wrong_.contains(question)) return std::nullopt;
    const std::optional<uint32_t> teller = tellerOf(index, late, fact, *manifest.map, object, *on.record);
    if (!teller) wrong_.insert(question);
    return teller;
  }

  std::optional<uint32_t> tellerOf(uint32_t index, const Late& late, const LaterSource& fact, const MapValue& manifest, const plan::ObjectRef& object, Record& cluster) {
    const std::string shown = plan::describe(object), target = cluster.name.str();
    if (!checkPath(fact, object, shown, typesOf(e, cluster))) return std::nullopt;
    const std::optional<uint32_t> teller = maker_(target, object);
    if (!teller) {
      report(index, late, Code::BadLater, fmt::format("this asks for {} of {}, which the specification does not make", fact.path.str(), shown))
          .at(fact.span, "it is asked for here")
          .note(fmt::format("an apply would wait for it in vain; {} would be on cluster {}", shown, target))
          .hint("ask an object that is among the operations of a declaration; a component has a Service when it has `ports`");
      return std::nullopt;
    }
    if (const std::string written = writtenAt(manifest, fact); !written.empty()) {
      report(index, late, Code::BadLater, fmt::format("{} of {} is no fact of the cluster: the specification itself says {}", fact.path.str(), shown, written))
          .at(fact.span, "it is asked for here")
          .hint("use the value that stands in the specification");
      return std::nullopt;
    }
    if (*teller == index) {
      report(index, late, Code::DependencyCycle, fmt::format("{} needs itself: it is made with {} of its own", shown, fact.path.str()))
          .at(fact.span, "it is asked for here")
          .hint("ask another object, or leave it out");
      return std::nullopt;
    }
    return teller;
  }

  /// What the specification writes at the path, for people; empty when that is left to the cluster.
  static std::string writtenAt(const MapValue& manifest, const LaterSource& fact) {
    std::string why;
    Value v = Value::of(&manifest);
    for (const plan::FactStep& step : plan::factSteps(fact.path.str(), why)) {
      const Value* found = step.kind == plan::FactStep::Kind::Key && v.tag == Tag::Map ? v.map->find(step.text) : nullptr;
      if (!found) return {};
      v = *found;
    }
    return v.isAbsent() || v.tag == Tag::Later ? std::string() : sema::describe(v);
  }

  bool checkPath(const LaterSource& fact, const plan::ObjectRef& object, const std::string& shown, const k8s::Schema& types) {
    std::string why;
    const std::vector<plan::FactStep> steps = plan::factSteps(fact.path.str(), why);
    if (steps.empty()) {
      p.diagnostics.report(Code::BadText, fact.span, fmt::format("\"{}\" is no path to a value", fact.path.str()))
          .note(why)
          .hint("write it as a plan does: `status.loadBalancer.ingress[0].ip`, `spec.ports[name=http].nodePort`");
      return false;
    }
    const k8s::Type* type = types.type(object.apiVersion, object.kind);
    if (!type) return true; // a custom resource: its type is not known here
    std::string walked = object.kind;
    for (const plan::FactStep& step : steps) {
      const bool list = step.kind != plan::FactStep::Kind::Key;
      const k8s::Type* next = !list ? type->member(step.text) : type->kind == k8s::TypeKind::List ? type->element : nullptr;
      if (type->kind == k8s::TypeKind::Any || type->kind == k8s::TypeKind::FreeObject) return true;
      if (!next) return noSuchPath(fact, *type, step, walked, types);
      walked += list ? "[]" : "." + step.text;
      type = next;
    }
    if (agrees(*type, fact.type)) return true;
    source::Diagnostic& d = p.diagnostics.report(Code::BadLater, fact.span, fmt::format("{} of {} is {}, and not of type {}", fact.path.str(), shown, nameOf(*type), fact.type == "Text" ? "String" : fact.type.str()));
    if (type->kind == k8s::TypeKind::List || type->kind == k8s::TypeKind::Object || type->kind == k8s::TypeKind::Map) d.hint("lead the path on to one value, or say `as Any` and hand it on whole");
    else d.hint(fmt::format("say what it is: `as {}`", type->kind == k8s::TypeKind::Integer ? "Int" : type->kind == k8s::TypeKind::Bool ? "Bool" : type->kind == k8s::TypeKind::Number ? "Float" : "String"));
    return false;
  }

  bool noSuchPath(const LaterSource& fact, const k8s::Type& type, const plan::FactStep& step, const std::string& walked, const k8s::Schema& types) {
    const bool list = step.kind != plan::FactStep::Kind::Key;
    source::Diagnostic& d = p.diagnostics.report(Code::BadLater, fact.span, list ? fmt::format("{} is {}, and `[…]` looks into lists", walked, nameOf(type)) : fmt::format("{} has no field `{}`", walked, step.text));
    d.note(fmt::format("in the path \"{}\"; the types are those of Kubernetes {}", fact.path.str(), types.release()));
    std::vector<std::string> fields;
    for (const k8s::Field& f : type.fields) fields.emplace_back(f.name);
    const std::string near = list ? std::string() : source::nearest(step.text, fields);
    if (!near.empty()) d.hint(fmt::format("did you mean `{}`?", near));
    else if (type.kind == k8s::TypeKind::List) d.hint("take one of the list: `[0]`, or `[name=http]`");
    else if (!fields.empty() && fields.size() <= 24) d.hint(fmt::format("it has {}", fmt::join(fields, ", ")));
    else d.hint("the path ends one step earlier");
    return false;
  }
};

} // namespace

void bindFacts(Program& program, eval::Evaluator& evaluator, std::vector<Draft>& drafts, std::vector<plan::Operation>& operations, MakerOf maker) {
  FactBinding(program, evaluator, drafts, operations, maker).run();
}

} // namespace chasi::lower
