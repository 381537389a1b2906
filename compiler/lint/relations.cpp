#include "compiler/lint/relations.h"

namespace chasi::lint {

using namespace sema;
using namespace manifest;
using source::Code;
using source::Diagnostic;
using source::Span;

Index objectsOf(eval::Evaluator& evaluator) {
  Index index;
  const Schema* schema = nullptr; // that of all of them, and its fields by number
  uint32_t on = 0, manifest = 0, part = 0;
  for (Record* r : evaluator.declarations()) {
    if (r->schema->lowerSlot < 0) continue;
    const Value list = evaluator.slot(*r, static_cast<uint32_t>(r->schema->lowerSlot));
    if (list.tag != Tag::List) continue;
    for (const Value& item : list.list->items) {
      if (item.tag != Tag::Record) continue;
      Record& made = *item.record;
      if (made.schema != schema) {
        if (made.schema->name != "Object") continue;
        schema = made.schema;
        on = static_cast<uint32_t>(schema->find("on"));
        manifest = static_cast<uint32_t>(schema->find("manifest"));
        part = static_cast<uint32_t>(schema->find("part"));
      }
      const Value where = evaluator.slot(made, on), fields = evaluator.unfolded(evaluator.slot(made, manifest)), of = evaluator.slot(made, part);
      if (where.tag != Tag::Record || fields.tag != Tag::Map) continue;
      Object object{fields.map, r, where.record};
      if (of.isText()) object.part = of.str();
      const Value its = Value::of(fields.map);
      object.apiVersion = textOf(its, "apiVersion");
      object.kind = textOf(its, "kind");
      if (const Value* metadata = fields.map->find("metadata")) {
        object.ns = textOf(*metadata, "namespace");
        object.name = textOf(*metadata, "name");
      }
      index.add(object);
    }
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

void Relations::finish() {
  for (const auto& [key, said] : said_)
    if (said.more) program.diagnostics.at(said.at).note(fmt::format("and {} more of this place", said.more));
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
