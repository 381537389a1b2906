#include "compiler/lsp/feature_components.h"

#include "compiler/lower/lower.h"
#include "compiler/lsp/feature_render.h"
#include "compiler/sema/uses.h"

namespace chasi::lsp {

using sema::SymbolKind;
using sema::Use;
using source::Span;
using syntax::NodeKind;
using syntax::NodeRef;

static const sema::Symbol* symbolOf(const Snapshot& s, llvm::StringRef name) {
  const sema::Module* root = s.program().root;
  const auto at = root ? root->symbols.find(name) : llvm::StringMap<sema::Symbol*>::const_iterator();
  return root && at != root->symbols.end() ? at->second : nullptr;
}

static bool isOf(const sema::Symbol& s, const Snapshot& snapshot, llvm::StringRef kind) { return s.schema && snapshot.program().isStandard(*s.schema, kind); }

std::optional<NodeRef> rawWorkloads(const Snapshot& s, uint32_t address) {
  const syntax::Tree* tree = s.tree();
  const std::vector<NodeRef> way = tree ? nodesAt(*tree, address) : std::vector<NodeRef>();
  if (way.size() < 2 || !way[1].is(NodeKind::Declaration) || !way[1].child(1).is(NodeKind::Name) || !way[1].child(NodeKind::Block)) return std::nullopt;
  const sema::Symbol* symbol = symbolOf(s, way[1].child(1).tokenText());
  if (!symbol || symbol->span != way[1].child(1).span() || !isOf(*symbol, s, "objects")) return std::nullopt;
  const auto kinds = operationsOf(s, way[1]);
  if (!kinds || !llvm::any_of(*kinds, [](const auto& k) { return k.first == "Deployment" || k.first == "StatefulSet"; })) return std::nullopt;
  return way[1];
}

/// A name in a piece of text whose value may be another one next time: a parameter, or another declaration. Empty when there is none.
static std::string varying(const Snapshot& s, Span span, std::set<const sema::Symbol*>& seen) {
  const auto uses = s.revision.uses.files.find(s.sources().fileOf(span.begin));
  if (uses == s.revision.uses.files.end()) return "";
  for (const Use& u : uses->second) {
    if (u.kind != Use::Symbol || u.declares || u.at.begin < span.begin || u.at.end > span.end) continue;
    const bool cluster = u.symbol->kind == SymbolKind::Declaration && isOf(*u.symbol, s, "cluster");
    if (u.symbol->kind == SymbolKind::Param || (u.symbol->kind == SymbolKind::Declaration && !cluster)) return u.symbol->name.str();
    const bool more = u.symbol->kind == SymbolKind::Let || u.symbol->kind == SymbolKind::Fn;
    if (!more || !u.symbol->module || u.symbol->module->library || !seen.insert(u.symbol).second) continue;
    if (std::string name = varying(s, u.symbol->node.span(), seen); !name.empty()) return name;
  }
  return "";
}

/// The name of the cluster that the declaration is on. An error for what a component cannot keep.
static llvm::Expected<std::string> clusterOf(const Snapshot& s, NodeRef declaration) {
  std::string cluster;
  for (NodeRef n : declaration.child(NodeKind::Block).children()) {
    const llvm::StringRef field = n.is(NodeKind::Assign) ? n.child(0).tokenText() : llvm::StringRef();
    if (field == "on" && n.child(1).is(NodeKind::NameExpr)) cluster = n.child(1).tokenText().str();
    else if (field != "all" && field != "namespace" && !n.is(NodeKind::Let)) return llvm::createStringError(fmt::format("`{}` would be lost", n.text().split('\n').first.str()));
  }
  const sema::Symbol* symbol = symbolOf(s, cluster);
  if (!symbol || !isOf(*symbol, s, "cluster")) return llvm::createStringError("the cluster is not named by its own name");
  std::set<const sema::Symbol*> seen;
  if (const std::string name = varying(s, declaration.span(), seen); !name.empty()) return llvm::createStringError(fmt::format("its objects depend on `{}`, which would be lost", name));
  return cluster;
}

/// Objects by what tells them apart: the cluster, the kind, the names.
using Made = std::map<std::string, nlohmann::json>;

/// Where somebody uses a declaration by its name; what is left of it may have another value then.
static llvm::Error unused(const Snapshot& s, const sema::Symbol& declaration) {
  for (const auto& [file, uses] : s.revision.uses.files)
    for (const Use& u : uses)
      if (u.symbol == &declaration && !u.declares) return llvm::createStringError(fmt::format("`{}` is used in line {}", declaration.name.str(), s.sources().position(u.at.begin).line));
  return llvm::Error::success();
}

/// Everything that a module makes.
static llvm::Expected<Made> madeBy(const lower::CompileInput& input, llvm::function_ref<void(const plan::Operation&)> each = [](const plan::Operation&) {}) {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  const lower::Compiled compiled = lower::compile(sources, diagnostics, input);
  for (const source::Diagnostic& d : diagnostics.all())
    if (d.severity == source::Severity::Error) return llvm::createStringError(d.message);
  Made out;
  for (const plan::Operation& op : compiled.desired.operations) {
    if (op.kind != plan::OpKind::Object) continue;
    const std::string id = fmt::format("{} {} {}{}{} on {}", op.object.apiVersion, op.object.kind, op.object.ns, op.object.ns.empty() ? "" : "/", op.object.name, op.target);
    out[id] = nlohmann::json::parse(op.payload); // keys in any order
    each(op);
  }
  return out;
}

/// The first object that is not the same.
static std::string difference(const Made& was, const Made& is) {
  for (const auto& [id, object] : was)
    if (const auto at = is.find(id); at == is.end() || at->second != object) return id;
  for (const auto& [id, object] : is)
    if (!was.contains(id)) return id;
  return "";
}

/// The module makes the same with another text of the file, in the environment that is chosen and in each that there is.
static llvm::Error compare(const lower::CompileInput& input, const std::string& file, const std::string& text) {
  std::map<std::string, std::string> environments = input.load.environments;
  environments.try_emplace(input.environment, input.load.environmentFile);
  for (const auto& [name, environmentFile] : environments) {
    lower::CompileInput before = input;
    before.environment = name;
    before.load.environmentFile = environmentFile;
    lower::CompileInput after = before;
    after.load.overlay[file] = text;
    auto was = madeBy(before);
    if (!was) { // nobody can use it there, before and afterwards
      llvm::consumeError(was.takeError());
      continue;
    }
    const std::string where = name.empty() ? "" : fmt::format(" in the environment {}", name);
    auto is = madeBy(after);
    if (!is) return llvm::createStringError(fmt::format("the module would be wrong{}: {}", where, llvm::toString(is.takeError())));
    if (const std::string first = difference(*was, *is); !first.empty()) return llvm::createStringError(fmt::format("{} would be another one{}", first, where));
  }
  return llvm::Error::success();
}

/// The objects of a declaration as the module makes them.
static llvm::Expected<std::vector<std::string>> objectsOf(const Snapshot& s, const lower::CompileInput& input, NodeRef declaration) {
  const std::string file = lower::stableName(s.program(), s.file); // as operations name it
  const uint32_t first = s.sources().position(declaration.span().begin).line, last = s.sources().position(declaration.span().end).line;
  std::vector<std::string> objects;
  bool open = false;
  auto made = madeBy(input, [&](const plan::Operation& op) {
    if (op.source.file != file || op.source.line < first || op.source.line > last) return;
    open |= !op.secrets.empty() || !op.later.empty();
    objects.push_back(op.payload);
  });
  if (!made) return llvm::createStringError(fmt::format("the module is wrong: {}", llvm::toString(made.takeError())));
  if (open) return llvm::createStringError("there is a secret in it, or what only the cluster knows");
  return objects;
}

llvm::Expected<source::Edit> madeComponents(const Snapshot& s, const lower::CompileInput& input, uint32_t address, const Host& host) {
  const auto declaration = rawWorkloads(s, address);
  if (!declaration) return llvm::createStringError("there are no raw workloads here");
  auto cluster = clusterOf(s, *declaration);
  if (!cluster) return cluster.takeError();
  if (llvm::Error error = unused(s, *symbolOf(s, declaration->child(1).tokenText()))) return error;
  auto objects = objectsOf(s, input, *declaration);
  if (!objects) return objects.takeError();
  RawObjects raw{.objects = std::move(*objects), .cluster = std::move(*cluster), .name = declaration->child(1).tokenText().str(), .taken = {}};
  for (const sema::Module* m : {static_cast<const sema::Module*>(s.program().root), static_cast<const sema::Module*>(s.program().prelude)})
    for (const auto& [name, symbol] : m->symbols) raw.taken.insert(name.str());
  raw.taken.erase(raw.name);
  const sema::Symbol* schemas = symbolOf(s, "k8s");
  raw.typed = schemas && schemas->kind == SymbolKind::Import && schemas->target && schemas->target->path == "std.k8s";
  auto text = host.componentsOf(raw);
  if (!text) return text.takeError();
  source::Edit edit{declaration->span(), llvm::StringRef(*text).trim().str()};
  std::string after = s.text().str();
  after.replace(edit.span.begin - s.base(), edit.span.size(), edit.text);
  if (llvm::Error error = compare(input, s.sources().name(s.file).str(), after)) return error;
  return edit;
}

} // namespace chasi::lsp
