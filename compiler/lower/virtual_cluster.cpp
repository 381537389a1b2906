#include "compiler/lower/virtual_cluster.h"

namespace chasi::lower {

using namespace sema;
using source::Span;

namespace {

class Places {
public:
  explicit Places(eval::Evaluator& evaluator) : e(evaluator) {}

  Span of(const Value& value, llvm::StringRef path, Span around) {
    if (value.tag == Tag::Record) return inRecord(*value.record, path, around);
    if (value.tag != Tag::Map) return around;
    for (const MapEntry& entry : value.map->entries()) { // keys may have dots
      llvm::StringRef rest = path;
      if (!rest.consume_front(entry.key)) continue;
      const Span here = entry.span.valid() ? entry.span : around;
      if (rest.empty()) return here;
      if (rest.consume_front(".")) return of(entry.value, rest, here);
    }
    return around;
  }

private:
  eval::Evaluator& e;

  Span inRecord(Record& record, llvm::StringRef path, Span around) {
    const auto [field, rest] = path.split('.');
    const int slot = record.schema->find(field);
    if (slot < 0) return around;
    const eval::Definition* said = record.definitions ? record.definitions[slot] : nullptr;
    if (!said) return around; // the default
    const Span here = said->member && said->member->span.valid() ? said->member->span : around;
    return rest.empty() ? here : of(e.slot(record, static_cast<uint32_t>(slot)), rest, here);
  }
};

} // namespace

bool acceptCluster(Program& program, eval::Evaluator& evaluator, Record& owner, const Value& refused) {
  if (refused.tag != Tag::List) return false;
  for (const Value& item : refused.list->items) {
    if (item.tag != Tag::Record) continue;
    const Value path = evaluator.field(*item.record, "path"), why = evaluator.field(*item.record, "why"), next = evaluator.field(*item.record, "next");
    if (!path.isText() || !why.isText() || !next.isText()) continue; // reported where it went wrong
    const Span place = Places(evaluator).of(Value::of(&owner), path.str(), owner.span);
    source::Diagnostic& d = program.diagnostics.report(source::Code::BadVirtualCluster, place, why.str().str());
    if (place.begin != owner.span.begin) d.at(owner.span, "of this declaration");
    d.hint(next.str().str());
  }
  return refused.list->items.empty();
}

} // namespace chasi::lower
