#include "compiler/lower/lower.h"

#include "compiler/lower/answers.h"
#include "compiler/lower/carried.h"
#include "compiler/lower/describe.h"
#include "compiler/lower/images.h"
#include "compiler/lower/lookup.h"
#include "compiler/lower/placed.h"
#include "compiler/lower/pods.h"
#include "compiler/lower/rollouts.h"
#include "compiler/lower/rules.h"
#include "compiler/lower/secrets.h"
#include "compiler/lower/stakes.h"
#include "compiler/lower/virtual_cluster.h"
#include "runtime/plan/waves.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

#include <map>

namespace chasi::lower {

using namespace sema;
using source::Code;
using source::Span;

std::string stableName(const Program& program, source::FileId file) {
  const llvm::StringRef name = program.sources.name(file);
  if (name.starts_with("std/")) return name.str();
  llvm::SmallString<256> full(name);
  if (llvm::sys::fs::make_absolute(full)) return name.str();
  llvm::sys::path::remove_dots(full, true);
  llvm::StringRef rest = full;
  return rest.consume_front(program.workspaceRoot) ? rest.ltrim('/').str() : name.str();
}

static llvm::StringRef groupOf(const plan::ObjectRef& ref) {
  const llvm::StringRef version(ref.apiVersion);
  return version.contains('/') ? version.split('/').first : "";
}

uint64_t objectHash(const std::string& target, const plan::ObjectRef& ref) { return hashOf({target, groupOf(ref), ref.kind, ref.ns, ref.name}); }

namespace {

/// Reads the records that lowerings make by the names of their fields in std.core.
class Lowering {
public:
  Lowering(Program& program, eval::Evaluator& evaluator, plan::Desired& desired, PinReader pins = nullptr, eval::ManifestReader manifests = nullptr) : p(program), e(evaluator), desired_(desired), pins_(std::move(pins)), manifests_(std::move(manifests)), placing_(program, evaluator) {}

  void run() {
    some(e.declarations());
    if (!p.diagnostics.hasErrors()) checkStakes(p, e, staked(drafts_, desired_.operations));
    if (manifests_ && !p.diagnostics.hasErrors()) completeImages(p, e, pins_, manifests_, drafts_, desired_.operations);
    tellOperations();
    order(p, e, drafts_, desired_.operations, *objects_);
    waves();
  }

  void some(llvm::ArrayRef<Record*> declarations) {
    const std::vector<std::pair<Record*, const ListValue*>> lists = lowered(declarations);
    size_t most = 0;
    std::vector<const ListValue*> all;
    for (const auto& [owner, list] : lists) {
      most += list->items.size();
      all.push_back(list);
    }
    placing_.setAll(std::move(all));
    desired_.operations.reserve(most);
    drafts_.reserve(most);
    Pipeline pipeline(drafts_, desired_.operations); // they stay where they are from here on
    for (const auto& [owner, list] : lists) {
      const Watch watch(p, e, *owner);
      for (const Value& item : list->items)
        if (item.tag == Tag::Record && make(*owner, *item.record)) pipeline.ready(drafts_.size());
    }
    pipeline.finish(drafts_.size());
    accept();
    bindAnswers(p, e, answers_, drafts_, desired_.operations);
    validate(p, e, drafts_, desired_.operations);
    checkPods(p, e, drafts_, desired_.operations);
    checkRules(p, e, drafts_, desired_.operations);
  }

  /// The rest of the way for operations that were made before.
  void take(std::vector<Draft> drafts) { drafts_ = std::move(drafts); }
  std::vector<Draft> give() { return std::move(drafts_); }
  bool plain() const {
    // A definition decides what other declarations may say.
    for (size_t i = 0; i < drafts_.size(); ++i)
      if (desired_.operations[i].kind == plan::OpKind::Image && asksOthers(e, drafts_[i])) return false;
    return doubled_.empty() && llvm::none_of(desired_.operations, [](const plan::Operation& op) { return op.object.kind == "CustomResourceDefinition"; }) && llvm::all_of(drafts_, [](const Draft& d) { return d.late.empty() && d.tellers.empty(); }) &&
           llvm::all_of(desired_.operations, [](const plan::Operation& op) { return llvm::all_of(op.secrets, [](const plan::SecretRef& s) { return secretObjectsOf(s).empty(); }); });
  }
  /// Policies and tests see the objects, unless something is wrong with them.
  void tellOperations() {
    if (p.usesOperations && !p.diagnostics.hasErrors()) e.setOperations(emitted());
  }

private:
  Program& p;
  eval::Evaluator& e;
  plan::Desired& desired_;
  PinReader pins_;
  eval::ManifestReader manifests_;
  Placing placing_;
  std::vector<Draft> drafts_; ///< side by side with desired_.operations
  std::vector<SaidAnswer> answers_;
  std::vector<Span> rollouts_; ///< side by side with desired_.rollouts
  std::map<source::FileId, std::string> names_;
  std::optional<Lookup> objects_; ///< by `Draft::hash`; images too, for their ids
  /// Objects that two declarations both describe.
  struct Doubled { const Record* first; const Record* second; std::string target; std::vector<std::string> objects; };
  std::vector<Doubled> doubled_;

  /// What each declaration is lowered to, not looked into yet. Finds the targets on the way.
  std::vector<std::pair<Record*, const ListValue*>> lowered(llvm::ArrayRef<Record*> declarations) {
    std::vector<std::pair<Record*, const ListValue*>> lists;
    for (Record* r : declarations) {
      const Watch watch(p, e, *r);
      if (p.isStandard(*r->schema, "cluster")) target(*r);
      if (p.isStandard(*r->schema, "rollout")) rollout(*r);
      if (r->schema->lowerSlot < 0 || e.stopped()) continue;
      const Value list = e.slot(*r, static_cast<uint32_t>(r->schema->lowerSlot));
      if (list.tag != Tag::List) {
        // An error value was reported where it arose. Were it not, operations would be missing in silence.
        if (!p.diagnostics.hasErrors())
          p.diagnostics.report(Code::BadOperation, r->span, fmt::format("{} {} was not lowered, and no reason was given", r->schema->name.str(), r->name.str())).hint("this is a mistake in chasic, not in the specification");
        continue;
      }
      lists.emplace_back(r, list.list);
    }
    return lists;
  }

  /// The fields of a kind of operation, by number.
  struct Slots {
    const Schema* schema = nullptr;
    int part = -1, after = -1, on = -1, manifest = -1, unchecked = -1, inside = -1, ns = -1;
  };
  Slots slots_; ///< of the kind seen last: nearly all are objects

  const Slots& slotsOf(const Schema& schema) {
    if (slots_.schema != &schema) slots_ = {&schema, schema.find("part"), schema.find("after"), schema.find("on"), schema.find("manifest"), schema.find("unchecked"), schema.find("inside"), schema.find("namespace")};
    return slots_;
  }
  Value value(Record& r, int slot) { return slot < 0 ? Value::absent() : e.slot(r, static_cast<uint32_t>(slot)); }

  struct Place { uint32_t at = 0; const std::string* file = nullptr; uint32_t line = 0, column = 0; };
  Place place_; ///< asked for last: a loop gives all that it makes the same

  const Place& place(Span span) {
    if (place_.file && place_.at == span.begin) return place_;
    const auto pos = p.sources.position(span.begin);
    const source::FileId file = p.sources.fileOf(span.begin);
    const auto [it, fresh] = names_.try_emplace(file);
    if (fresh) it->second = stableName(p, file);
    return place_ = {span.begin, &it->second, pos.line, pos.column};
  }

  std::pair<const Record*, const k8s::Schema*> types_; ///< of the cluster seen last

  void target(Record& cluster) {
    const Value context = e.field(cluster, "context");
    desired_.targets.push_back({cluster.name.str(), context.isText() ? context.str().str() : "", {*place(cluster.span).file, place_.line, place_.column}});
  }

  void rollout(Record& declaration) {
    plan::Rollout& rollout = desired_.rollouts.emplace_back(readRollout(e, declaration));
    rollout.name = "rollout." + declaration.name.str();
    rollout.source = {*place(declaration.span).file, place_.line, place_.column};
    rollouts_.push_back(declaration.span);
  }

  /// Within a rollout what a member needs comes with it; two of them may wait for each other.
  void waves() {
    if (p.diagnostics.hasErrors()) return;
    if (const auto trouble = plan::waveTrouble(desired_)) p.diagnostics.report(Code::DependencyCycle, rollouts_[trouble->rollout], trouble->message).hint(trouble->hint);
  }

  /// The objects as policies and tests see them.
  std::vector<eval::Emitted> emitted() {
    const auto schema = p.prelude->symbols.find("EmittedObject");
    std::vector<eval::Emitted> out;
    for (size_t i = 0; i < drafts_.size() && schema != p.prelude->symbols.end(); ++i) {
      if (desired_.operations[i].kind != plan::OpKind::Object) continue;
      const Draft& d = drafts_[i];
      const plan::ObjectRef& o = desired_.operations[i].object;
      out.push_back({schema->second->schema, o.kind, o.apiVersion, o.ns, o.name, d.on, d.owner, e.part(*d.owner, d.part), d.part.str(), d.manifest, d.span});
    }
    return out;
  }

  /// Evaluates what describes an operation; false when that went wrong. The rest is done by the pipeline, and by `accept`.
  bool make(Record& owner, Record& record) {
    if (record.schema->name == "FieldAnswer") return answers_.push_back({&owner, &record}), true;
    const Slots slots = slotsOf(*record.schema);
    plan::Operation& op = desired_.operations.emplace_back();
    Draft& d = drafts_.emplace_back();
    d.owner = &owner;
    d.record = &record;
    if (const Value part = value(record, slots.part); part.isText()) d.part = part.str();
    if (const Value after = value(record, slots.after); after.tag == Tag::List) d.after = after.list;
    const Record* part = e.part(owner, d.part);
    d.span = part ? part->span : owner.span;
    const Place& at = place(d.span);
    op.source = {*at.file, at.line, at.column};
    if (record.schema->name == "ImageBuild") op.kind = plan::OpKind::Image;
    else if (record.schema->name == "RunningCluster") op.kind = plan::OpKind::Vcluster;
    if (op.kind == plan::OpKind::Image ? image(d) : op.kind == plan::OpKind::Vcluster ? runningCluster(d, slots) : object(d, slots)) return true;
    desired_.operations.pop_back();
    drafts_.pop_back();
    return false;
  }

  bool image(Draft& d) {
    const Value description = e.field(*d.record, "description");
    if (description.tag == Tag::Map && !eval::hasError(description) && e.field(*d.record, "layout").isText()) {
      d.manifest = description.map;
      return true;
    }
    if (!p.diagnostics.hasErrors()) p.diagnostics.report(Code::BadOperation, d.record->span, "this image could not be worked out").at(d.span, "lowered from this declaration");
    return false;
  }

  bool runningCluster(Draft& d, const Slots& slots) {
    if (!acceptCluster(p, e, *d.owner, e.field(*d.record, "refused"))) return unknown(d), false;
    const Value description = e.unfolded(e.field(*d.record, "description"));
    const Value on = value(*d.record, slots.on);
    if (description.tag != Tag::Map || eval::hasError(description) || on.tag != Tag::Record) return unknown(d), false;
    d.manifest = description.map;
    d.on = on.record;
    desired_.targets.push_back({insideName(*d.on, *d.owner), "", desired_.operations.back().source, plan::Inside{d.on->name.str(), textAt(*d.manifest, {"namespace"}).str(), textAt(*d.manifest, {"name"}).str(), {}}});
    return true;
  }

  bool object(Draft& d, const Slots& slots) {
    const Value manifest = e.unfolded(value(*d.record, slots.manifest));
    const Value on = value(*d.record, slots.on);
    if (manifest.isError() || on.tag != Tag::Record) return unknown(d), false;
    if (manifest.tag != Tag::Map) {
      p.diagnostics.report(Code::BadOperation, d.record->span, "a manifest is a block of fields");
      return false;
    }
    d.manifest = manifest.map;
    d.on = on.record;
    if (const Value inside = value(*d.record, slots.inside); inside.tag == Tag::Record) {
      d.inside = inside.record;
      if (e.field(*d.inside, "vcluster").isAbsent()) {
        p.diagnostics.report(Code::BadOperation, d.record->span, fmt::format("this goes inside the virtual cluster of tenant {}, which has none", d.inside->name.str())).at(d.span, "lowered from this declaration").hint(fmt::format("give tenant {} a `vcluster`, or leave `inside` out", d.inside->name.str()));
        return false;
      }
    }
    if (const Value unchecked = value(*d.record, slots.unchecked); unchecked.tag == Tag::Bool) d.unchecked = unchecked.boolean;
    if (types_.first != on.record) types_ = {on.record, &typesOf(e, *on.record)};
    d.types = types_.second;
    if (const Value ns = value(*d.record, slots.ns); ns.isText()) d.manifest = placing_.place(*d.manifest, ns, *d.types);
    return true;
  }

  void unknown(const Draft& d) {
    if (!p.diagnostics.hasErrors()) p.diagnostics.report(Code::BadOperation, d.record->span, "this could not be worked out").at(d.span, "lowered from this declaration");
  }

  /// Says in order what is wrong with the operations by themselves and among each other; those move out of the lists.
  void accept() {
    std::vector<plan::Operation>& operations = desired_.operations;
    objects_.emplace(drafts_.size());
    size_t kept = 0;
    for (size_t i = 0; i < drafts_.size(); ++i) {
      const Watch watch(p, e, *drafts_[i].owner);
      if (!describe(drafts_[i], operations[i])) continue;
      if (kept != i) {
        drafts_[kept] = std::move(drafts_[i]);
        operations[kept] = std::move(operations[i]);
      }
      add(static_cast<uint32_t>(kept++));
    }
    drafts_.resize(kept);
    operations.resize(kept);
    doubles();
    ownSecrets();
    bindFacts(p, e, drafts_, operations, [this](const std::string& target, const plan::ObjectRef& object) -> std::optional<uint32_t> {
      const uint32_t* made = findObject(nameHash(object.kind, object.ns, object.name), target, object);
      return made ? std::optional(*made) : std::nullopt;
    });
    usePushed(drafts_, operations);
  }

  struct Secrets : eval::Evaluator::SecretSink {
    Draft& draft;
    std::vector<plan::SecretRef>& out;
    bool records = false;
    Secrets(Draft& aDraft, std::vector<plan::SecretRef>& list) : draft(aDraft), out(list) {}
    void secret(const std::string& pointer, size_t, const SecretValue& value) override {
      const bool late = holdsFact(value.parts);
      if (late) draft.late.push_back({pointer, &value, true});
      out.push_back(late ? plan::SecretRef{pointer, {}, {}} : secretRef(pointer, value, [](const LaterSource&) { return std::string(); }));
    }
    void later(const std::string& pointer, size_t, const SecretValue& value) override { draft.late.push_back({pointer, &value, false}); }
    void record() override { records = true; }
  };

  bool describe(Draft& d, plan::Operation& op) {
    switch (op.kind) {
    case plan::OpKind::Image: return describeImage(d, op);
    case plan::OpKind::Vcluster: return describeCluster(d, op);
    default: return describeObject(d, op);
    }
  }

  /// A virtual cluster is one by its owner, as an image is.
  bool describeCluster(Draft& d, plan::Operation& op) {
    op.id = op.owner + "/vcluster";
    op.target = d.on->name.str();
    const std::string name = insideName(*d.on, *d.owner);
    for (plan::Target& target : desired_.targets)
      if (target.name == name && target.inside) target.inside->operation = op.id;
    d.hash = llvm::xxh3_64bits(op.id);
    Secrets sink(d, op.secrets);
    if (e.writeJson(Value::of(d.manifest), op.payload, &sink) && op.secrets.empty() && d.late.empty()) return true;
    unknown(d);
    return false;
  }

  bool describeImage(Draft& d, plan::Operation& op) {
    op.id = op.owner + "/image";
    d.hash = llvm::xxh3_64bits(op.id);
    op.payload = "{\"layout\":";
    e.writeJson(e.field(*d.record, "layout"), op.payload);
    if (const Value push = e.field(*d.record, "push"); push.isText()) {
      op.payload += ",\"push\":";
      e.writeJson(push, op.payload);
    }
    op.payload += ",\"image\":";
    Secrets sink(d, op.secrets);
    if (!e.writeJson(Value::of(d.manifest), op.payload, &sink)) {
      p.diagnostics.report(Code::Budget, d.record->span, "this image's description is too large").at(d.span, fmt::format("lowered from {}", op.owner));
      return false;
    }
    if (const Value render = e.field(*d.record, "render"); render.tag == Tag::List && !render.list->items.empty()) {
      nlohmann::json owners = nlohmann::json::array();
      for (const Value& each : render.list->items)
        if (each.tag == Tag::Record) owners.push_back(ownerName(*each.record));
      op.payload += ",\"render\":" + owners.dump();
    }
    op.payload += '}';
    if (!op.secrets.empty()) return refuseSecret(d, op.owner, op.secrets.front().pointer, "the image");
    if (!pinImages(p, e, pins_, *d.owner, op.payload)) return false;
    if (!d.late.empty()) return refuseLate(d, op.owner, d.late.front().pointer, "what is in an image");
    return true;
  }

  /// False.
  bool refuseSecret(const Draft& d, const std::string& owner, const std::string& pointer, const std::string& what) {
    const Span place = placeOf(*d.manifest, pointer);
    p.diagnostics.report(Code::BadSecretPlace, place.valid() ? place : d.span, fmt::format("a secret would stand in clear in {}", what))
        .at(d.span, fmt::format("lowered from {}", owner))
        .note(fmt::format("at {}", pointer))
        .hint("secrets go into the data of a Secret, and are referred to from there");
    return false;
  }

  /// False.
  bool refuseLate(const Draft& d, const std::string& owner, const std::string& pointer, const std::string& what) {
    const Span place = placeOf(*d.manifest, pointer);
    p.diagnostics.report(Code::LaterPlace, place.valid() ? place : d.span, fmt::format("{} must be known before anything runs, and this is known only while applying", what))
        .at(d.span, fmt::format("lowered from {}", owner))
        .note(fmt::format("at {}", readable(pointer)))
        .hint("decide by what the specification says");
    return false;
  }

  bool describeObject(Draft& d, plan::Operation& op) {
    if (!d.data && eval::hasError(Value::of(d.manifest))) return unknown(d), false;
    if (const std::string pointer = d.data ? "" : nameLike(*d.manifest, Tag::Secret); !pointer.empty()) return refuseSecret(d, op.owner, pointer, "the name of an object");
    if (const std::string pointer = d.data ? "" : nameLike(*d.manifest, Tag::Later); !pointer.empty()) return refuseLate(d, op.owner, pointer, "the name of an object");
    const plan::ObjectRef& ref = op.object;
    if (ref.apiVersion.empty() || ref.kind.empty() || ref.name.empty()) {
      unnamed(d, ref.apiVersion.empty() ? "/apiVersion" : ref.kind.empty() ? "/kind" : "/metadata/name");
      return false;
    }
    return (d.data || describeMore(d, op)) && !described(d, op);
  }

  /// An object that does not say what it is. The place is that of the text which is missing or is none, as far as the manifest goes there.
  void unnamed(const Draft& d, llvm::StringRef pointer) {
    const Span place = placeOf(*d.manifest, pointer);
    const Value* it = d.manifest->find(pointer.drop_front().split('/').first);
    if (it && it->tag == Tag::Map) it = it->map->find("name");
    auto& report = p.diagnostics.report(Code::BadOperation, place.valid() ? place : d.record->span, "an object needs apiVersion, kind and metadata.name");
    report.at(d.span, "lowered from this declaration");
    if (it && (it->tag == Tag::Int || it->tag == Tag::Float || it->tag == Tag::Bool)) report.hint(fmt::format("{} is no text here: put it in quotes", pointer.drop_front().split('/').second.empty() ? pointer.drop_front() : "metadata.name"));
  }

  /// An object that holds more than data.
  bool describeMore(Draft& d, plan::Operation& op) {
    const plan::ObjectRef& ref = op.object;
    Secrets sink(d, op.secrets);
    if (!e.writeJson(Value::of(d.manifest), op.payload, &sink)) {
      p.diagnostics.report(Code::Budget, d.record->span, fmt::format("{} {} is too large", ref.kind, ref.name)).at(d.span, fmt::format("lowered from {}", op.owner));
      return false;
    }
    d.holdsRecords = sink.records;
    for (const plan::SecretRef& s : op.secrets)
      if (!takesSecret(ref, s.pointer)) return refuseSecret(d, op.owner, s.pointer, fmt::format("{} {}", ref.kind, ref.name));
    return true;
  }

  /// The number of the operation for this object, or null.
  const uint32_t* findObject(uint64_t hash, const std::string& target, const plan::ObjectRef& ref) {
    return objects_->find(hash, [&](uint32_t i) {
      const plan::Operation& other = desired_.operations[i];
      return other.object.name == ref.name && other.object.ns == ref.ns && other.object.kind == ref.kind && groupOf(other.object) == groupOf(ref) && other.target == target;
    });
  }

  /// Whether the object is there already.
  bool described(const Draft& d, const plan::Operation& op) {
    const plan::ObjectRef& ref = op.object;
    const uint32_t* at = findObject(d.hash, op.target, ref);
    if (!at) return false;
    const Record* first = drafts_[*at].owner;
    auto known = llvm::find_if(doubled_, [&](const Doubled& pair) { return pair.first == first && pair.second == d.owner; });
    if (known == doubled_.end()) known = doubled_.insert(known, {first, d.owner, op.target, {}});
    known->objects.push_back(fmt::format("{} {}", ref.kind, ref.ns.empty() ? ref.name : ref.ns + "/" + ref.name));
    return true;
  }

  /// What is read from a Secret was there before this specification: its own has no value that is not written here already.
  void ownSecrets() {
    for (size_t i = 0; i < drafts_.size(); ++i) {
      const plan::Operation& op = desired_.operations[i];
      for (const plan::SecretRef& s : op.secrets) {
        for (const plan::ObjectRef& source : secretObjectsOf(s)) {
          const uint32_t* maker = findObject(nameHash(source.kind, source.ns, source.name), op.target, source);
          if (!maker) continue;
          const Span place = placeOf(*drafts_[i].manifest, s.pointer);
          p.diagnostics.report(Code::BadSecretPlace, place.valid() ? place : drafts_[i].span, fmt::format("the Secret {}/{} is made by this specification, so nothing is read from it", source.ns, source.name))
              .at(drafts_[*maker].span, "it is made here")
              .note(fmt::format("for {} of {} {}", s.pointer, op.object.kind, op.object.name))
              .hint("use the secret that its entry is made of");
          return;
        }
      }
    }
  }

  /// One report for two declarations, however many objects they share.
  void doubles() {
    for (const auto& [first, second, target, objects] : doubled_) {
      source::Diagnostic& d = p.diagnostics.report(Code::DuplicateObject, second->span, fmt::format("{} on cluster {} is described twice", objects.front(), target));
      if (first == second) d.note("by the same declaration");
      else d.at(first->span, fmt::format("also by {}.{}", first->schema->name.str(), first->name.str()));
      if (objects.size() > 1) d.note(fmt::format("and {} more object{} that both describe", objects.size() - 1, objects.size() == 2 ? "" : "s"));
      d.hint(llvm::StringRef(objects.front()).starts_with("Namespace ") ? "give one of them another namespace" : "give one of them another name");
    }
  }

  void add(uint32_t number) {
    plan::Operation& op = desired_.operations[number];
    // Two API groups may have kinds of one name: the group then tells the identities apart.
    if (objects_->find(drafts_[number].hash, [&](uint32_t i) { return desired_.operations[i].id == op.id; })) op.id += "@" + op.object.apiVersion;
    objects_->add(drafts_[number].hash, number);
  }
};

} // namespace

void lowerAll(Program& program, eval::Evaluator& evaluator, plan::Desired& desired, const PinReader& pins, const eval::ManifestReader& manifests) { Lowering(program, evaluator, desired, pins, manifests).run(); }

bool lowerSome(Program& program, eval::Evaluator& evaluator, const PinReader& pins, llvm::ArrayRef<Record*> declarations, std::vector<Draft>& drafts, std::vector<plan::Operation>& operations) {
  plan::Desired desired;
  Lowering lowering(program, evaluator, desired, pins);
  lowering.some(declarations);
  const bool plain = lowering.plain();
  drafts = lowering.give();
  operations = std::move(desired.operations);
  return plain;
}

void tellOperations(Program& program, eval::Evaluator& evaluator, std::vector<Draft>& drafts, std::vector<plan::Operation>& operations) {
  plan::Desired desired;
  desired.operations = std::move(operations);
  Lowering lowering(program, evaluator, desired);
  lowering.take(std::move(drafts));
  lowering.tellOperations();
  drafts = lowering.give();
  operations = std::move(desired.operations);
}

} // namespace chasi::lower
