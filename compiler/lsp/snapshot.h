// What a feature is asked about: one module as it was compiled last, and a place in one of its files.
//
// Features are functions from a Snapshot to plain values with addresses of its SourceSet. They know nothing of JSON, change nothing that an
// answer depends on, and run on the thread of the server.
#pragma once

#include "compiler/lower/revisions.h"

#include <optional>

namespace chasi::lsp {

struct Snapshot {
  lower::Revision revision;
  source::FileId file = 0; ///< that the question is about

  const sema::Program& program() const { return revision.program; }
  const source::SourceSet& sources() const { return revision.sources; }
  llvm::StringRef text() const { return sources().text(file); }
  uint32_t base() const { return sources().base(file); }
  /// The tree of the file; null for one that is no part of the program.
  const syntax::Tree* tree() const;
};

/// The file of that name; nothing when the program has not read it.
std::optional<source::FileId> fileNamed(const source::SourceSet& sources, llvm::StringRef name);
/// The tree of a file, and the module that it belongs to.
const syntax::Tree* treeOf(const sema::Program& program, source::FileId file, const sema::Module** module = nullptr);
/// Nodes around an address, the outermost first; an address at the end of a node counts as inside.
std::vector<syntax::NodeRef> nodesAt(const syntax::Tree& tree, uint32_t address);
/// A file on disk that the user may change: neither the standard library nor a package.
bool isOwn(const sema::Program& program, source::Span span);

} // namespace chasi::lsp
