#include "compiler/lower/lower.h"

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

std::string textAt(const MapValue& map, std::initializer_list<llvm::StringRef> path) {
  const Value* v = at(map, path);
  return v && v->isText() ? v->str().str() : "";
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
    validate(p, drafts_);
    desired_.operations = order(p, e, drafts_);
  }

private:
  Program& p;
  eval::Evaluator& e;
  plan::Desired& desired_;
  std::vector<Draft> drafts_;
  std::map<std::string, size_t> byObject_;
  std::map<std::string, size_t> byId_;

  Value field(Record& r, llvm::StringRef name) {
    const int i = r.schema->find(name);
    return i < 0 ? Value::absent() : e.slot(r, static_cast<uint32_t>(i));
  }

  plan::SourceRef place(Span span) {
    const auto pos = p.sources.position(span.begin);
    return {p.sources.name(p.sources.fileOf(span.begin)).str(), pos.line, pos.column};
  }

  void target(Record& cluster) {
    const Value context = field(cluster, "context");
    desired_.targets.push_back({cluster.name.str(), context.isText() ? context.str().str() : "", place(cluster.span)});
  }

  /// Where the part is declared, or the owner.
  Span spanOf(Record& owner, llvm::StringRef part) {
    for (uint32_t i = 0; i < owner.schema->fields.size() && !part.empty(); ++i) {
      if (!owner.schema->fields[i].nested) continue;
      const Value map = e.slot(owner, i);
      if (map.tag != Tag::Map) continue;
      if (const MapEntry* entry = map.map->find(part); entry && entry->value.tag == Tag::Record) return entry->value.record->span;
    }
    return owner.span;
  }

  void operation(Record& owner, Record& record) {
    Draft d;
    d.owner = &owner;
    if (const Value part = field(record, "part"); part.isText()) d.part = part.str().str();
    if (const Value after = field(record, "after"); after.tag == Tag::List)
      for (const Value& v : after.list->items) d.after.push_back(v.str().str());
    d.span = spanOf(owner, d.part);
    d.operation.owner = owner.schema->name.str() + "." + owner.name.str();
    d.operation.source = place(d.span);
    if (record.schema->name == "ImageBuild") image(owner, record, std::move(d));
    else object(owner, record, std::move(d));
  }

  struct Secrets : eval::Evaluator::SecretSink {
    std::vector<plan::SecretRef>& out;
    explicit Secrets(std::vector<plan::SecretRef>& list) : out(list) {}
    void secret(const std::string& pointer, const SecretValue& value) override { out.push_back({pointer, value.provider.str(), value.key.str()}); }
  };

  void image(Record& owner, Record& record, Draft d) {
    const Value description = field(record, "description");
    const Value layout = field(record, "layout");
    if (description.tag != Tag::Map || !layout.isText()) return;
    d.operation.kind = plan::OpKind::Image;
    d.operation.id = d.operation.owner + "/image";
    d.operation.payload = "{\"layout\":";
    e.writeJson(layout, d.operation.payload);
    d.operation.payload += ",\"image\":";
    e.writeJson(description, d.operation.payload);
    d.operation.payload += '}';
    d.manifest = description.map;
    add(owner, std::move(d));
  }

  void object(Record& owner, Record& record, Draft d) {
    const Value manifest = field(record, "manifest");
    const Value on = field(record, "on");
    if (manifest.isError() || on.tag != Tag::Record) return;
    if (manifest.tag != Tag::Map) {
      p.diagnostics.report(Code::BadOperation, record.span, "a manifest is a block of fields");
      return;
    }
    d.manifest = manifest.map;
    plan::ObjectRef& ref = d.operation.object;
    ref = {textAt(*manifest.map, {"apiVersion"}), textAt(*manifest.map, {"kind"}), textAt(*manifest.map, {"metadata", "namespace"}), textAt(*manifest.map, {"metadata", "name"})};
    if (ref.apiVersion.empty() || ref.kind.empty() || ref.name.empty()) {
      p.diagnostics.report(Code::BadOperation, record.span, "an object needs apiVersion, kind and metadata.name").at(d.span, "lowered from this declaration");
      return;
    }
    d.operation.target = on.record->name.str();
    d.operation.id = d.operation.owner + "/" + ref.kind + "/" + (ref.ns.empty() ? "" : ref.ns + "/") + ref.name;
    Secrets sink(d.operation.secrets);
    e.writeJson(manifest, d.operation.payload, &sink);
    for (const plan::SecretRef& s : d.operation.secrets) {
      if (ref.kind == "Secret" && ref.apiVersion == "v1") continue;
      p.diagnostics.report(Code::BadSecretPlace, d.span, fmt::format("a secret would stand in clear in {} {}", ref.kind, ref.name))
          .note(fmt::format("at {}", s.pointer))
          .hint("secrets go into the data of a Secret, and are referred to from there");
      return;
    }
    const std::string group = ref.apiVersion.substr(0, ref.apiVersion.find('/') == std::string::npos ? 0 : ref.apiVersion.find('/'));
    const std::string key = fmt::format("{}|{}|{}|{}|{}", d.operation.target, group, ref.kind, ref.ns, ref.name);
    if (const auto [it, fresh] = byObject_.emplace(key, drafts_.size()); !fresh) {
      const Draft& other = drafts_[it->second];
      p.diagnostics.report(Code::DuplicateObject, d.span, fmt::format("{} {} on cluster {} is described twice", ref.kind, ref.ns.empty() ? ref.name : ref.ns + "/" + ref.name, d.operation.target))
          .at(other.span, fmt::format("also by {}", other.operation.owner))
          .hint("give one of them another name");
      return;
    }
    add(owner, std::move(d));
  }

  void add(Record&, Draft d) {
    // Two API groups may have kinds of one name: the group then tells the identities apart.
    if (!byId_.emplace(d.operation.id, drafts_.size()).second) d.operation.id += "@" + d.operation.object.apiVersion;
    drafts_.push_back(std::move(d));
  }
};

} // namespace

void lowerAll(Program& program, eval::Evaluator& evaluator, plan::Desired& desired) { Lowering(program, evaluator, desired).run(); }

} // namespace chasi::lower
