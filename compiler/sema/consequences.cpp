#include "compiler/sema/consequences.h"

#include <llvm/ADT/StringExtras.h>

#include <set>

namespace chasi::sema {

using source::Code;
using source::Diagnostic;
using source::Severity;
using source::Span;
using syntax::NodeKind;
using syntax::NodeRef;

namespace {

bool isSyntax(Code code) { return llvm::StringRef(source::info(code).id).starts_with("CH1"); }
bool isOpenText(Code code) { return code == Code::UnterminatedString || code == Code::UnterminatedComment; }
bool isStructural(Code code) { return isOpenText(code) || code == Code::UnmatchedBracket; }

/// A part of a file in which something does not pair, and the one error about it that is kept.
struct Region {
  Span span;
  const Diagnostic* kept = nullptr;
};

class Pairing {
public:
  Pairing(const Program& program, const File& file) : p(program), tree_(*file.tree), base_(tree_.base()), end_(base_ + static_cast<uint32_t>(tree_.text().size())) {
    for (NodeRef n : tree_.root().children()) items_.push_back(n);
    for (const Diagnostic& d : p.diagnostics.all())
      if (isSyntax(d.code) && holds(d.span)) errors_.push_back(&d);
    std::stable_sort(errors_.begin(), errors_.end(), [](const Diagnostic* a, const Diagnostic* b) { return a->span.begin < b->span.begin; });
  }

  void regions(std::vector<Region>& out) const {
    for (const Diagnostic* d : errors_) {
      if (!isStructural(d->code)) continue;
      Region region{around(*d)};
      if (!out.empty() && region.span.begin < out.back().span.end && holds(out.back().span)) out.back().span = cover(out.back().span, region.span);
      else out.push_back(region);
      out.back().kept = best(out.back().span);
    }
  }

private:
  const Program& p;
  const syntax::Tree& tree_;
  uint32_t base_, end_;
  std::vector<NodeRef> items_;
  std::vector<const Diagnostic*> errors_;

  bool holds(Span span) const { return span.begin >= base_ && span.begin <= end_ && span.valid(); }

  bool isWrong(NodeRef item) const {
    const Span span = item.span();
    return item.is(NodeKind::Error) || item.flag(syntax::kBroken) || llvm::any_of(errors_, [&](const Diagnostic* d) { return d->span.begin >= span.begin && d->span.begin < span.end; });
  }

  /// Nothing but closing brackets stands before it on its line: it closes what began further up.
  bool standsAlone(Span closer) const {
    llvm::StringRef before = tree_.text().take_front(closer.begin - base_);
    before = before.drop_front(before.rfind('\n') == llvm::StringRef::npos ? 0 : before.rfind('\n') + 1);
    return before.find_first_not_of(" \t})]") == llvm::StringRef::npos;
  }

  uint32_t columnOf(Span span) const { return p.sources.position(span.begin).column; }

  Span around(const Diagnostic& d) const {
    size_t at = 0;
    while (at + 1 < items_.size() && items_[at + 1].span().begin <= d.span.begin) ++at;
    if (items_.empty()) return d.span;
    const Span item = items_[at].span();
    const llvm::StringRef text = p.sources.text(d.span);
    const bool closer = d.code == Code::UnmatchedBracket && !text.empty() && llvm::StringRef("})]").contains(text.front());
    const bool outside = d.span.begin <= item.begin || d.span.begin >= item.end;
    if (!closer || !outside || !standsAlone(d.span)) return cover(item, d.span);
    // At file level: it ends what began at an item that stands as far left, and what lies between was its inside.
    size_t first = d.span.begin >= item.end ? at + 1 : at;
    const uint32_t column = columnOf(d.span);
    while (first > 0 && (isWrong(items_[first - 1]) || columnOf(items_[first - 1].span()) > column)) --first;
    const bool headIsIn = first < items_.size() && items_[first].span().begin < d.span.begin && columnOf(items_[first].span()) <= column;
    if (!headIsIn && first > 0) --first;
    return cover(items_[std::min(first, items_.size() - 1)].span(), d.span);
  }

  /// A text without an end explains all others; then a bracket that is asked for; then the first that has no partner.
  const Diagnostic* best(Span region) const {
    const Diagnostic *open = nullptr, *asked = nullptr, *bracket = nullptr;
    for (const Diagnostic* d : errors_) {
      if (d->span.begin < region.begin || d->span.begin > region.end) continue;
      if (isOpenText(d->code) && !open) open = d;
      if (d->code == Code::UnmatchedBracket && !bracket) bracket = d;
      const bool asksForBracket = llvm::StringRef(d->message).starts_with("expected `{`") || llvm::StringRef(d->message).starts_with("expected `(`");
      if (d->code == Code::UnexpectedToken && asksForBracket && !asked && !bracket) asked = d;
    }
    return open ? open : asked ? asked : bracket;
  }
};

/// A layer of the environment, or a part of one, is not there because of a mistake that was reported: it may have set anything.
bool layersAreIncomplete(const Program& p) {
  return llvm::any_of(p.diagnostics.all(), [&](const Diagnostic& d) {
    const bool leavesOut = d.code == Code::UnknownEnvironment || d.code == Code::LayerCycle || isSyntax(d.code);
    return leavesOut && llvm::any_of(p.layers, [&](const Module* layer) {
      return llvm::any_of(layer->files, [&](const File& f) { return f.id == p.sources.fileOf(d.span.begin); });
    });
  });
}

} // namespace

llvm::StringSet<> unreadWords(const Program& program, const Module& module) {
  llvm::StringSet<> words;
  std::vector<Span> open; // texts without an end swallow what stands behind them
  for (const Diagnostic& d : program.diagnostics.all())
    if (isOpenText(d.code)) open.push_back(d.span);
  for (const File& file : module.files)
    for (NodeRef n : file.tree->root().children()) {
      const Span span = n.span();
      const bool swallows = llvm::any_of(open, [&](Span s) { return span.begin <= s.begin && s.begin <= span.end; });
      if (!n.is(NodeKind::Error) && !n.flag(syntax::kBroken) && !swallows) continue;
      const llvm::StringRef text = n.text();
      for (size_t i = 0; i < text.size();) {
        size_t end = i;
        while (end < text.size() && (llvm::isAlnum(text[end]) || text[end] == '_')) ++end;
        if (end > i) words.insert(text.slice(i, end));
        i = end + 1;
      }
    }
  return words;
}

void dropConsequences(Program& program) {
  if (program.diagnostics.all().empty()) return;
  std::vector<Region> regions;
  std::set<source::FileId> library;
  for (const auto& [path, module] : program.modules)
    for (const File& file : module->files) {
      if (module->library) library.insert(file.id);
      else if (!file.madeUp) Pairing(program, file).regions(regions);
    }
  const auto inLibrary = [&](const Diagnostic& d) { return d.span.valid() && library.contains(program.sources.fileOf(d.span.begin)); };
  const bool wrong = llvm::any_of(program.diagnostics.all(), [&](const Diagnostic& d) { return d.severity == Severity::Error && !inLibrary(d); });
  if (regions.empty() && !wrong) return;
  std::map<std::pair<source::FileId, uint32_t>, uint32_t> lines; // with a syntax error: what else is wrong there follows from it
  const auto lineOf = [&](const Diagnostic& d) { return std::pair(program.sources.fileOf(d.span.begin), program.sources.position(d.span.begin).line); };
  for (const Diagnostic& d : program.diagnostics.all())
    if (isSyntax(d.code) && d.span.valid()) {
      uint32_t& first = lines.try_emplace(lineOf(d), d.span.begin).first->second;
      first = std::min(first, d.span.begin);
    }
  const bool unset = layersAreIncomplete(program);
  const auto isOfRoot = [&](const Diagnostic& d) { return llvm::any_of(program.root->files, [&](const File& f) { return f.id == program.sources.fileOf(d.span.begin); }); };
  std::vector<const Diagnostic*> dropped;
  std::map<uint32_t, std::string> helps; // what a dropped one advised, by the place of the one that is kept
  for (const Diagnostic& d : program.diagnostics.all()) {
    const bool follows = llvm::any_of(regions, [&](const Region& r) { return r.kept && r.kept != &d && d.span.valid() && r.span.begin <= d.span.begin && d.span.begin <= r.span.end; });
    const auto line = d.span.valid() && !lines.empty() ? lines.find(lineOf(d)) : lines.end();
    const bool sameLine = line != lines.end() && (!isSyntax(d.code) || (d.code == Code::UnexpectedToken && line->second < d.span.begin));
    if (sameLine && isSyntax(d.code) && !d.help.empty()) helps.emplace(line->second, d.help);
    const bool lacks = unset && d.code == Code::MissingParam && isOfRoot(d);
    if (follows || sameLine || lacks || (wrong && inLibrary(d))) dropped.push_back(&d);
  }
  if (dropped.empty()) return;
  std::set<const Diagnostic*> gone(dropped.begin(), dropped.end());
  program.diagnostics.settle([&](Diagnostic& d) -> std::optional<Severity> {
    if (gone.contains(&d)) return std::nullopt;
    if (const auto help = helps.find(d.span.begin); help != helps.end() && isSyntax(d.code) && d.help.empty()) d.help = help->second;
    return d.severity;
  });
}

} // namespace chasi::sema
