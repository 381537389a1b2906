// Everything that is known about a workspace after reading it: modules, their symbols, schemas, and what they mean.
//
// A Program belongs to one thread. It owns all types, checked expressions and values of a run; they die with it.
#pragma once

#include "compiler/sema/ir.h"
#include "compiler/sema/type.h"
#include "compiler/source/diagnostic.h"
#include "compiler/syntax/tree.h"

#include <llvm/ADT/StringMap.h>
#include <llvm/Support/Allocator.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace chasi::sema {

struct Module;
struct Symbol;
struct PolicyIr;
struct TestIr;
struct Uses; // uses.h

struct CheckIr {
  Expr* condition = nullptr;
  Expr* message = nullptr;
  source::Span span;
  llvm::StringRef text;
};

struct Field {
  llvm::StringRef name;
  const Type* type = nullptr;
  bool optional = false;  ///< may be absent; `type` is then T?
  bool sensitive = false;
  bool hidden = false;    ///< a `let` or `lower` of the body: computed, not settable
  syntax::NodeRef value;  ///< the default, as written
  Expr* expr = nullptr;   ///< the default, checked
  source::Span span;
  std::string doc;
  std::string deprecated;
  Schema* nested = nullptr; ///< for the field that collects nested declarations
  llvm::StringRef word;     ///< … which are declared with this word
};

/// A record type. Kinds and nested declarations are schemas with a name of their own: slot 0 is `name: String`.
struct Schema {
  llvm::StringRef name;
  Module* module = nullptr;
  Schema* outer = nullptr; ///< nested declarations: the schema around them, whose fields they see
  Schema* base = nullptr;
  bool isKind = false;
  bool named = false; ///< slot 0 is the name
  std::vector<Field> fields; ///< those of the base first
  std::vector<CheckIr> checks;
  int lowerSlot = -1;
  syntax::NodeRef node;
  source::Span span;
  std::string doc;
  std::string deprecated;
  std::vector<std::pair<llvm::StringRef, const Type*>> variables; ///< generic: what its type parameters stand for here
  const Schema* generic = nullptr; ///< what it is an instance of; `schema Keyed<T>` itself is its own, of variables
  bool full = false;      ///< had more fields than the limit
  uint8_t state = 0;      ///< 0 untouched, 1 reading fields, 2 fields known, 3 defaults being checked, 4 done

  /// Index of a field, or -1.
  int find(llvm::StringRef field) const {
    for (size_t i = 0; i < fields.size(); ++i)
      if (fields[i].name == field) return static_cast<int>(i);
    return -1;
  }
  std::string fullName() const { return outer ? outer->fullName() + "." + name.str() : name.str(); }
};

enum class SymbolKind : uint8_t { Let, Param, Fn, Type, Schema, Kind, Declaration, Import };

struct FnParam {
  llvm::StringRef name;
  const Type* type = nullptr;
  Expr* fallback = nullptr;
  source::Span span;
};

struct Symbol {
  SymbolKind kind = SymbolKind::Let;
  llvm::StringRef name;
  Module* module = nullptr;
  syntax::NodeRef node;
  source::Span span; ///< of the name
  uint8_t state = 0; ///< 0 untouched, 1 its type is being found, 2 known
  bool bodyDone = false;
  bool late = false; ///< Fn of std.core whose body is checked when it is called first: see `checkLate`
  const Type* type = nullptr;  ///< of the value; the type itself for TypeDecl; the result for Fn
  Expr* expr = nullptr;        ///< Let: value; Param: default; Fn: body
  std::vector<FnParam> params; ///< Fn
  std::vector<std::pair<llvm::StringRef, const Type*>> variables; ///< Fn: type parameters
  Schema* schema = nullptr;    ///< Schema, Kind; Declaration: its kind
  const BlockIr* block = nullptr; ///< Declaration
  std::vector<const BlockIr*> overrides; ///< Declaration, in order of layers
  Module* target = nullptr;    ///< Import
  bool part = false;           ///< Import: a module inside of this one, which is read when it is named; see `opened`
  std::vector<Symbol*> uses;   ///< Fn, Let of a function: functions that it names, for finding recursion
  bool usedElsewhere = false;  ///< a file other than its own asked for its type
  uint32_t firstUse = UINT32_MAX; ///< the first place of its own file that did

  uint8_t evalState = 0; ///< 0 not yet, 1 being evaluated, 2 done
  Value value;
};

struct File {
  source::FileId id = 0;
  std::unique_ptr<syntax::Tree> tree;
  bool madeUp = false; ///< the text of a parameter or an expression of the command line
  llvm::ArrayRef<ItemIr> items; ///< its declarations, and the loops and conditions around some
};

struct Module {
  std::string path; ///< "std.core" or the folder or file
  std::string folder; ///< where relative imports start; empty in std
  std::string root;   ///< imports and files that it reads do not leave this folder: the workspace's, or its package's; empty in std
  std::string package; ///< the package that it belongs to, or empty
  bool library = false; ///< part of the standard library
  std::vector<File> files;
  llvm::StringMap<Symbol*> symbols;
  std::vector<Symbol*> order; ///< in source order
  std::vector<Module*> imports;
  std::string environment; ///< of an environment file, its name: it overrides and sets, and declares nothing
  uint8_t state = 0;
};

struct ParamValue {
  std::string text; ///< a chasi literal, or plain text for params that take text
  std::string origin; ///< "--set size", "params.json", "--set-env size=SIZE"
  std::shared_ptr<const std::string> document = nullptr; ///< the whole text of a parameters file: the value is read from it, with its place
  std::string variable = {}; ///< the environment variable that it comes from, or empty
  bool unset = false;        ///< … which does not exist

  bool operator==(const ParamValue&) const = default; ///< documents are the same when they are one
};

struct Program {
  Program(source::SourceSet& s, source::Diagnostics& d) : sources(s), diagnostics(d), types(arena) {}

  source::SourceSet& sources;
  source::Diagnostics& diagnostics;
  llvm::BumpPtrAllocator arena;
  Types types;
  std::map<std::string, std::unique_ptr<Module>> modules;
  std::vector<std::unique_ptr<Symbol>> symbols;
  std::vector<std::unique_ptr<Schema>> schemas;
  Module* root = nullptr;
  Module* prelude = nullptr;
  /// Whether it is the kind, or another schema, of that name in std.core.
  bool isStandard(const Schema& schema, llvm::StringRef name) const { return schema.module == prelude && schema.name == name; }
  std::string workspaceRoot;
  /// Files of packages, and the root of the package that each belongs to.
  std::map<source::FileId, std::string> packageRoots;
  std::map<std::string, ParamValue> params;
  std::vector<Module*> layers; ///< the files of the environment: what it stands on first, the one that was chosen last
  /// The values that the layers give to a parameter, `set n = e`, in their order: the last one counts.
  std::map<std::string, std::vector<Symbol*>> environmentSets;
  std::map<std::pair<const Schema*, std::vector<const Type*>>, Schema*> instances; ///< of generic schemas
  std::vector<std::shared_ptr<const PolicyIr>> policies; ///< of all modules, in source order of each
  std::vector<std::shared_ptr<const TestIr>> tests;      ///< of the root module and the environment that was chosen
  const TestIr* chosenTest = nullptr;                    ///< the one that this run is for
  bool usesOperations = false;                           ///< some policy or test asks for `operations()`
  std::set<source::FileId> guessed; ///< in which an unknown name was not reported, because it may be declared in a part that could not be read
  Uses* uses = nullptr; ///< what names stand for is written down there, when somebody asks for it
  std::vector<std::unique_ptr<syntax::Tree>> formerTrees; ///< of files that have another text now, as far as something refers to them

  /// Where paths start that are written at this place: the root of the workspace or of the package.
  const std::string& rootAt(source::Span place) const {
    if (packageRoots.empty()) return workspaceRoot;
    const auto at = packageRoots.find(sources.fileOf(place.begin));
    return at == packageRoots.end() ? workspaceRoot : at->second;
  }

  llvm::StringRef keep(llvm::StringRef text) {
    char* copy = arena.Allocate<char>(text.size());
    std::copy(text.begin(), text.end(), copy);
    return {copy, text.size()};
  }
  template <class T> llvm::ArrayRef<T> keep(const std::vector<T>& list) { return keep(llvm::ArrayRef<T>(list)); }
  template <class T> llvm::ArrayRef<T> keep(llvm::ArrayRef<T> list) {
    T* copy = arena.Allocate<T>(list.size());
    std::uninitialized_copy(list.begin(), list.end(), copy);
    return {copy, list.size()};
  }
};

} // namespace chasi::sema
