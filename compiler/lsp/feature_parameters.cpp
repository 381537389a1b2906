#include "compiler/lsp/feature_parameters.h"

#include "compiler/lsp/value_at.h"

namespace chasi::lsp {

std::vector<Parameter> parametersOf(const Snapshot& s) {
  std::vector<Parameter> out;
  if (!s.program().root) return out;
  for (const sema::Symbol* p : s.program().root->order) {
    if (p->kind != sema::SymbolKind::Param) continue;
    Parameter one{.name = p->name.str(), .type = p->type ? sema::typeName(p->type) : "", .value = {}, .doc = p->node.doc()};
    if (const auto found = explained(s, one.name); found && !found->value.isAbsent() && found->value.tag != sema::Tag::Secret) one.value = shownValue(s, found->value, std::string::npos);
    out.push_back(std::move(one));
  }
  return out;
}

} // namespace chasi::lsp
