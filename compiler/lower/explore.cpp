#include "compiler/lower/explore.h"

#include "compiler/lower/stack.h"

#include <llvm/ADT/StringExtras.h>

#include <set>

namespace chasi::lower {

namespace {

using sema::SymbolKind;
using sema::Type;
using sema::TypeKind;

/// What is reported while it lives goes to `out` instead of to the diagnostics of the program.
class Aside {
public:
  Aside(Compiled& compiled, source::Diagnostics& out) : program_(*compiled.program), out_(out) { std::swap(program_.diagnostics, kept_); }
  ~Aside() {
    program_.diagnostics.sort();
    out_.append(std::move(program_.diagnostics));
    std::swap(program_.diagnostics, kept_);
  }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;

private:
  sema::Program& program_;
  source::Diagnostics& out_;
  source::Diagnostics kept_;
};

bool isWord(char c) { return llvm::isAlnum(c) || c == '_'; }

/// The expression that ends at the end of the text, as far as dots, words and balanced brackets go: `a.b(c)[0]`.
llvm::StringRef receiver(llvm::StringRef text) {
  size_t at = text.size();
  while (at > 0) {
    const char c = text[at - 1];
    if (isWord(c) || c == '.' || (c == '?' && at < text.size() && text[at] == '.')) {
      --at;
    } else if (c == ')' || c == ']') {
      int depth = 0;
      do {
        const char inner = text[at - 1];
        depth += inner == ')' || inner == ']' ? 1 : inner == '(' || inner == '[' ? -1 : 0;
        --at;
      } while (at > 0 && depth > 0);
    } else {
      break;
    }
  }
  return text.drop_front(at);
}

void addFields(const Type* type, std::set<std::string>& out) {
  type = sema::present(sema::strip(type));
  if (type->kind == TypeKind::Union)
    for (const Type* alternative : type->alternatives) addFields(alternative, out);
  if (!type->schema) return;
  for (const sema::Field& f : type->schema->fields)
    if (!f.hidden) out.insert(f.name.str());
}

/// Whether a function may be called on such a value, as its signature tells: what it takes first stands behind `(` or `|`.
bool applies(const sema::BuiltinInfo& builtin, const Type* type) {
  const llvm::StringRef signature = builtin.signature;
  type = sema::present(sema::strip(type));
  const auto takes = [&](llvm::StringRef first) { return signature.contains(("(" + first).str()) || signature.contains(("| " + first).str()); };
  switch (type->kind) {
  case TypeKind::Kind: return takes("declaration");
  case TypeKind::Record: return false;
  case TypeKind::List: return takes("List<");
  case TypeKind::Map: return takes("Map<");
  case TypeKind::String: return takes("String") || takes("text");
  case TypeKind::Literal: return !type->literal.isText() || takes("String") || takes("text");
  default: return !takes("List<") && !takes("Map<") && !takes("declaration");
  }
}

void addPublic(const sema::Module& module, bool own, std::set<std::string>& out) {
  for (const auto& entry : module.symbols)
    if (own || (!entry.getKey().starts_with("_") && (entry.second->kind != SymbolKind::Import || entry.second->part))) out.insert(entry.getKey().str());
}

std::set<std::string> membersOf(Compiled& compiled, llvm::StringRef expression) {
  std::set<std::string> out;
  sema::Program& program = *compiled.program;
  sema::Module* module = program.root;
  llvm::StringRef name, rest = expression;
  while (module && !rest.empty()) {
    std::tie(name, rest) = rest.split('.');
    const auto at = module->symbols.find(name);
    const bool names = at != module->symbols.end() && at->second->kind == SymbolKind::Import && (module == program.root || at->second->part);
    module = names ? sema::opened(program, *at->second) : nullptr;
  }
  if (module && module != program.root) {
    addPublic(*module, false, out);
    return out;
  }
  source::Diagnostics ignored;
  const Aside aside(compiled, ignored);
  const sema::Expr* e = sema::loadExpression(program, expression.str(), "(completion)");
  if (!e || !e->type || e->type->kind == TypeKind::Error) return out;
  addFields(e->type, out);
  for (const sema::BuiltinInfo& b : sema::allBuiltins())
    if (applies(b, e->type)) out.insert(b.name);
  return out;
}

std::set<std::string> namesIn(const Compiled& compiled) {
  std::set<std::string> out = {"true", "false", "null", "if", "for", "match"};
  addPublic(*compiled.program->root, true, out);
  if (compiled.program->prelude) addPublic(*compiled.program->prelude, false, out);
  for (const sema::BuiltinInfo& b : sema::allBuiltins()) out.insert(b.name);
  return out;
}

} // namespace

std::optional<std::string> evaluateAlone(Compiled& compiled, const std::string& expression, source::Diagnostics& diagnostics) {
  const Aside aside(compiled, diagnostics);
  return evaluate(compiled, expression);
}

std::optional<std::string> typeOf(Compiled& compiled, const std::string& expression, source::Diagnostics& diagnostics) {
  const Aside aside(compiled, diagnostics);
  std::optional<std::string> out;
  withLargeStack([&] {
    const sema::Expr* e = sema::loadExpression(*compiled.program, expression, "(expression)");
    if (e && e->type && e->type->kind != TypeKind::Error && !compiled.program->diagnostics.hasErrors()) out = sema::typeName(e->type);
  });
  return out;
}

Completion complete(Compiled& compiled, llvm::StringRef line) {
  size_t begin = line.size();
  while (begin > 0 && isWord(line[begin - 1])) --begin;
  Completion out{line.drop_front(begin).str(), {}};
  llvm::StringRef before = line.take_front(begin);
  std::set<std::string> names;
  if (before.consume_back("?.") || before.consume_back(".")) {
    const llvm::StringRef subject = receiver(before);
    if (!subject.empty()) withLargeStack([&] { names = membersOf(compiled, subject); });
  } else {
    names = namesIn(compiled);
  }
  for (const std::string& name : names)
    if (llvm::StringRef(name).starts_with(out.word)) out.candidates.push_back(name);
  return out;
}

} // namespace chasi::lower
