#include "compiler/syntax/known_trees.h"

#include "compiler/syntax/parse.h"

namespace chasi::syntax {

Tree KnownTrees::parse(const source::SourceSet& sources, source::FileId file, source::Diagnostics& diagnostics) {
  const std::string name = sources.name(file).str();
  const llvm::StringRef text = sources.text(file);
  // Tokens and nodes say where they are from the start of their file, so a copy fits wherever the file comes to stand.
  if (const auto known = files_.find(name); known != files_.end() && known->second.text == text)
    return {text, sources.base(file), known->second.tokens, known->second.nodes};
  const size_t before = diagnostics.all().size();
  Tree tree = syntax::parse(sources, file, diagnostics);
  if (diagnostics.all().size() == before) files_[name] = {text.str(), tree.tokens().vec(), tree.nodes().vec()};
  else files_.erase(name);
  return tree;
}

} // namespace chasi::syntax
