// What can be written at a place, and what a call that is being written takes.
#pragma once

#include "compiler/lsp/snapshot.h"

#include <functional>
#include <set>

namespace chasi::lsp {

struct Candidate {
  std::string label;
  int kind = 0;        ///< CompletionItemKind of LSP 3.17
  std::string detail;  ///< its type
  std::string insert;
  std::string snippet; ///< the same with places to fill in; empty when there are none
  char rank = 'm';     ///< what is likely comes first: 'a' before 'z'
  std::string of;      ///< where its documentation is found: a schema, or a module
  bool deprecated = false;
  std::optional<source::Edit> import; ///< that it needs as well
};

/// References to images that somebody may want to write, the likely ones first; `fields` are the names of fields that hold such.
struct ImageChoice {
  std::string text, detail;
  bool pinned = false;
};
/// What the workspace has and the program does not know; asked only where it is offered.
struct Around {
  std::function<std::vector<ImageChoice>(const std::set<std::string>& fields)> images = [](const std::set<std::string>&) { return std::vector<ImageChoice>(); };
  /// Other modules, as an import names them from here: "./databases".
  std::function<std::vector<std::string>()> modules = [] { return std::vector<std::string>(); };
};

/// The snapshot gives the names; the text is the one on the screen, and may be newer and unfinished. `offset` is the cursor.
struct Completion {
  Completion(const Snapshot& snapshot, const std::string& text, uint32_t offset, const Around& around = {});
  source::SourceSet sources; ///< holds the text
  source::Span replaced;     ///< what the candidate takes the place of
  std::vector<Candidate> candidates;
};

/// Documentation of a candidate, which is looked up when somebody looks at it.
std::string documentationOf(const Snapshot& snapshot, llvm::StringRef of, llvm::StringRef name);

struct Signature {
  std::string label, doc;
  std::vector<std::pair<size_t, size_t>> parameters; ///< where they stand in the label
  size_t active = 0;
};
/// Ways to call what is being called, the one that fits first.
std::vector<Signature> signatures(const Snapshot& snapshot, const std::string& text, uint32_t offset);

} // namespace chasi::lsp
