// Inside of completion: what can stand at a name of a tree.
#pragma once

#include "compiler/lsp/block_at.h"
#include "compiler/lsp/feature_completion.h"
#include "compiler/sema/builtins.h"

namespace chasi::lsp {

struct Place {
  const Snapshot& snapshot;
  const Typed& typed;
  syntax::NodeRef at;
  std::vector<Candidate>& out;
  uint32_t base;           ///< of the text in the SourceSet of the answer
  const std::string& text;
  const Around& around;
};
void complete(Place& place);
/// The values that a type has, values of a schema, and names that fit it.
void completeValue(Place& place);
/// The choices of the type that is expected where a value stands.
void completeChoices(Place& place, const sema::Type* type);
/// Other modules of the workspace, in the quotes of an import.
void completeModules(Place& place);
/// What stands behind `e.`.
void completeMember(Place& place, syntax::NodeRef member);
void completeType(Place& place);

/// CompletionItemKind of LSP 3.17.
enum ItemKind : int { kMethod = 2, kFunction = 3, kField = 5, kVariable = 6, kClass = 7, kModule = 9, kValue = 12, kEnum = 13, kKeyword = 14, kSnippet = 15, kConstant = 21, kStruct = 22 };
Candidate candidateOf(const sema::Symbol& symbol);

} // namespace chasi::lsp
