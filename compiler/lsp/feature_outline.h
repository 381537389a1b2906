// The shape of a file: what it declares, what folds, what a selection grows to, where its imports lead.
#pragma once

#include "compiler/lsp/snapshot.h"

namespace chasi::lsp {

struct OutlineItem {
  std::string name, detail;
  int kind = 0; ///< SymbolKind of LSP 3.17
  source::Span span, nameSpan;
  std::vector<OutlineItem> children;
};
std::vector<OutlineItem> outline(const syntax::Tree& tree);

struct Fold {
  source::Span span;
  const char* kind = nullptr; ///< "comment", "imports", or null for code
};
std::vector<Fold> folds(const source::SourceSet& sources, const syntax::Tree& tree);

/// From the smallest piece around a place to the whole file.
std::vector<source::Span> selections(const syntax::Tree& tree, uint32_t address);

struct Link {
  source::Span span;
  std::string path; ///< of a file, as the sources name it
};
std::vector<Link> links(const Snapshot& snapshot);

} // namespace chasi::lsp
