// Changes that an editor offers: fixes of diagnostics, fields that are missing, a `let` made or undone, imports in order.
#pragma once

#include "compiler/lsp/names.h"

namespace chasi::lsp {

struct Action {
  std::string title;
  const char* kind; ///< as LSP calls them: "quickfix", "refactor.extract", …
  std::vector<source::Edit> edits;
  const source::Diagnostic* fixes = nullptr; ///< what it puts right, in the Snapshot
  bool preferred = false;
};
/// What can be done about a selection; an empty one is a place.
std::vector<Action> actions(const Snapshot& snapshot, source::Span selection);

} // namespace chasi::lsp
