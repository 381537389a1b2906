#include "compiler/lsp/feature_completion.h"

#include "compiler/lsp/block_at.h"
#include "compiler/lsp/complete.h"
#include "compiler/sema/load.h"
#include "compiler/syntax/parse.h"

#include <llvm/ADT/StringExtras.h>

#include <algorithm>

namespace chasi::lsp {

using source::Span;
using syntax::NodeKind;
using syntax::NodeRef;

namespace {

/// Stands where the cursor is while the text is read. No name of a person's ends so.
constexpr llvm::StringLiteral kMarker = "zzCursor";

bool isWord(char c) { return llvm::isAlnum(c) || c == '_'; }

struct Reading {
  source::SourceSet sources;
  std::optional<syntax::Tree> tree;
  NodeRef at; ///< the name with the marker

  Reading(const std::string& text, uint32_t from, uint32_t to, const std::string& put) {
    source::Diagnostics diagnostics;
    std::string marked = text;
    marked.replace(from, to - from, put);
    tree.emplace(syntax::parse(sources, sources.add("(completion)", marked), diagnostics));
    for (NodeRef n : nodesAt(*tree, sources.base(sources.fileCount() - 1) + from + 1))
      if ((n.is(NodeKind::Name) || n.is(NodeKind::NameExpr)) && n.tokenText().ends_with(kMarker)) at = n;
  }
  /// It was understood as something.
  bool sound(const Typed& typed) const {
    for (NodeRef n = at; n; n = typed.parent(n))
      if (n.is(NodeKind::Error)) return false;
    return static_cast<bool>(at);
  }
};

} // namespace

/// The item of a file that the cursor is in, by its looks: from a line that begins at the margin up to the next one that does.
static std::pair<size_t, size_t> itemAround(llvm::StringRef text, size_t from, size_t to) {
  const auto begins = [&](size_t line) { return line < text.size() && isWord(text[line]); };
  size_t begin = from;
  while (begin > 0 && !((text[begin - 1] == '\n') && begins(begin))) --begin;
  size_t end = to;
  while (end < text.size() && !(text[end] == '\n' && begins(end + 1))) ++end;
  return {begin, end};
}

/// Between the quotes of a text only the choices of its type make sense; they take the place of all of it. True when the cursor is there.
static bool insideText(const Snapshot& s, const std::string& item, uint32_t offset, uint32_t base, const std::string& text, const Around& around, Completion& out) {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  const syntax::Tree tree = syntax::parse(sources, sources.add("(item)", item), diagnostics);
  const uint32_t address = tree.base() + offset;
  NodeRef string;
  for (NodeRef n : nodesAt(tree, address)) {
    if (n.is(NodeKind::String)) string = n;
    if (n.is(NodeKind::Interp) && n.span().begin < address && address < n.span().end) string = {};
  }
  if (!string || string.span().begin >= address || string.span().end <= address) return false;
  const Typed typed(s.program(), tree, s.file);
  const uint32_t begin = base + string.span().begin - tree.base();
  out.replaced = {begin, begin + string.span().size()};
  Place place{s, typed, string, out.candidates, base, text, around};
  if (typed.parent(string).is(NodeKind::Import)) completeModules(place);
  else completeChoices(place, typed.expectedAt(string));
  std::erase_if(out.candidates, [](const Candidate& c) { return !llvm::StringRef(c.label).starts_with("\""); });
  return true;
}

Completion::Completion(const Snapshot& s, const std::string& text, uint32_t offset, const Around& around) {
  const source::FileId file = sources.add("(text)", text);
  const uint32_t base = sources.base(file);
  uint32_t from = offset, to = offset;
  while (from > 0 && isWord(text[from - 1])) --from;
  while (to < text.size() && isWord(text[to])) ++to;
  replaced = {base + from, base + to};
  const std::string word = text.substr(from, offset - from) + kMarker.str();
  // The item alone is read quickly; all of the file, when that makes no sense.
  for (const auto& [begin, end] : {itemAround(text, from, to), std::pair(size_t{0}, text.size())}) {
    const std::string item = text.substr(begin, end - begin);
    const auto at = static_cast<uint32_t>(begin);
    if (insideText(s, item, offset - at, base + at, text, around, *this)) return;
    // As a value, as a member of a block, as a declaration: the first that makes sense.
    for (const std::string& put : {word, word + " = 0", word + " name {}"}) {
      const Reading reading(item, from - at, to - at, put);
      const Typed typed(s.program(), *reading.tree, s.file);
      if (!reading.sound(typed)) continue;
      Place place{s, typed, reading.at, candidates, base, text, around};
      complete(place);
      return;
    }
  }
}

std::string documentationOf(const Snapshot& s, llvm::StringRef of, llvm::StringRef name) {
  for (const auto& schema : s.program().schemas)
    if (schema->fullName() == of)
      if (const int i = schema->find(name); i >= 0) return schema->fields[static_cast<size_t>(i)].doc;
  if (const sema::BuiltinInfo* info = of == "(builtin)" ? sema::findBuiltin(name) : nullptr) return fmt::format("```chasi\n{}\n```\n\n{}", info->signature, info->doc);
  const auto module = llvm::find_if(s.program().modules, [&](const auto& m) { return m.second->path == of; });
  if (module == s.program().modules.end()) return "";
  const auto symbol = module->second->symbols.find(name);
  return symbol == module->second->symbols.end() || !symbol->second->node ? "" : symbol->second->node.doc();
}

/// The call that is being written, and the argument in it where the cursor is.
struct Calling {
  NodeRef call, argument;

  explicit operator bool() const { return static_cast<bool>(call); }
  size_t index() const {
    size_t n = 0;
    for (NodeRef c : call.children()) {
      if (c.index() == call.child(0).index()) continue;
      if (c.index() == argument.index()) break;
      ++n;
    }
    return n;
  }
};

static Calling callAround(const Typed& typed, NodeRef at) {
  NodeRef argument = at, call = typed.parent(at);
  while (call && !(call.is(NodeKind::Call) && argument.index() != call.child(0).index())) argument = call, call = typed.parent(call);
  return {call, argument};
}

/// Of a function that is declared: each parameter with its type, and its value where it may be left out.
static Signature ofFunction(const Snapshot& s, const sema::Symbol& fn, const Calling& calling) {
  Signature out;
  out.active = calling.index();
  out.label = fmt::format("{}(", fn.name.str());
  for (size_t i = 0; i < fn.params.size(); ++i) {
    const sema::FnParam& p = fn.params[i];
    if (i) out.label += ", ";
    const size_t begin = out.label.size();
    out.label += fmt::format("{}: {}", p.name.str(), p.type ? sema::typeName(p.type) : "?");
    if (p.fallback) out.label += fmt::format(" = {}", s.sources().text(p.fallback->span).str());
    out.parameters.emplace_back(begin, out.label.size());
    if (calling.argument.is(NodeKind::NamedArg) && calling.argument.child(0).tokenText() == p.name) out.active = i;
  }
  out.label += fmt::format(") -> {}", fn.type ? sema::typeName(fn.type) : "?");
  out.doc = fn.node.doc();
  return out;
}

/// Calls `show` with each character that is in no bracket or in the first one only, and how deep it is: 0 or 1.
static void outside(llvm::StringRef text, llvm::function_ref<void(size_t at, int depth)> show) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool closes = c == ')' || c == ']' || (c == '>' && i > 0 && text[i - 1] != '-');
    if (closes && --depth <= 0) show(i, 0);
    if (depth <= 1 && !closes) show(i, depth);
    if (c == '(' || c == '<' || c == '[') ++depth;
  }
}

/// "contains(String, …) -> Bool, contains(List<T>, T) -> Bool" as two.
static std::vector<std::string> overloads(const sema::BuiltinInfo& info) {
  const llvm::StringRef all = info.signature;
  const std::string next = fmt::format(", {}(", info.name);
  std::vector<std::string> out;
  size_t begin = 0;
  outside(all, [&](size_t at, int depth) {
    if (depth != 0 || !all.drop_front(at).starts_with(next)) return;
    out.push_back(all.slice(begin, at).str());
    begin = at + 2;
  });
  out.push_back(all.drop_front(begin).str());
  return out;
}

static Signature ofOverload(std::string label, const char* doc, size_t active) {
  Signature out{.label = std::move(label), .doc = doc, .parameters = {}, .active = active};
  size_t begin = 0;
  bool done = false;
  outside(out.label, [&](size_t at, int depth) {
    const char c = out.label[at];
    if (done) return;
    if (c == '(' && depth == 0) {
      begin = at + 1;
    } else if (begin && (c == ',' || c == ')') && (depth == 1 || c == ')')) {
      if (at > begin) out.parameters.emplace_back(begin, at);
      begin = at + 2;
      done = c == ')';
    }
  });
  return out;
}

/// The first parameter may be what stands before the dot.
static bool takes(const Signature& signature, const sema::Type& receiver) {
  if (signature.parameters.empty()) return false;
  const auto [begin, end] = signature.parameters.front();
  const llvm::StringRef first = llvm::StringRef(signature.label).slice(begin, end);
  using sema::TypeKind;
  switch (receiver.kind) {
  case TypeKind::List: return first.starts_with("List");
  case TypeKind::Map: return first.starts_with("Map");
  case TypeKind::String:
  case TypeKind::Literal: return first.starts_with("String");
  default: return false;
  }
}

static std::vector<Signature> ofBuiltin(const Typed& typed, const Calling& calling) {
  const NodeRef callee = calling.call.child(0);
  const bool method = callee.is(NodeKind::Member) || callee.is(NodeKind::OptMember);
  const sema::BuiltinInfo* info = sema::findBuiltin(method ? callee.child(1).tokenText() : callee.tokenText());
  if (!info) return {};
  std::vector<Signature> out;
  for (std::string& label : overloads(*info)) out.push_back(ofOverload(std::move(label), info->doc, calling.index() + method)); // what stands before the dot is the first
  if (const sema::Type* receiver = method ? typed.typeOf(callee.child(0)) : nullptr)
    std::stable_partition(out.begin(), out.end(), [&](const Signature& s) { return takes(s, *sema::strip(sema::present(receiver))); });
  std::stable_partition(out.begin(), out.end(), [](const Signature& s) { return s.active < s.parameters.size(); });
  return out;
}

std::vector<Signature> signatures(const Snapshot& s, const std::string& text, uint32_t offset) {
  // Read with a name where the cursor is; before an argument that is there already, as one of its own in front of it.
  const bool inWord = offset > 0 && isWord(text[offset - 1]);
  while (inWord && offset < text.size() && isWord(text[offset])) ++offset;
  const llvm::StringRef rest = llvm::StringRef(text).drop_front(offset).ltrim();
  const bool before = !inWord && !rest.empty() && !rest.starts_with(")") && !rest.starts_with(",");
  const Reading marked(text, offset, offset, (inWord ? "" : "a") + kMarker.str() + (before ? ", " : ""));
  const Typed typed(s.program(), *marked.tree, s.file);
  Calling calling = marked.at ? callAround(typed, marked.at) : Calling();
  // Inside of a text nothing can be put: there it is read as it is.
  std::optional<Reading> plain;
  std::optional<Typed> typedPlain;
  if (!marked.at) {
    plain.emplace(text, offset, offset, "");
    typedPlain.emplace(s.program(), *plain->tree, s.file);
    calling = callAround(*typedPlain, nodesAt(*plain->tree, plain->tree->base() + offset).back());
  }
  if (!calling) return {};
  const Typed& known = plain ? *typedPlain : typed;
  if (const sema::Symbol* fn = known.functionOf(calling.call)) return {ofFunction(s, *fn, calling)};
  return ofBuiltin(known, calling);
}

} // namespace chasi::lsp
