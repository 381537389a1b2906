#include "compiler/lower/virtual_cluster.h"

namespace chasi::lower {

using namespace sema;
using source::Span;

static Span inRecord(eval::Evaluator& e, Record& record, llvm::StringRef path, Span around) {
  const auto [field, rest] = path.split('.');
  const int slot = record.schema->find(field);
  if (slot < 0) return around;
  const eval::Definition* said = record.definitions ? record.definitions[slot] : nullptr;
  if (!said) return around; // the default
  const Span here = said->member && said->member->span.valid() ? said->member->span : around;
  return rest.empty() ? here : placeOfPath(e, e.slot(record, static_cast<uint32_t>(slot)), rest, here);
}

Span placeOfPath(eval::Evaluator& e, const Value& value, llvm::StringRef path, Span around) {
  if (value.tag == Tag::Record) return inRecord(e, *value.record, path, around);
  if (value.tag == Tag::List && path.consume_front("[")) {
    size_t index = 0;
    if (path.consumeInteger(10, index) || !path.consume_front("]") || index >= value.list->items.size()) return around;
    path.consume_front(".");
    return placeOfPath(e, value.list->items[index], path, index < value.list->spans.size() ? value.list->spans[index] : around);
  }
  if (value.tag != Tag::Map) return around;
  for (const MapEntry& entry : value.map->entries()) {
    llvm::StringRef rest = path;
    if (!rest.consume_front(entry.key)) continue;
    const Span here = entry.span.valid() ? entry.span : around;
    if (rest.empty()) return here;
    if (rest.starts_with("[") || rest.consume_front(".")) return placeOfPath(e, entry.value, rest, here);
  }
  return around;
}

bool acceptCluster(Program& program, eval::Evaluator& evaluator, Record& owner, const Value& refused) {
  if (refused.tag != Tag::List) return false;
  for (const Value& item : refused.list->items) {
    if (item.tag != Tag::Record) continue;
    const Value path = evaluator.field(*item.record, "path"), why = evaluator.field(*item.record, "why"), next = evaluator.field(*item.record, "next");
    if (!path.isText() || !why.isText() || !next.isText()) continue; // reported where it went wrong
    const Span place = placeOfPath(evaluator, Value::of(&owner), path.str(), owner.span);
    source::Diagnostic& d = program.diagnostics.report(source::Code::BadVirtualCluster, place, why.str().str());
    if (place.begin != owner.span.begin) d.at(owner.span, "of this declaration");
    d.hint(next.str().str());
  }
  return refused.list->items.empty();
}

} // namespace chasi::lower
