#include "compiler/lint/relations.h"

#include <llvm/ADT/Hashing.h>

namespace chasi::lint {

using namespace sema;
using namespace manifest;
using source::Code;
using source::Diagnostic;
using source::Span;

namespace {

/// What a declaration is lowered to; null when it makes nothing.
const ListValue* loweredOf(eval::Evaluator& evaluator, Record& r) {
  const Value list = r.schema->lowerSlot < 0 ? Value::absent() : evaluator.slot(r, static_cast<uint32_t>(r.schema->lowerSlot));
  return list.tag == Tag::List ? list.list : nullptr;
}

/// Reads the records that lowerings make.
class Reader {
public:
  explicit Reader(eval::Evaluator& evaluator) : e(evaluator) {}

  void objects(Record& owner, const ListValue& list, llvm::function_ref<void(const Object&)> each) {
    for (const Value& item : list.items) {
      if (item.tag != Tag::Record || !knows(*item.record->schema)) continue;
      Record& made = *item.record;
      const Value where = e.slot(made, on_), fields = e.unfolded(e.slot(made, manifest_)), of = e.slot(made, part_);
      if (where.tag != Tag::Record || fields.tag != Tag::Map) continue;
      Object object{fields.map, &owner, where.record};
      if (of.isText()) object.part = of.str();
      const Value its = Value::of(fields.map);
      object.apiVersion = textOf(its, "apiVersion");
      object.kind = textOf(its, "kind");
      if (const Value* metadata = fields.map->find("metadata")) {
        object.ns = textOf(*metadata, "namespace");
        object.name = textOf(*metadata, "name");
      }
      object.is = kindOf(object.apiVersion, object.kind);
      each(object);
    }
  }

private:
  eval::Evaluator& e;
  const Schema* schema_ = nullptr; ///< that of all objects, and its fields by number
  uint32_t on_ = 0, manifest_ = 0, part_ = 0;

  bool knows(const Schema& schema) {
    if (&schema == schema_) return true;
    if (schema.name != "Object") return false;
    schema_ = &schema;
    on_ = static_cast<uint32_t>(schema.find("on"));
    manifest_ = static_cast<uint32_t>(schema.find("manifest"));
    part_ = static_cast<uint32_t>(schema.find("part"));
    return true;
  }
};

uint64_t spaceHash(const Record& cluster, llvm::StringRef ns) { return llvm::hash_combine(&cluster, ns); }

/// Which namespaces a declaration's objects are about, and whether others depend on more than those.
std::unique_ptr<Kept::One> oneOf(Reader& reader, Record& owner, const ListValue& list) {
  auto one = std::make_unique<Kept::One>();
  const auto touch = [&](const Object& o, llvm::StringRef ns) {
    const uint64_t hash = spaceHash(*o.cluster, ns);
    if (!ns.empty() && !llvm::is_contained(one->touches, hash)) one->touches.push_back(hash);
  };
  reader.objects(owner, list, [&](const Object& o) {
    touch(o, o.is == Kind::Namespace ? o.name : o.ns);
    if (o.is == Kind::Custom || o.is == Kind::ClusterRole || o.is == Kind::ClusterRoleBinding) one->decides = true;
    if (o.is == Kind::RoleBinding || o.is == Kind::ClusterRoleBinding)
      for (const Value& subject : listAt(*o.manifest, "subjects")) touch(o, textOf(subject, "namespace"));
  });
  return one;
}

} // namespace

Index objectsOf(eval::Evaluator& evaluator, Kept* kept) {
  Index index;
  Reader reader(evaluator);
  std::vector<std::pair<Record*, const ListValue*>> lists;
  for (Record* r : evaluator.declarations())
    if (const ListValue* list = loweredOf(evaluator, *r)) lists.emplace_back(r, list);
  llvm::DenseMap<uint64_t, uint32_t> shared; // how many declarations are about a namespace
  uint64_t deciders = 0;
  if (kept) ++kept->run;
  for (const auto& [owner, list] : kept ? lists : decltype(lists)()) {
    std::unique_ptr<Kept::One>& one = kept->ones[list];
    if (!one) one = oneOf(reader, *owner, *list);
    one->run = kept->run;
    for (const uint64_t hash : one->touches) ++shared[hash];
    if (one->decides) deciders = llvm::hash_combine(deciders, list);
  }
  const bool same = kept && std::exchange(kept->deciders, deciders) == deciders;
  for (const auto& [owner, list] : lists) {
    const Kept::One* one = kept ? kept->ones.find(list)->second.get() : nullptr;
    if (same && one->silent && !one->decides && llvm::all_of(one->touches, [&](uint64_t hash) { return shared.lookup(hash) == 1; })) continue;
    reader.objects(*owner, *list, [&](const Object& o) { index.add(o); });
  }
  index.finish();
  return index;
}

Span Relations::ownerSpan(const Object& object) const {
  const Record* part = eval_.part(*object.owner, object.part);
  return part ? part->span : object.owner->span;
}

/// What the standard kinds write themselves is told at the declaration.
Span Relations::spanOf(const Object& object, const std::string& pointer) const {
  const Span place = placeOf(*object.manifest, pointer);
  return place.valid() && !program.sources.name(program.sources.fileOf(place.begin)).starts_with("std/") ? place : Span();
}

Diagnostic* Relations::warn(Code code, const Object& object, const std::string& pointer, std::string message, std::string help) {
  tell(*object.owner);
  const Span place = spanOf(object, pointer), owner = ownerSpan(object);
  const Span at = place.valid() ? place : owner;
  const auto [known, fresh] = said_.try_emplace({code, at.begin}, Said{program.diagnostics.all().size(), 0});
  if (!fresh) {
    ++known->second.more;
    return nullptr;
  }
  Diagnostic& report = program.diagnostics.report(code, at, std::move(message));
  if (place.valid()) report.at(owner, fmt::format("lowered from {}.{}", object.owner->schema->name.str(), object.owner->name.str()));
  if (!help.empty()) report.hint(std::move(help));
  return &report;
}

void Relations::label(Diagnostic* report, const Object& other, const std::string& pointer, std::string text) const {
  if (!report) return;
  const Span place = spanOf(other, pointer);
  report->at(place.valid() ? place : ownerSpan(other), std::move(text));
}

void Relations::finish(Kept* kept) {
  for (const auto& [key, said] : said_)
    if (said.more) program.diagnostics.at(said.at).note(fmt::format("and {} more of this place", said.more));
  if (!kept) return;
  for (const Object& o : index.objects()) kept->ones.find(loweredOf(eval_, *o.owner))->second->silent = !told_.contains(o.owner);
  if (kept->ones.size() < 2 * index.objects().size() + 4096) return; // what is left of former edits is little
  llvm::SmallVector<const ListValue*, 0> gone;
  for (const auto& [list, one] : kept->ones)
    if (one->run != kept->run) gone.push_back(list);
  for (const ListValue* list : gone) kept->ones.erase(list);
}

std::string titleOf(const Object& object) { return fmt::format("{} {}", object.kind.str(), object.name.str()); }

std::string workloadsOf(const Index& index, const Space& space) {
  constexpr size_t kMost = 3;
  std::string out;
  for (size_t i = 0; i < std::min(space.workloads.size(), kMost); ++i) out += (i ? ", " : "") + titleOf(index.objects()[space.workloads[i]]);
  if (space.workloads.size() > kMost) out += fmt::format(" and {} more", space.workloads.size() - kMost);
  return out;
}

std::string meant(llvm::StringRef name, const std::vector<std::string>& there, std::string otherwise) {
  const std::string near = source::nearest(name, there);
  return near.empty() ? otherwise : fmt::format("did you mean `{}`?", near);
}

} // namespace chasi::lint
