#include "compiler/lower/lower.h"

#include "compiler/lower/secrets.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringMap.h>

#include <map>

namespace chasi::lower {

using namespace sema;
using source::Code;
using source::Span;

const Value* at(const MapValue& map, std::initializer_list<llvm::StringRef> path) {
  const MapValue* m = &map;
  const Value* found = nullptr;
  for (const llvm::StringRef key : path) {
    if (!m) return nullptr;
    const MapEntry* e = m->find(key);
    if (!e) return nullptr;
    found = &e->value;
    m = found->tag == Tag::Map ? found->map : nullptr;
  }
  return found;
}

llvm::StringRef textAt(const MapValue& map, std::initializer_list<llvm::StringRef> path) {
  const Value* v = at(map, path);
  return v && v->isText() ? v->str() : llvm::StringRef();
}

std::string stableName(const Program& program, source::FileId file) {
  const llvm::StringRef name = program.sources.name(file);
  if (name.starts_with("std/")) return name.str();
  llvm::SmallString<256> full(name);
  if (llvm::sys::fs::make_absolute(full)) return name.str();
  llvm::sys::path::remove_dots(full, true);
  llvm::StringRef rest = full;
  return rest.consume_front(program.workspaceRoot) ? rest.ltrim('/').str() : name.str();
}

namespace {

/// Reads the records that lowerings make by the names of their fields in std.core.
class Lowering {
public:
  Lowering(Program& program, eval::Evaluator& evaluator, plan::Desired& desired) : p(program), e(evaluator), desired_(desired) {}

  void run() {
    for (Record* r : e.declarations()) {
      if (r->schema->name == "cluster" && r->schema->module == p.prelude) target(*r);
      if (r->schema->lowerSlot < 0 || e.stopped()) continue;
      const Value list = e.slot(*r, static_cast<uint32_t>(r->schema->lowerSlot));
      if (list.tag != Tag::List) {
        // An error value was reported where it arose. Were it not, operations would be missing in silence.
        if (!p.diagnostics.hasErrors())
          p.diagnostics.report(Code::BadOperation, r->span, fmt::format("{} {} was not lowered, and no reason was given", r->schema->name.str(), r->name.str())).hint("this is a mistake in chasic, not in the specification");
        continue;
      }
      for (const Value& item : list.list->items)
        if (item.tag == Tag::Record) operation(*r, *item.record);
    }
    doubles();
    ownSecrets();
    byObject_ = {};
    byId_ = {}; // tens of megabytes that nobody needs any more
    validate(p, drafts_, desired_.operations);
    if (p.usesOperations && !p.diagnostics.hasErrors()) e.setOperations(emitted());
    order(p, e, drafts_, desired_.operations);
  }

private:
  Program& p;
  eval::Evaluator& e;
  plan::Desired& desired_;
  /// One that is being made.
  struct Making : Draft {
    plan::Operation operation;
  };

  std::deque<Draft> drafts_; ///< side by side with desired_.operations
  llvm::StringMap<size_t> byObject_;
  llvm::StringMap<size_t> byId_;
  std::map<source::FileId, std::string> names_;
  /// Objects that two declarations both describe.
  struct Doubled { const Record* first; const Record* second; std::string target; std::vector<std::string> objects; };
  std::vector<Doubled> doubled_;

  Value field(Record& r, llvm::StringRef name) {
    const int i = r.schema->find(name);
    return i < 0 ? Value::absent() : e.slot(r, static_cast<uint32_t>(i));
  }

  plan::SourceRef place(Span span) {
    const auto pos = p.sources.position(span.begin);
    const source::FileId file = p.sources.fileOf(span.begin);
    const auto [it, fresh] = names_.try_emplace(file);
    if (fresh) it->second = stableName(p, file);
    return {it->second, pos.line, pos.column};
  }

  void target(Record& cluster) {
    const Value context = field(cluster, "context");
    desired_.targets.push_back({cluster.name.str(), context.isText() ? context.str().str() : "", place(cluster.span)});
  }

  /// The nested declaration of that name, or null.
  Record* partOf(Record& owner, llvm::StringRef part) {
    for (uint32_t i = 0; i < owner.schema->fields.size() && !part.empty(); ++i) {
      if (!owner.schema->fields[i].nested) continue;
      const Value map = e.slot(owner, i);
      if (map.tag != Tag::Map) continue;
      if (const MapEntry* entry = map.map->find(part); entry && entry->value.tag == Tag::Record) return entry->value.record;
    }
    return nullptr;
  }

  /// The objects as policies and tests see them.
  std::vector<eval::Emitted> emitted() {
    const auto schema = p.prelude->symbols.find("EmittedObject");
    std::vector<eval::Emitted> out;
    for (size_t i = 0; i < drafts_.size() && schema != p.prelude->symbols.end(); ++i) {
      if (desired_.operations[i].kind != plan::OpKind::Object) continue;
      const Draft& d = drafts_[i];
      const plan::ObjectRef& o = desired_.operations[i].object;
      out.push_back({schema->second->schema, o.kind, o.apiVersion, o.ns, o.name, d.on, d.owner, partOf(*d.owner, d.part), d.part, d.manifest, d.span});
    }
    return out;
  }

  void operation(Record& owner, Record& record) {
    Making d;
    d.owner = &owner;
    if (const Value part = field(record, "part"); part.isText()) d.part = part.str().str();
    if (const Value after = field(record, "after"); after.tag == Tag::List)
      for (const Value& v : after.list->items)
        if (v.isText()) d.after.push_back(v.str().str());
    const Record* part = partOf(owner, d.part);
    d.span = part ? part->span : owner.span;
    d.operation.owner = owner.schema->name.str() + "." + owner.name.str();
    d.operation.source = place(d.span);
    if (record.schema->name == "ImageBuild") image(owner, record, std::move(d));
    else object(owner, record, std::move(d));
  }

  struct Secrets : eval::Evaluator::SecretSink {
    std::vector<plan::SecretRef>& out;
    bool records = false;
    explicit Secrets(std::vector<plan::SecretRef>& list) : out(list) {}
    void secret(const std::string& pointer, size_t, const SecretValue& value) override { out.push_back(secretRef(pointer, value)); }
    void record() override { records = true; }
  };

  void image(Record& owner, Record& record, Making d) {
    const Value description = field(record, "description");
    const Value layout = field(record, "layout");
    if (description.tag != Tag::Map || eval::hasError(description) || !layout.isText()) {
      if (!p.diagnostics.hasErrors()) p.diagnostics.report(Code::BadOperation, record.span, "this image could not be worked out").at(d.span, "lowered from this declaration");
      return;
    }
    d.operation.kind = plan::OpKind::Image;
    d.operation.id = d.operation.owner + "/image";
    d.operation.payload = "{\"layout\":";
    e.writeJson(layout, d.operation.payload);
    d.operation.payload += ",\"image\":";
    Secrets sink(d.operation.secrets);
    if (!e.writeJson(description, d.operation.payload, &sink)) {
      p.diagnostics.report(Code::Budget, record.span, "this image's description is too large").at(d.span, fmt::format("lowered from {}", d.operation.owner));
      return;
    }
    d.operation.payload += '}';
    if (!d.operation.secrets.empty()) return refuseSecret(d, *description.map, d.operation.secrets.front().pointer, "the image");
    d.manifest = description.map;
    add(owner, std::move(d));
  }

  void refuseSecret(const Making& d, const MapValue& described, const std::string& pointer, const std::string& what) {
    const Span place = placeOf(described, pointer);
    p.diagnostics.report(Code::BadSecretPlace, place.valid() ? place : d.span, fmt::format("a secret would stand in clear in {}", what))
        .at(d.span, fmt::format("lowered from {}", d.operation.owner))
        .note(fmt::format("at {}", pointer))
        .hint("secrets go into the data of a Secret, and are referred to from there");
  }

  void object(Record& owner, Record& record, Making d) {
    const Value manifest = field(record, "manifest");
    const Value on = field(record, "on");
    if (eval::hasError(manifest) || on.tag != Tag::Record) {
      if (!p.diagnostics.hasErrors()) p.diagnostics.report(Code::BadOperation, record.span, "this object could not be worked out").at(d.span, "lowered from this declaration");
      return;
    }
    if (manifest.tag != Tag::Map) {
      p.diagnostics.report(Code::BadOperation, record.span, "a manifest is a block of fields");
      return;
    }
    d.manifest = manifest.map;
    plan::ObjectRef& ref = d.operation.object;
    const auto text = [&](std::initializer_list<llvm::StringRef> path) { return textAt(*manifest.map, path).str(); };
    ref = {text({"apiVersion"}), text({"kind"}), text({"metadata", "namespace"}), text({"metadata", "name"})};
    if (const std::string pointer = secretName(*manifest.map); !pointer.empty()) return refuseSecret(d, *manifest.map, pointer, "the name of an object");
    if (ref.apiVersion.empty() || ref.kind.empty() || ref.name.empty()) {
      p.diagnostics.report(Code::BadOperation, record.span, "an object needs apiVersion, kind and metadata.name").at(d.span, "lowered from this declaration");
      return;
    }
    d.operation.target = on.record->name.str();
    d.on = on.record;
    d.operation.id = d.operation.owner + "/" + ref.kind + "/" + (ref.ns.empty() ? "" : ref.ns + "/") + ref.name;
    Secrets sink(d.operation.secrets);
    if (!e.writeJson(manifest, d.operation.payload, &sink)) {
      p.diagnostics.report(Code::Budget, record.span, fmt::format("{} {} is too large", ref.kind, ref.name)).at(d.span, fmt::format("lowered from {}", d.operation.owner));
      return;
    }
    d.holdsRecords = sink.records;
    for (const plan::SecretRef& s : d.operation.secrets)
      if (!takesSecret(ref, s.pointer)) return refuseSecret(d, *manifest.map, s.pointer, fmt::format("{} {}", ref.kind, ref.name));
    const llvm::SmallString<128> key = objectKey(d.operation.target, ref);
    if (const auto [it, fresh] = byObject_.try_emplace(key, drafts_.size()); !fresh) {
      const Record* first = drafts_[it->second].owner;
      auto known = llvm::find_if(doubled_, [&](const Doubled& pair) { return pair.first == first && pair.second == &owner; });
      if (known == doubled_.end()) known = doubled_.insert(known, {first, &owner, d.operation.target, {}});
      known->objects.push_back(fmt::format("{} {}", ref.kind, ref.ns.empty() ? ref.name : ref.ns + "/" + ref.name));
      return;
    }
    add(owner, std::move(d));
  }

  static llvm::SmallString<128> objectKey(const std::string& target, const plan::ObjectRef& ref) {
    const size_t slash = ref.apiVersion.find('/');
    const std::string group = ref.apiVersion.substr(0, slash == std::string::npos ? 0 : slash);
    llvm::SmallString<128> key;
    for (const std::string& part : {std::cref(target), std::cref(group), std::cref(ref.kind), std::cref(ref.ns), std::cref(ref.name)}) (key += part) += '|';
    return key;
  }

  /// What is read from a Secret was there before this specification: its own has no value that is not written here already.
  void ownSecrets() {
    for (size_t i = 0; i < drafts_.size(); ++i) {
      const plan::Operation& op = desired_.operations[i];
      for (const plan::SecretRef& s : op.secrets) {
        for (const plan::ObjectRef& source : secretObjectsOf(s)) {
          const auto maker = byObject_.find(objectKey(op.target, source));
          if (maker == byObject_.end()) continue;
          const Span place = placeOf(*drafts_[i].manifest, s.pointer);
          p.diagnostics.report(Code::BadSecretPlace, place.valid() ? place : drafts_[i].span, fmt::format("the Secret {}/{} is made by this specification, so nothing is read from it", source.ns, source.name))
              .at(drafts_[maker->second].span, "it is made here")
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

  void add(Record&, Making d) {
    // Two API groups may have kinds of one name: the group then tells the identities apart.
    if (!byId_.try_emplace(d.operation.id, drafts_.size()).second) d.operation.id += "@" + d.operation.object.apiVersion;
    desired_.operations.push_back(std::move(d.operation));
    drafts_.push_back(std::move(static_cast<Draft&>(d)));
  }
};

} // namespace

void lowerAll(Program& program, eval::Evaluator& evaluator, plan::Desired& desired) { Lowering(program, evaluator, desired).run(); }

} // namespace chasi::lower
