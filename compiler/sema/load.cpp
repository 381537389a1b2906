#include "compiler/sema/load.h"

#include "compiler/sema/checker.h"
#include "compiler/sema/layers.h"
#include "compiler/sema/policy_ir.h"
#include "compiler/sema/workspace_file.h"
#include "compiler/syntax/embedded.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/serialize.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

#include <set>

namespace chasi::sema {

namespace {

namespace path = llvm::sys::path;

class Loader {
public:
  explicit Loader(Program& program) : p(program), checker_(program) {}

  void run(const LoadInput& input);
  Module* checkedLibrary(const std::string& name);
  void late(Symbol& function);
  Module* library(const std::string& name);

private:
  Program& p;
  Checker checker_;
  const LoadInput* input_ = nullptr;
  std::vector<Module*> way_; ///< modules being read, for import cycles
  Packages packages_;

  std::string shown(llvm::StringRef absolute) const;
  std::string named(llvm::StringRef absolute) const;
  void workspaceFile();
  Module* make(const std::string& name, const std::string& folder, bool library);
  void addFile(Module& module, const std::string& file);
  void importLate(Module& core);
  void part(Module& module, llvm::StringRef name);
  Module* folder(const std::string& folder, NodeRef import, const Module& from);
  Module* package(NodeRef import, const std::string& name, const Module& from);
  Module* unknownPackage(NodeRef import, const std::string& name, const Module& from);
  void imports(Module& module);
  Module* importOf(NodeRef node, Module& from, std::string& alias);
  void environment(std::string file);
  std::string environmentOfTest() const;
  void chooseTest();
  void nameSecrets();
};

Module* Loader::make(const std::string& name, const std::string& folder, bool library) {
  auto& slot = p.modules[name];
  slot = std::make_unique<Module>();
  slot->path = name;
  slot->folder = folder;
  slot->library = library;
  return slot.get();
}

/// The way to a place from the folder `from`, which is written `given`.
static std::string wayTo(llvm::StringRef absolute, llvm::StringRef from, llvm::StringRef given) {
  llvm::SmallString<256> way(given);
  while (!absolute.starts_with(from) || (absolute.size() > from.size() && from.size() > 1 && absolute[from.size()] != '/')) {
    from = path::parent_path(from);
    path::append(way, "..");
  }
  path::append(way, absolute.drop_front(from.size()).ltrim('/'));
  path::remove_dots(way, true);
  return way.empty() ? "." : way.str().str();
}

/// How a place in the workspace is shown and opened: from where the root module's files are, as they were named. No path
/// of the machine gets into a message or a plan unless somebody wrote one.
std::string Loader::shown(llvm::StringRef absolute) const {
  const llvm::StringRef given = input_->files.empty() ? llvm::StringRef() : path::parent_path(input_->files.front());
  return path::is_absolute(given) ? absolute.str() : wayTo(absolute, input_->folder, given);
}

/// What messages call a folder. Editors open files by their full paths; to people a folder has the name that it has from the workspace's.
std::string Loader::named(llvm::StringRef absolute) const {
  const std::string name = shown(absolute);
  return path::is_absolute(name) ? wayTo(absolute, p.workspaceRoot, "") : name;
}

void Loader::addFile(Module& module, const std::string& file) {
  const auto edited = input_->overlay.find(file);
  auto opened = edited == input_->overlay.end() ? p.sources.open(file) : llvm::Expected<source::FileId>(p.sources.add(file, edited->second));
  if (!opened) {
    const source::FileId id = p.sources.add(file, "");
    const Span at{p.sources.base(id), p.sources.base(id)};
    const std::string why = llvm::toString(opened.takeError());
    p.diagnostics.report(why.find("larger") != std::string::npos ? Code::FileTooLarge : Code::FileUnreadable, at, why);
    return;
  }
  auto parsed = input_->known ? input_->known->parse(p.sources, *opened, p.diagnostics) : syntax::parse(p.sources, *opened, p.diagnostics);
  module.files.push_back({*opened, std::make_unique<syntax::Tree>(std::move(parsed)), false});
  if (!module.package.empty()) p.packageRoots[*opened] = module.root;
}

/// Enters the name of a module that lies inside of this one.
void Loader::part(Module& module, llvm::StringRef name) {
  auto [it, fresh] = module.symbols.try_emplace(name, nullptr);
  if (!fresh) return;
  p.symbols.push_back(std::make_unique<Symbol>());
  Symbol* s = it->second = p.symbols.back().get();
  s->kind = SymbolKind::Import;
  s->name = name;
  s->module = &module;
  s->part = true;
}

/// "std.core": the embedded files in core/. Folders below, as `apps/v1/` in `k8s/`, are modules inside of it.
Module* Loader::library(const std::string& name) {
  if (const auto it = p.modules.find(name); it != p.modules.end()) return it->second.get();
  std::string prefix = name.substr(4) + "/";
  std::replace(prefix.begin(), prefix.end() - 1, '.', '/');
  Module* module = nullptr;
  for (const syntax::EmbeddedFile& f : syntax::embeddedFiles()) {
    if (!f.path.starts_with(prefix)) continue;
    if (!module) module = make(name, "", true);
    if (const auto [folder, below] = f.path.substr(prefix.size()).split('/'); !below.empty()) {
      part(*module, folder);
      continue;
    }
    const source::FileId id = p.sources.addStatic("std/" + f.path.str(), f.text);
    auto tree = syntax::fromBytes(f.tree, f.text, p.sources.base(id));
    if (!tree) { // written by our own build: cannot happen, but must not pass unnoticed
      p.diagnostics.report(Code::FileUnreadable, {p.sources.base(id), p.sources.base(id)}, llvm::toString(tree.takeError()));
      continue;
    }
    module->files.push_back({id, std::make_unique<syntax::Tree>(std::move(*tree)), false});
  }
  if (module) {
    imports(*module);
    checker_.collect(*module);
  }
  if (module && !p.prelude) // it is std.core
    for (Symbol* s : module->order) s->late = s->kind == SymbolKind::Fn && s->node.tree().root().child(NodeKind::Import);
  return module;
}

/// Reads what std.core imports.
void Loader::importLate(Module& core) {
  for (const auto& [name, symbol] : core.symbols)
    if (symbol->kind == SymbolKind::Import && !symbol->target) symbol->target = library(symbol->node.child(0).text().str());
}

void Loader::late(Symbol& function) {
  importLate(*function.module);
  checker_.checkLate(function);
}

Module* Loader::folder(const std::string& folder, NodeRef import, const Module& from) {
  if (const auto it = p.modules.find(folder); it != p.modules.end()) {
    const auto at = std::find(way_.begin(), way_.end(), it->second.get());
    if (at == way_.end()) return it->second.get();
    Diagnostic& d = p.diagnostics.report(Code::ImportCycle, import.span(), "modules import each other");
    std::string way;
    for (auto m = at; m != way_.end(); ++m) way += named((*m)->folder) + " -> ";
    d.note(fmt::format("the way round: {}{}", way, named(folder))).hint("move what both need into a module of its own");
    return nullptr;
  }
  std::vector<std::string> files;
  std::error_code ec;
  for (llvm::sys::fs::directory_iterator it(folder, ec), end; it != end && !ec; it.increment(ec))
    if (isOfModule(*it)) files.push_back(it->path());
  std::sort(files.begin(), files.end());
  if (files.empty()) return nullptr;
  Module* module = make(folder, folder, false);
  module->path = named(folder);
  module->root = from.root;
  module->package = from.package;
  way_.push_back(module);
  for (const std::string& f : files) addFile(*module, shown(f));
  imports(*module);
  checker_.collect(*module);
  way_.pop_back();
  return module;
}

/// `folder` or something below it; both without dots.
static bool within(llvm::StringRef target, llvm::StringRef folder) {
  return target == folder || folder == "/" || (target.starts_with(folder) && target.drop_front(folder.size()).starts_with("/"));
}

/// `acme.platform`, or a folder in it: `acme.platform.databases`. The longest name of a package wins.
Module* Loader::package(NodeRef import, const std::string& name, const Module& from) {
  const std::vector<std::string>& usable = from.package.empty() ? packages_.direct : packages_.all[from.package].needs;
  llvm::StringRef found = name;
  while (!found.empty() && !llvm::is_contained(usable, found)) found = found.contains('.') ? found.rsplit('.').first : "";
  if (found.empty()) return unknownPackage(import, name, from);
  const auto at = packages_.all.find(found.str());
  if (at == packages_.all.end() || at->second.folder.empty()) return nullptr; // told at the place where it is required
  Module inside;
  inside.root = at->second.folder;
  inside.package = at->first;
  llvm::SmallString<256> target(inside.root);
  std::string below = name.substr(std::min(name.size(), found.size() + 1));
  std::replace(below.begin(), below.end(), '.', '/');
  path::append(target, below);
  const size_t errors = p.diagnostics.errorCount();
  Module* module = folder(target.str().str(), import, inside);
  if (module) module->path = name;
  else if (p.diagnostics.errorCount() == errors && below.empty()) p.diagnostics.report(Code::UnknownImport, import.span(), fmt::format("package {} has no .chasi file in its root folder", at->first)).hint(fmt::format("import a folder of it: `import {}.FOLDER`", at->first));
  else if (p.diagnostics.errorCount() == errors) p.diagnostics.report(Code::UnknownImport, import.span(), fmt::format("package {} has no folder `{}` with .chasi files", at->first, below));
  return module;
}

Module* Loader::unknownPackage(NodeRef import, const std::string& name, const Module& from) {
  const std::vector<std::string>& usable = from.package.empty() ? packages_.direct : packages_.all[from.package].needs;
  Diagnostic& d = p.diagnostics.report(Code::UnknownImport, import.span(), fmt::format("{} requires no package `{}`", from.package.empty() ? "this workspace" : "package " + from.package, name));
  std::vector<std::string> known = usable;
  known.push_back("std." + name); // `import sizes`
  for (const syntax::EmbeddedFile& f : syntax::embeddedFiles()) {
    std::string module = "std." + path::parent_path(f.path).str();
    std::replace(module.begin(), module.end(), '/', '.');
    if (module == known.back()) return d.hint(fmt::format("did you mean `{}`?", module)).fix(fmt::format("replace with `{}`", module), import.span(), module), nullptr;
  }
  if (const std::string near = source::nearest(name, usable); !near.empty()) d.hint(fmt::format("did you mean `{}`?", near)).fix(fmt::format("replace with `{}`", near), import.span(), near);
  else if (!llvm::StringRef(name).contains('.')) d.hint(fmt::format("a folder is imported by its path: `import \"./{}\"`; packages have names of two words and more", name));
  else if (!from.package.empty()) d.hint("a package imports what its own workspace.chasi requires");
  else if (packages_.all.contains(name)) d.note("another package requires it, which is no promise to this workspace").hint(fmt::format("require it here too: `chasic mod add {}`", name));
  else d.hint(fmt::format("`chasic mod add {} --from SOURCE` adds a package, `import \"./NAME\"` is a folder", name));
  return nullptr;
}

/// Names of the folders in a folder that hold specifications.
static std::vector<std::string> modulesIn(llvm::StringRef folder) {
  std::vector<std::string> names;
  std::error_code ec;
  for (llvm::sys::fs::directory_iterator it(folder, ec), end; it != end && !ec; it.increment(ec)) {
    if (!llvm::sys::fs::is_directory(it->path())) continue;
    std::error_code inner;
    for (llvm::sys::fs::directory_iterator file(it->path(), inner), last; file != last && !inner; file.increment(inner))
      if (path::extension(file->path()) == ".chasi") {
        names.push_back(path::filename(it->path()).str());
        break;
      }
  }
  std::sort(names.begin(), names.end());
  return names;
}

Module* Loader::importOf(NodeRef node, Module& from, std::string& alias) {
  const NodeRef what = node.child(0);
  if (what.is(NodeKind::DottedName)) {
    const std::string name = what.text().str();
    alias = what.child(what.childCount() - 1).tokenText().str();
    if (!p.prelude && from.library) return nullptr; // by std.core: see `importLate`
    if (!llvm::StringRef(name).starts_with("std.")) return package(what, name, from);
    if (Module* module = library(name)) return module;
    Diagnostic& d = p.diagnostics.report(Code::UnknownImport, what.span(), fmt::format("the standard library has no `{}`", name));
    const std::vector<std::string> names = libraryNames();
    const std::string near = source::nearest(name, names);
    d.hint(near.empty() ? fmt::format("there are {}", fmt::join(names, ", ")) : fmt::format("did you mean `{}`?", near));
    return nullptr;
  }
  std::string text;
  for (const std::string& piece : decodeString(what, p.diagnostics)) text += piece;
  llvm::SmallString<256> target(path::is_absolute(text) ? llvm::StringRef() : llvm::StringRef(from.folder));
  path::append(target, text);
  path::remove_dots(target, true);
  alias = path::filename(target).str();
  if (!within(target, from.root)) {
    Diagnostic& d = p.diagnostics.report(Code::UnknownImport, what.span(), fmt::format("\"{}\" lies outside the {}", text, from.package.empty() ? "workspace" : "package"));
    if (from.package.empty()) d.note(fmt::format("the workspace is the folder `{}`", named(from.root))).hint("a file workspace.chasi marks the root of a workspace");
    else d.note(fmt::format("package {} is the folder `{}`", from.package, named(from.root))).hint("what a package needs is in it, or in a package that it requires");
    return nullptr;
  }
  for (const auto& [name, of] : packages_.all) // with two names for one module, its kinds would be two kinds
    if (name != from.package && !of.folder.empty() && within(target, of.folder)) {
      p.diagnostics.report(Code::UnknownImport, what.span(), fmt::format("\"{}\" is a part of package {}", text, name)).hint(fmt::format("import it by its name: `import {}`", name));
      return nullptr;
    }
  const size_t errors = p.diagnostics.errorCount();
  Module* module = folder(target.str().str(), what, from);
  if (!module && p.diagnostics.errorCount() == errors) {
    Diagnostic& d = p.diagnostics.report(Code::UnknownImport, what.span(), fmt::format("\"{}\" is no folder with .chasi files", text));
    const std::string near = source::nearest(path::filename(target), modulesIn(path::parent_path(target)));
    if (near.empty()) {
      d.hint("a module is a folder; the path starts at this file's folder");
    } else {
      const std::string meant = text.substr(0, text.size() - std::min(text.size(), path::filename(target).size())) + near;
      d.hint(fmt::format("did you mean \"{}\"?", meant)).fix(fmt::format("replace with \"{}\"", meant), what.span(), fmt::format("\"{}\"", meant));
    }
  }
  return module;
}

void Loader::imports(Module& module) {
  for (size_t i = 0; i < module.files.size(); ++i) {
    const syntax::Tree& tree = *module.files[i].tree;
    for (NodeRef n : tree.root().children()) {
      if (!n.is(NodeKind::Import) || !n.child(0)) continue;
      std::string alias;
      Module* target = importOf(n, module, alias);
      NodeRef name = n.child(NodeKind::Name);
      if (name) alias = name.tokenText().str();
      const llvm::StringRef kept = p.keep(alias);
      auto [it, fresh] = module.symbols.try_emplace(kept, nullptr);
      if (!fresh) {
        if (it->second->kind == SymbolKind::Import && it->second->target == target) continue; // two files of one module import the same
        p.diagnostics.report(Code::DuplicateName, n.span(), fmt::format("`{}` is declared twice", alias)).at(it->second->span, "first declared here").hint("import it under another name: `import … as NAME`");
        continue;
      }
      p.symbols.push_back(std::make_unique<Symbol>());
      Symbol* s = it->second = p.symbols.back().get();
      s->kind = SymbolKind::Import;
      s->name = kept;
      s->module = &module;
      s->node = n;
      s->span = (name ? name : n.child(0)).span();
      s->target = target;
      if (target) module.imports.push_back(target);
    }
  }
}

/// Environment files belong to the root module: they see its names, set its parameters and override its declarations, each
/// after the one that it extends.
void Loader::environment(std::string file) {
  while (!file.empty()) {
    const std::string name = path::stem(file).str();
    Module* layer = make(fmt::format("(environment {})", name), p.root->folder, false);
    layer->environment = name;
    layer->root = p.workspaceRoot;
    p.layers.insert(p.layers.begin(), layer);
    addFile(*layer, shown(file));
    const auto below = input_->environments.find(environmentBelow(p, input_->environments));
    file = below == input_->environments.end() ? "" : below->second;
  }
  for (Module* layer : p.layers) {
    imports(*layer);
    for (auto& [name, symbol] : p.root->symbols) layer->symbols.try_emplace(name, symbol);
    checker_.collect(*layer);
  }
  for (Module* layer : p.layers) checker_.checkLayer(*layer);
}

/// The environment that the chosen test names. Its file has to be read before the test can be checked, so this looks at the
/// tree; what is wrong there is reported by the check.
std::string Loader::environmentOfTest() const {
  source::Diagnostics unheard;
  for (const File& f : p.root->files)
    for (NodeRef n : f.tree->root().children()) {
      if (!n.is(NodeKind::Test) || !n.child(0).is(NodeKind::String) || testSlug(plainText(n.child(0), unheard)) != *input_->test) continue;
      for (NodeRef with : n.children()) {
        if (!with.is(NodeKind::With) || !with.child(0)) continue;
        for (NodeRef set : with.child(0).children())
          if (set.is(NodeKind::Assign) && set.childCount() == 2 && set.child(0).tokenText() == "environment" && set.child(1).is(NodeKind::String)) return plainText(set.child(1), unheard);
      }
    }
  return "";
}

/// What the chosen test sets counts before the command line and before environments.
void Loader::chooseTest() {
  for (const auto& test : p.tests) {
    if (testSlug(test->title) != *input_->test) continue;
    p.chosenTest = test.get();
    for (const WithIr& w : test->sets) {
      p.symbols.push_back(std::make_unique<Symbol>());
      Symbol* s = p.symbols.back().get();
      s->kind = SymbolKind::Let;
      s->name = w.name;
      s->module = p.root;
      s->span = w.span;
      s->type = w.value->type;
      s->expr = w.value;
      s->state = 2;
      s->bodyDone = true;
      p.environmentSets[w.name.str()].push_back(s);
      p.params.erase(w.name.str());
    }
    return;
  }
}

/// A variable that is given to a secret parameter is named and not read: its value is looked up while applying, and gets into
/// no digest, plan or message.
void Loader::nameSecrets() {
  for (auto& [name, given] : p.params) {
    const auto it = p.root->symbols.find(name);
    if (given.variable.empty() || it == p.root->symbols.end() || it->second->kind != SymbolKind::Param) continue;
    if (strip(present(it->second->type))->kind != TypeKind::Secret) continue;
    given.text = fmt::format("secret(\"env/{}\")", given.variable);
    given.unset = false;
  }
}

/// workspace.chasi says which edition of the language the workspace is written in, whether it is a package, and which
/// packages it requires.
void Loader::workspaceFile() {
  if (p.workspaceRoot.empty()) return; // a program of the standard library alone
  llvm::SmallString<256> name(p.workspaceRoot);
  path::append(name, "workspace.chasi");
  if (!llvm::sys::fs::exists(name) && !input_->overlay.contains(shown(name))) return;
  Module* module = make("(workspace)", p.workspaceRoot, false);
  addFile(*module, shown(name));
  if (module->files.empty()) return;
  const File& file = module->files.front();
  checkWorkspaceFile(p, file);
  if (input_->packages) packages_ = input_->packages(file.tree->root(), p.diagnostics);
}

void Loader::run(const LoadInput& input) {
  input_ = &input;
  p.workspaceRoot = input.workspaceRoot;
  p.params = input.params;
  workspaceFile();
  p.prelude = library("std.core");
  p.root = make(input.folder + "#root", input.folder, false);
  p.root->root = p.workspaceRoot;
  way_.push_back(p.root);
  for (const std::string& f : input.files) addFile(*p.root, f);
  imports(*p.root);
  checker_.collect(*p.root);
  way_.pop_back();
  std::string chosen = input.environmentFile;
  if (input.test)
    if (const auto named = input.environments.find(environmentOfTest()); named != input.environments.end()) chosen = named->second;
  environment(chosen);
  std::vector<Module*> modules = userModules(p);
  for (Module* m : modules) checker_.checkModule(*m);
  modules.insert(modules.end(), p.layers.begin(), p.layers.end());
  for (Module* m : modules) checker_.checkPolicies(*m, input.environments);
  checker_.drain();
  nameSecrets();
  if (input.test) chooseTest();
}

Module* Loader::checkedLibrary(const std::string& name) {
  Module* module = library(name);
  if (!module) return nullptr;
  if (module == p.prelude) importLate(*module);
  checker_.checkModule(*module);
  for (Symbol* s : module->order)
    if (s->late) checker_.checkLate(*s);
  checker_.drain();
  return module;
}

} // namespace

bool isOfModule(const llvm::sys::fs::directory_entry& file) {
  return path::extension(file.path()) == ".chasi" && path::filename(file.path()) != "workspace.chasi" && file.type() != llvm::sys::fs::file_type::directory_file;
}

std::vector<std::string> libraryNames() {
  std::set<std::string> names;
  for (const syntax::EmbeddedFile& f : syntax::embeddedFiles()) {
    std::string module = path::parent_path(f.path).str();
    std::replace(module.begin(), module.end(), '/', '.');
    names.insert("std." + module);
  }
  return {names.begin(), names.end()};
}

Module* loadLibrary(Program& program, const std::string& name) { return Loader(program).checkedLibrary(name); }

void checkLate(Program& program, Symbol& function) { Loader(program).late(function); }

Module* readLibrary(Program& program, const std::string& name) { return Loader(program).library(name); }

Module* opened(Program& program, Symbol& import) {
  if (import.part && !import.target) import.target = readLibrary(program, import.module->path + "." + import.name.str());
  return import.target;
}

void load(Program& program, const LoadInput& input) { Loader(program).run(input); }

/// An expression is parsed as the value of a `let`; nobody sees that.
static constexpr llvm::StringLiteral kAround = "let it = ";

Expr* loadExpression(Program& program, std::string text, std::string name) {
  const source::FileId id = program.sources.add(std::move(name), kAround.str() + text, kAround.size());
  Module& module = *program.root;
  module.files.push_back({id, std::make_unique<syntax::Tree>(syntax::parse(program.sources, id, program.diagnostics)), true});
  NodeRef value;
  for (NodeRef n : module.files.back().tree->root().children()) {
    if (!n.is(NodeKind::Let) || value) continue;
    for (NodeRef c : n.children())
      if (syntax::isExpr(c.kind())) value = c;
  }
  Checker checker(program);
  return value ? checker.checkAlone(value, module) : nullptr;
}

std::vector<Module*> userModules(Program& program) {
  std::vector<Module*> order;
  std::set<Module*> seen;
  auto visit = [&](auto&& self, Module* m) -> void {
    if (!m || m->library || !seen.insert(m).second) return;
    for (Module* i : m->imports) self(self, i);
    order.push_back(m);
  };
  visit(visit, program.root);
  return order;
}

} // namespace chasi::sema
