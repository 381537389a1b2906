// What the standard kinds were given: images that may change under their tag, quotas under which nothing fits, releases of
// Kubernetes whose types are not known. The rules
// know these kinds by their names in std.core, and say nothing about others.
#include "compiler/lint/images.h"
#include "compiler/lint/rules.h"
#include "runtime/plan/kube_schema.h"

#include <llvm/ADT/StringSet.h>
#include <llvm/ADT/DenseSet.h>
#include <llvm/Support/VersionTuple.h>

namespace chasi::lint {

using namespace sema;
using source::Code;
using source::Span;

namespace {

class Values {
public:
  Values(Program& program, eval::Evaluator& evaluator) : p(program), eval_(evaluator) {}

  void run() {
    for (Record* r : eval_.declarations())
      if (p.isStandard(*r->schema, "image") && !eval_.field(*r, "push").isAbsent())
        if (const Value address = eval_.field(*r, "address"); address.isText()) pushed_.insert(address.str());
    // What an image stands on and carries goes by digests, whatever its tag.
    for (Record* r : eval_.declarations())
      if (!p.isStandard(*r->schema, "image")) images(*r, *r);
    for (Record* r : eval_.declarations()) {
      if (p.isStandard(*r->schema, "cluster")) release(*r);
      if (p.isStandard(*r->schema, "tenant")) quota(*r);
    }
  }

private:
  Program& p;
  eval::Evaluator& eval_;
  llvm::DenseSet<const void*> seen_;
  llvm::StringSet<> pushed_; ///< addresses of images that this specification pushes; they run by digest

  /// Where a field got its value; the declaration's name when only the schema says it.
  static Span placeOf(const Record& r, uint32_t slot) {
    const eval::Definition* d = r.definitions[slot];
    if (!d) return r.span;
    return d->member->value ? d->member->value->span : d->member->span;
  }

  std::string title(const Record& r) const {
    if (r.parent && r.parent->schema->named) return fmt::format("{} `{}.{}`", r.schema->name.str(), r.parent->name.str(), r.name.str());
    return fmt::format("{} `{}`", r.schema->name.str(), r.name.str());
  }

  // --- images

  void image(const Value& v, Span at, const Record& owner) {
    const std::optional<Floating> floating = at.valid() && !pushed_.contains(v.str()) ? floatingTag(v.str()) : std::nullopt;
    if (floating) p.diagnostics.report(Code::FloatingImage, at, fmt::format("{} {}", title(owner), floating->what)).note(kFloatingNote).hint(floating->help);
  }

  void value(const Value& v, Span at, const Record& owner) {
    switch (v.tag) {
    case Tag::ImageRef: return image(v, at, owner);
    case Tag::List:
      if (!seen_.insert(v.list).second) return;
      for (size_t i = 0; i < v.list->items.size(); ++i) value(v.list->items[i], i < v.list->spans.size() && v.list->spans[i].valid() ? v.list->spans[i] : at, owner);
      return;
    case Tag::Map:
      if (!seen_.insert(v.map).second) return;
      for (const MapEntry& e : v.map->entries()) value(e.value, e.span.valid() ? e.span : at, owner);
      return;
    case Tag::Record:
      if (!v.record->schema->isKind) images(*v.record, v.record->schema->named ? *v.record : owner);
      return;
    default: return;
    }
  }

  void images(Record& r, const Record& owner) {
    if (!seen_.insert(&r).second) return;
    for (uint32_t i = 0; i < r.schema->fields.size(); ++i) {
      if (r.schema->fields[i].hidden) continue;
      value(eval_.slot(r, i), placeOf(r, i), owner);
    }
  }

  // --- clusters

  void release(Record& cluster) {
    const Value version = eval_.field(cluster, "kubernetes");
    llvm::VersionTuple tuple;
    if (!version.isText() || tuple.tryParse(version.str())) return;
    const std::string release = fmt::format("{}.{}", tuple.getMajor(), tuple.getMinor().value_or(0));
    const std::vector<std::string_view> known = k8s::Schema::releases();
    if (llvm::is_contained(known, release)) return;
    p.diagnostics.report(Code::UnknownRelease, placeOf(cluster, static_cast<uint32_t>(cluster.schema->find("kubernetes"))), fmt::format("the types of Kubernetes {} are not known here", release))
        .note(fmt::format("objects of cluster `{}` are checked against those of {}", cluster.name.str(), k8s::Schema::nearest(release).release()))
        .hint(fmt::format("known are {}", fmt::join(known, ", ")));
  }

  // --- quotas

  static int64_t amount(const Value& v) { return v.isQuantity() ? v.quantity->amount : v.tag == Tag::Int ? v.integer : 0; }

  void quota(Record& tenant) {
    const Value given = eval_.field(tenant, "quota");
    if (given.tag != Tag::Record) return;
    Record& q = *given.record;
    for (const char* name : {"cpu", "memory"}) {
      const int i = q.schema->find(name);
      const Value limit = eval_.field(q, name);
      if (i < 0 || !limit.isQuantity() || amount(limit) != 0) continue;
      p.diagnostics.report(Code::ZeroQuota, placeOf(q, static_cast<uint32_t>(i)), fmt::format("tenant `{}` has a quota of no {}, so nothing can run in it", tenant.name.str(), name))
          .hint("every container asks for some; write how much the tenant may take");
    }
    for (Record* r : eval_.declarations())
      if (p.isStandard(*r->schema, "system") && eval_.field(*r, "tenant").record == &tenant) system(*r, tenant, q);
  }

  void system(Record& system, Record& tenant, Record& q) {
    const Value components = eval_.field(system, "components");
    if (components.tag != Tag::Map) return;
    for (const MapEntry& e : components.map->entries()) {
      if (e.value.tag != Tag::Record) continue;
      Record& component = *e.value.record;
      if (const Value resources = eval_.field(component, "resources"); resources.tag == Tag::Record)
        for (const char* name : {"cpu", "memory"}) tight(component, *resources.record, name, tenant, q);
    }
  }

  /// An update starts a new copy before it stops the old one; above half of the quota the two have no room together.
  void tight(Record& component, Record& resources, const char* name, Record& tenant, Record& q) {
    const Value asked = eval_.field(resources, name), limit = eval_.field(q, name);
    if (!asked.isQuantity() || !limit.isQuantity() || amount(limit) == 0 || amount(asked) <= amount(limit) / 2) return;
    const int i = resources.schema->find(name);
    const int at = component.schema->find("resources");
    const Span place = resources.definitions[static_cast<size_t>(i)] ? placeOf(resources, static_cast<uint32_t>(i)) : placeOf(component, static_cast<uint32_t>(at));
    const int limitSlot = q.schema->find(name);
    p.diagnostics.report(Code::TightQuota, place, fmt::format("one copy of {} asks for {} {}, more than half of what tenant `{}` has", title(component), eval_.text(asked), name, tenant.name.str()))
        .at(placeOf(q, static_cast<uint32_t>(limitSlot)), fmt::format("all of it is {}", eval_.text(limit)))
        .note("an update starts a new copy beside the old one, and there is no room for both")
        .hint("ask for less, or raise the quota");
  }
};

} // namespace

void declaredValues(Program& program, eval::Evaluator& evaluator) { Values(program, evaluator).run(); }

} // namespace chasi::lint
