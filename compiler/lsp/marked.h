// Marked sources for tests: `‸` is where the cursor is, `⟦…⟧` what an answer should name.
#pragma once

#include "compiler/lsp/snapshot.h"

#include <algorithm>

namespace chasi::lsp {

struct Marked {
  std::string text;
  uint32_t cursor = 0;
  std::vector<source::Span> ranges; ///< offsets in the text, in source order

  explicit Marked(llvm::StringRef marked) {
    std::vector<uint32_t> open;
    while (!marked.empty()) {
      const auto here = static_cast<uint32_t>(text.size());
      if (marked.consume_front("‸")) cursor = here;
      else if (marked.consume_front("⟦")) open.push_back(here);
      else if (marked.consume_front("⟧")) ranges.push_back({open.back(), here}), open.pop_back();
      else text += marked.front(), marked = marked.drop_front();
    }
    std::sort(ranges.begin(), ranges.end(), [](source::Span a, source::Span b) { return a.begin < b.begin; });
  }
};

/// The marked text as the one file of a module, compiled.
class MarkedSource : public Marked {
public:
  explicit MarkedSource(llvm::StringRef marked) : Marked(marked) { compile(text); }

  Snapshot snapshot() {
    const lower::Revision revision = revisions_.current();
    return {revision, *fileNamed(revision.sources, kName)};
  }
  uint32_t address() { return snapshot().base() + cursor; }
  source::Span at(source::Span offsets) { return {snapshot().base() + offsets.begin, snapshot().base() + offsets.end}; }
  /// The ranges as addresses.
  std::vector<source::Span> expected() {
    std::vector<source::Span> out;
    for (const source::Span r : ranges) out.push_back(at(r));
    return out;
  }
  /// Another text of the same file, as after an edit.
  void compile(const std::string& now) {
    lower::CompileInput input;
    input.load = {.workspaceRoot = "/w", .modulePath = kName, .folder = "/w", .files = {kName}};
    input.load.overlay[kName] = now;
    revisions_.compile(input);
  }
  /// The text with edits made.
  std::string edited(std::vector<source::Edit> edits) {
    const uint32_t base = snapshot().base();
    std::string out = text;
    std::stable_sort(edits.begin(), edits.end(), [](const source::Edit& a, const source::Edit& b) { return a.span.begin > b.span.begin; });
    for (const source::Edit& e : edits) out.replace(e.span.begin - base, e.span.size(), e.text);
    return out;
  }

private:
  static constexpr const char* kName = "/w/a.chasi";
  lower::Revisions revisions_;
};

} // namespace chasi::lsp
