#include "compiler/lsp/feature_calls.h"

namespace chasi::lsp {

using sema::SymbolKind;
using source::Span;

static bool isCallable(const sema::Symbol& s) { return s.kind == SymbolKind::Fn || s.kind == SymbolKind::Kind; }

const sema::Symbol* callableAt(const Snapshot& s, uint32_t address) {
  const auto use = useAt(s, address);
  return use && use->kind == sema::Use::Symbol && isCallable(*use->symbol) ? use->symbol : nullptr;
}

static void add(std::vector<Call>& to, const sema::Symbol* symbol, Span place) {
  for (Call& c : to)
    if (c.symbol == symbol) {
      if (!llvm::is_contained(c.places, place)) c.places.push_back(place);
      return;
    }
  to.push_back({symbol, {place}});
}

static bool holds(const sema::Symbol& s, Span place) {
  if (!s.node || s.part) return false;
  const Span whole = s.node.span();
  return whole.begin <= place.begin && place.end <= whole.end;
}

std::vector<Call> callers(const Snapshot& s, const sema::Symbol& of) {
  std::vector<Call> out;
  for (const Span place : placesOf(s, of.span)) {
    if (place == of.span) continue;
    for (const auto& symbol : s.program().symbols)
      if (symbol->kind != SymbolKind::Import && holds(*symbol, place)) {
        add(out, symbol.get(), place);
        break;
      }
  }
  return out;
}

std::vector<Call> callees(const Snapshot& s, const sema::Symbol& of) {
  std::vector<Call> out;
  const auto uses = s.revision.uses.files.find(s.sources().fileOf(of.span.begin));
  if (uses == s.revision.uses.files.end()) return out;
  for (const sema::Use& u : uses->second)
    if (u.kind == sema::Use::Symbol && isCallable(*u.symbol) && u.symbol != &of && holds(of, u.at)) add(out, u.symbol, u.at);
  return out;
}

Span loweringAt(const Snapshot& s, uint32_t address) {
  const auto use = useAt(s, address);
  if (!use || use->kind != sema::Use::Symbol || !use->symbol->schema) return {};
  const sema::Schema& schema = *use->symbol->schema;
  return schema.lowerSlot < 0 ? Span() : schema.fields[static_cast<size_t>(schema.lowerSlot)].span;
}

} // namespace chasi::lsp
