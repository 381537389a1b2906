#include "compiler/lower/answers.h"

#include "runtime/plan/field_path.h"
#include "runtime/plan/plan.h"

#include <llvm/ADT/DenseMap.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace chasi::lower {

using namespace sema;
using nlohmann::json;
using plan::FieldPath;
using plan::PathStep;
using source::Code;
using source::Span;

namespace {

struct Misfit {
  std::string message, help;
};

/// "Deployment", "Deployment.apps/web" or "Deployment/shop/web".
struct Meant {
  llvm::StringRef kind, group, ns, name;

  explicit Meant(llvm::StringRef text) {
    std::tie(kind, name) = text.split('/');
    if (name.contains('/')) std::tie(ns, name) = name.split('/');
    std::tie(kind, group) = kind.split('.');
  }
  bool means(const plan::ObjectRef& o) const {
    const llvm::StringRef version(o.apiVersion);
    return o.kind == kind && (name.empty() || o.name == name) && (ns.empty() || o.ns == ns) && (group.empty() || (version.contains('/') && version.split('/').first == group));
  }
};

std::vector<std::string> namesOf(const k8s::Type& type) {
  std::vector<std::string> names;
  for (const k8s::Field& f : type.fields) names.emplace_back(f.name);
  return names;
}

/// Takes a path to the object that it means: what its type says about it, and elements of lists by the keys that the API tells them apart by.
class Fitting {
public:
  Fitting(const Draft& draft, const plan::Operation& op) : op_(op), object_(json::parse(op.payload, nullptr, false)) {
    if (!draft.unchecked && draft.types) type_ = draft.types->type(op.object.apiVersion, op.object.kind);
  }

  /// The path in full, or what is wrong.
  std::optional<Misfit> fit(FieldPath& path, plan::Answer answer) {
    if (isFixed(path)) return Misfit{fmt::format("{} is not decided by who writes it", plan::writeFieldPath(path)), "leave this answer out"};
    const k8s::Type* type = type_;
    bool known = type != nullptr;
    FieldPath done;
    for (PathStep& step : path) {
      if (known)
        if (auto wrong = this->step(type, step, done)) return wrong;
      done.push_back(step);
      const bool free = type && (type->kind == k8s::TypeKind::Any || type->kind == k8s::TypeKind::FreeObject || type->preserveUnknown);
      type = !type ? nullptr : type->kind == k8s::TypeKind::List ? type->element : type->member(step.name);
      if (!type && free) known = false;
    }
    if (plan::findField(object_, path)) return std::nullopt;
    if (answer == plan::Answer::Ignore && known) return std::nullopt; // what was said earlier, or by others, stays
    const std::string text = plan::writeFieldPath(path);
    return Misfit{fmt::format("{} does not say {}", subject(), text), answer == plan::Answer::Ignore ? "name a field that it says" : fmt::format("say {} in the object, or leave this answer out: nothing is taken or shared that is not said", text)};
  }

private:
  const plan::Operation& op_;
  json object_;
  const k8s::Type* type_ = nullptr;

  std::string subject() const { return fmt::format("{} {}", op_.object.kind, op_.object.name); }

  /// What names the object, and what the server alone writes.
  static bool isFixed(const FieldPath& path) {
    static const std::set<std::string> heads = {"apiVersion", "kind", "status"}, metadata = {"name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"};
    if (heads.contains(path.front().name)) return true;
    return path.front().name == "metadata" && (path.size() == 1 || metadata.contains(path[1].name));
  }

  std::optional<Misfit> step(const k8s::Type* type, PathStep& step, const FieldPath& done) {
    if (!type) return std::nullopt;
    const std::string here = plan::writeFieldPath(done);
    const bool list = type->kind == k8s::TypeKind::List;
    if (type->atomic || (list && type->listType != k8s::ListType::Map)) return Misfit{fmt::format("{} of {} belongs to one manager as a whole", here, subject()), fmt::format("say path = \"{}\"", here)};
    if (list) return element(*type, step, here);
    if (!step.isField()) return Misfit{fmt::format("{} of {} is no list", here, subject()), "name the field behind a point"};
    const bool named = type->kind == k8s::TypeKind::Object;
    if (type->member(step.name) || type->preserveUnknown || type->kind == k8s::TypeKind::Any || type->kind == k8s::TypeKind::FreeObject) return std::nullopt;
    FieldPath wrong = done;
    wrong.push_back(step);
    const std::string near = named ? source::nearest(step.name, namesOf(*type)) : "";
    std::string help = "`chasic doc` and the Kubernetes reference list its fields";
    if (!near.empty()) {
      wrong.back().name = near;
      help = fmt::format("did you mean `{}`?", plan::writeFieldPath(wrong));
      wrong.back().name = step.name;
    }
    return Misfit{fmt::format("{} has no field {}", subject(), plan::writeFieldPath(wrong)), std::move(help)};
  }

  std::optional<Misfit> element(const k8s::Type& type, PathStep& step, const std::string& here) {
    std::string form;
    for (const std::string_view key : type.mapKeys) form += fmt::format("{}{}=…", form.empty() ? "" : ",", key);
    if (step.isField()) return Misfit{fmt::format("{} of {} is a list", here, subject()), fmt::format("name an element of it: {}[{}]", here, form)};
    const bool full = step.keys.size() == type.mapKeys.size() && llvm::all_of(type.mapKeys, [&](std::string_view key) { return llvm::any_of(step.keys, [&](const auto& said) { return said.first == key; }); });
    if (full) return std::nullopt;
    // Plans tell elements apart by `name` where they can; the server does by these keys.
    const auto place = plan::readFieldPath(here);
    const json* list = place ? plan::findField(object_, *place) : nullptr;
    const json* found = list ? plan::findField(*list, {step}) : nullptr;
    if (!found) return Misfit{fmt::format("{} of {} has no element {}", here, subject(), plan::writeFieldPath({step})), fmt::format("elements are named by their keys: {}[{}]", here, form)};
    PathStep exact;
    for (const std::string_view key : type.mapKeys) {
      const auto value = found->find(std::string(key));
      if (value == found->end() && key != "protocol") return Misfit{fmt::format("{} of {} has an element without {}", here, subject(), key), "say it in the object"};
      exact.keys.emplace_back(std::string(key), value == found->end() ? "TCP" : plan::keyText(*value));
    }
    std::sort(exact.keys.begin(), exact.keys.end());
    step = std::move(exact);
    return std::nullopt;
  }
};

class Binding {
public:
  Binding(Program& program, eval::Evaluator& evaluator, const std::vector<Draft>& drafts, std::vector<plan::Operation>& operations) : p(program), e(evaluator), drafts_(drafts), operations_(operations) {
    for (uint32_t i = 0; i < drafts.size(); ++i) made_[drafts[i].owner].push_back(i);
  }

  void bind(const SaidAnswer& said) {
    Record& record = *said.record;
    const Value of = e.field(record, "of"), path = e.field(record, "path"), answer = e.field(record, "answer"), part = e.field(record, "part");
    if (!of.isText() || !path.isText() || !answer.isText()) return; // reported where it went wrong
    const plan::Answer what = answer.str() == "take" ? plan::Answer::Take : answer.str() == "share" ? plan::Answer::Share : plan::Answer::Ignore;
    std::string why;
    const std::optional<FieldPath> steps = plan::readFieldPath(path.str(), &why);
    if (!steps) return report(said, "path", Code::BadAnswer, {fmt::format("`{}` is no path of a field: {}", path.str().str(), why), "write it as plans do: spec.template.spec.containers[name=api].image"});
    const std::vector<uint32_t> objects = meant(*said.owner, Meant(of.str()), part.isText() ? part.str() : "");
    if (objects.empty()) return nothing(said, of.str(), part.isText() ? part.str() : "");
    std::optional<Misfit> first;
    bool fits = false;
    for (const uint32_t i : objects) {
      FieldPath exact = *steps;
      if (auto misfit = Fitting(drafts_[i], operations_[i]).fit(exact, what)) {
        if (!first) first = std::move(misfit);
        continue;
      }
      fits = true;
      if (!note(operations_[i], exact, what)) return report(said, "path", Code::BadAnswer, {fmt::format("there are two answers for {} of {} {}", plan::writeFieldPath(exact), operations_[i].object.kind, operations_[i].object.name), "keep one of them"});
    }
    if (!fits) report(said, "path", Code::BadAnswer, *first);
  }

private:
  Program& p;
  eval::Evaluator& e;
  const std::vector<Draft>& drafts_;
  std::vector<plan::Operation>& operations_;
  llvm::DenseMap<const Record*, std::vector<uint32_t>> made_; ///< by declaration

  /// The objects of a declaration, or of a part of it.
  std::vector<uint32_t> objectsOf(const Record& owner, llvm::StringRef part) const {
    std::vector<uint32_t> found;
    if (const auto made = made_.find(&owner); made != made_.end()) found = made->second;
    std::erase_if(found, [&](uint32_t i) { return operations_[i].kind != plan::OpKind::Object || (!part.empty() && drafts_[i].part != part); });
    return found;
  }

  std::vector<uint32_t> meant(const Record& owner, const Meant& what, llvm::StringRef part) const {
    std::vector<uint32_t> found = objectsOf(owner, part);
    std::erase_if(found, [&](uint32_t i) { return !what.means(operations_[i].object); });
    return found;
  }

  /// False when something else was said already.
  static bool note(plan::Operation& op, const FieldPath& path, plan::Answer answer) {
    for (const plan::FieldAnswer& other : op.fields) {
      const auto known = plan::readFieldPath(other.path);
      if (!known || (!plan::isWithin(path, *known) && !plan::isWithin(*known, path))) continue;
      if (other.answer != answer) return false;
      if (plan::isWithin(path, *known)) return true;
    }
    op.fields.push_back({plan::writeFieldPath(path), answer});
    return true;
  }

  void nothing(const SaidAnswer& said, llvm::StringRef of, llvm::StringRef part) {
    std::vector<std::string> made;
    for (const uint32_t i : objectsOf(*said.owner, part)) {
      const plan::ObjectRef& object = operations_[i].object;
      made.push_back(of.contains('/') ? fmt::format("{}/{}", object.kind, object.name) : object.kind);
    }
    llvm::sort(made);
    made.erase(std::unique(made.begin(), made.end()), made.end());
    const std::string owner = fmt::format("{} {}", said.owner->schema->name.str(), said.owner->name.str());
    const std::string near = source::nearest(of, made);
    std::string help = near.empty() ? "" : fmt::format("did you mean `{}`?", near);
    for (size_t i = 0; near.empty() && i < made.size() && i < 5; ++i) help += fmt::format("{}`{}`", i ? ", " : "it makes ", made[i]);
    if (near.empty() && made.size() > 5) help += fmt::format(" and {} more", made.size() - 5);
    if (made.empty()) help = "leave this answer out";
    report(said, "of", Code::AnswerForNothing, {fmt::format("{}{} makes no {}", part.empty() ? "" : fmt::format("component {} of ", part.str()), owner, of.str()), std::move(help)});
  }

  void report(const SaidAnswer& said, llvm::StringRef field, Code code, Misfit misfit) {
    const int slot = said.record->schema->find(field);
    const eval::Definition* written = said.record->definitions && slot >= 0 ? said.record->definitions[slot] : nullptr;
    Span place = written && written->member && written->member->span.valid() ? written->member->span : said.record->span;
    if (!place.valid() || p.sources.name(p.sources.fileOf(place.begin)).starts_with("std/")) place = said.owner->span;
    source::Diagnostic& d = p.diagnostics.report(code, place, std::move(misfit.message));
    if (place.begin != said.owner->span.begin) d.at(said.owner->span, "of this declaration");
    if (!misfit.help.empty()) d.hint(std::move(misfit.help));
  }
};

} // namespace

void bindAnswers(Program& program, eval::Evaluator& evaluator, llvm::ArrayRef<SaidAnswer> answers, const std::vector<Draft>& drafts, std::vector<plan::Operation>& operations) {
  if (answers.empty()) return;
  // What is wrong elsewhere may be why an object or a field is not there.
  if (program.diagnostics.hasErrors()) {
    for (const SaidAnswer& said : answers) evaluator.tell(*said.owner);
    return;
  }
  Binding binding(program, evaluator, drafts, operations);
  for (const SaidAnswer& said : answers) {
    const Watch watch(program, evaluator, *said.owner);
    binding.bind(said);
  }
}

} // namespace chasi::lower
