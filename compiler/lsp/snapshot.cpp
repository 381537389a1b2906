#include "compiler/lsp/snapshot.h"

namespace chasi::lsp {

using syntax::NodeRef;

const syntax::Tree* Snapshot::tree() const { return treeOf(program(), file); }

std::optional<source::FileId> fileNamed(const source::SourceSet& sources, llvm::StringRef name) {
  for (source::FileId i = 0; i < sources.fileCount(); ++i)
    if (sources.name(i) == name) return i;
  return std::nullopt;
}

const syntax::Tree* treeOf(const sema::Program& program, source::FileId file, const sema::Module** module) {
  for (const auto& [name, m] : program.modules)
    for (const sema::File& f : m->files)
      if (f.id == file) {
        if (module) *module = m.get();
        return f.tree.get();
      }
  return nullptr;
}

std::vector<NodeRef> nodesAt(const syntax::Tree& tree, uint32_t address) {
  std::vector<NodeRef> way = {tree.root()};
  for (bool deeper = true; deeper;) {
    deeper = false;
    NodeRef best;
    for (NodeRef c : way.back().children()) {
      const source::Span span = c.span();
      if (span.begin <= address && address <= span.end && span.size()) best = c; // of two that touch, the one that begins here
    }
    if (best) {
      way.push_back(best);
      deeper = true;
    }
  }
  return way;
}

bool isOwn(const sema::Program& program, source::Span span) {
  if (!span.valid()) return false;
  const source::FileId file = program.sources.fileOf(span.begin);
  return program.sources.name(file).starts_with("/") && !program.packageRoots.contains(file);
}

} // namespace chasi::lsp
