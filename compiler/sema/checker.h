// Inside of sema: turns trees into checked expressions. Names and types are found in one pass, because what a name
// means inside a block depends on the type of the block. Nothing outside sema includes this.
#pragma once

#include "compiler/sema/builtins.h"
#include "compiler/sema/program.h"
#include "compiler/sema/uses.h"

#include <fmt/format.h>
#include <llvm/ADT/StringSet.h>

#include <deque>
#include <functional>
#include <set>

namespace chasi::sema {

using source::Code;
using source::Diagnostic;
using source::Span;
using syntax::NodeKind;
using syntax::NodeRef;

/// What a name written in a block stands for.
struct Written {
  llvm::StringRef name;
  int slot = -1;
  llvm::StringRef key; ///< a nested declaration: the entry of that key in the map in `slot`
  bool nested = false;
  int let = -1;
  Span span = {}; ///< a nested declaration: of its name
};

struct LocalName {
  llvm::StringRef name;
  const Type* type;
  Span span = {}; ///< where it is declared
};

/// A lexical scope; each one but a module's is a frame at run time. Lives on the stack of the checker.
struct Scope {
  enum Kind { Module, Self, Locals } kind;
  Scope* up = nullptr;
  sema::Module* module = nullptr;
  Schema* schema = nullptr;      ///< Self
  bool body = false;             ///< Self: the body of the schema itself: all fields count as written
  llvm::StringRef exclude;       ///< the member that is being defined does not see itself
  std::vector<Written> written;  ///< Self, not body
  std::vector<LocalName> locals; ///< Locals; Self: lets
};

/// `x.port` is known to be there. `root` is what `x` stood for, so that another `x` inside is not taken for it.
struct Narrowing {
  std::string path;
  const void* root;
  const Type* type;
};

struct BlockBuilder {
  NodeRef block;
  bool fresh = false; ///< the block makes a record and does not amend one
  std::vector<MemberIr> members;
  std::vector<LetIr> lets;
  std::map<uint32_t, Span> set; ///< fields that the block sets without a condition
  bool unknown = false;         ///< it names something that the schema does not have
  std::set<std::string> misspelt; ///< fields that an unknown name was most likely meant to be
};

struct Reread; // recheck.h

class Checker {
public:
  explicit Checker(Program& program) : p(program), t(program.types) {}

  /// Enters a module's names. Duplicates are reported.
  void collect(Module& module);
  /// Checks everything in a module.
  void checkModule(Module& module);
  /// Checks what was put off: bodies of what is used. Call after checkModule.
  void drain();
  /// Makes the names of a file anew, whose tree is another one now; `before` is the tree that it had. The names are those that they were.
  void recollect(Module& module, const Reread& reread, const syntax::Tree& before);
  /// Checks what is new in these files of a module, and the names in it.
  void recheck(Module& module, llvm::ArrayRef<Reread*> files);
  /// Checks an expression against the names of a module (chasic eval).
  Expr* checkAlone(NodeRef node, Module& module);
  /// The body of a function that was left out.
  void checkLate(Symbol& function);
  /// Checks what an environment file overrides and sets of the root module, and lays it over what the layers below said.
  void checkLayer(Module& layer);
  /// Checks the policies and tests of a module. Tests can be run when it is the root module or the environment that was chosen.
  void checkPolicies(Module& module, const std::map<std::string, std::string>& environments);

private:
  friend struct Context;
  Program& p;
  Types& t;
  Scope* scope_ = nullptr;
  std::vector<Narrowing> narrowed_;
  std::vector<std::pair<llvm::StringRef, const Type*>> variables_; ///< type parameters of what is being checked
  std::string what_; ///< what the list being checked is for, so that its elements can be named
  std::deque<std::function<void()>> later_;
  Symbol* inFn_ = nullptr;
  bool inPolicy_ = false; ///< or in a test: `operations()` is known
  int depth_ = 0;
  uint64_t suggested_ = 0;
  uint32_t instances_ = 0; ///< of generic schemas
  Use found_; ///< what `scopeName` has found last

  // note.cpp
  void note(Use use);
  void noteSymbol(const Symbol& symbol, Span at);
  void noteField(const Schema& schema, int index, Span at);
  void noteWay(const Symbol* first, llvm::ArrayRef<NodeRef> names);
  void noteWay(NodeRef value);
  void noteNested(NodeRef inner, const Schema& schema, const Field& field);
  /// A name for what comes behind it.
  void declareLocal(Scope& scope, NodeRef name, const Type* type);
  const Symbol* declarationOf(const Expr* value) const;

  // check_symbol.cpp
  Symbol* enter(Module& module, SymbolKind kind, NodeRef node, NodeRef name);
  const Type* typeOf(Symbol& symbol, Span use);
  void signature(Symbol& symbol);
  void body(Symbol& symbol);
  void checkLet(Symbol& symbol);
  void checkFn(Symbol& symbol);
  void checkTypeDecl(Symbol& symbol);
  void checkRecursion(Symbol& symbol);

  // check_schema.cpp
  Schema* makeSchema(Module& module, NodeRef node, llvm::StringRef name, bool kind, Schema* outer);
  void fieldsOf(Schema& schema);
  void addField(Schema& schema, NodeRef node);
  void addNested(Schema& schema, NodeRef node);
  void bodyOf(Schema& schema);
  void withSchemaScope(Schema& schema, llvm::StringRef exclude, const std::function<void()>& run);

  // check_type.cpp
  const Type* type(NodeRef node, Module& module, Schema* around);
  /// Reports a type that holds functions: what is written down or given from outside cannot.
  const Type* dataType(NodeRef node, Module& module, Schema* around, llvm::StringRef what);
  const Type* namedType(NodeRef node, Module& module, Schema* around);
  const Type* refinedType(NodeRef node, llvm::StringRef name, Module& module, Schema* around);
  const Type* symbolType(Symbol& symbol, Span use);
  Symbol* findTypeSymbol(llvm::ArrayRef<NodeRef> names, Module& module, Schema* around, const Schema*& nested, bool& told);

  // check_generic.cpp
  void typeParameters(NodeRef node, std::vector<std::pair<llvm::StringRef, const Type*>>& out);
  Schema* instance(Schema& generic, llvm::ArrayRef<const Type*> arguments);
  const Type* instanceOf(Symbol& symbol, llvm::ArrayRef<const Type*> arguments, NodeRef node);
  struct Bound;
  const Type* substitute(const Type* type, const Bound& bound);
  void unify(const Type* parameter, const Type* argument, Bound& bound);
  Expr* callGeneric(NodeRef node, Symbol& fn, llvm::ArrayRef<NodeRef> arguments, const Type* expected);

  // check_lambda.cpp
  Expr* lambda(NodeRef node, const Type* expected);
  Expr* apply(NodeRef node, Expr* callee);
  Expr* functionExpr(Symbol& fn, Span span);
  Expr* callHigher(NodeRef node, const BuiltinInfo& info, Expr* receiver);

  // check_names.cpp
  Symbol* lookup(Module& module, llvm::StringRef name);
  /// The name may be declared in a part of the module that could not be read; then it is not called unknown.
  bool maybeUnread(const Module& module, llvm::StringRef name, Span use);
  std::map<const Module*, llvm::StringSet<>> unread_;
  Symbol* member(Module& target, NodeRef name);
  bool hintOtherPart(Diagnostic& d, const Module& target, llvm::StringRef name);
  Expr* name(NodeRef node);
  const Type* fieldType(Schema& schema, int index);
  Expr* scopeName(llvm::StringRef name, Span span);
  Expr* symbolExpr(Symbol& symbol, Span span);
  Expr* unknownName(NodeRef node);
  Module& module();
  /// True when an expression names a module; null when that could not be read, which was reported.
  bool asModule(NodeRef node, Module*& found);
  /// Goes from an import to what is named in it, and on while that is a module as well. `next`: the first name behind, and then the
  /// first that is left. Null when there is nothing of a name, which was reported.
  Symbol* follow(Symbol* symbol, llvm::ArrayRef<NodeRef> names, size_t& next);
  const Schema* asSchema(NodeRef node);
  std::string path(NodeRef node);
  const void* rootOf(llvm::StringRef path);
  const Type* narrowedType(NodeRef node);

  // check_expr.cpp
  Expr* expr(NodeRef node, const Type* expected = nullptr);
  Expr* dispatch(NodeRef node, const Type* expected);
  Expr* exprAs(NodeRef node, const Type* to, llvm::StringRef what);
  Expr* condition(NodeRef node);
  Expr* as(NodeRef node);
  Expr* ifExpr(NodeRef node, const Type* expected);
  Expr* bodyExpr(NodeRef node, const Type* expected);
  Expr* matchExpr(NodeRef node, const Type* expected);
  Expr* list(NodeRef node, const Type* expected, bool keepLiterals = false);
  const Type* fresh(const Expr* e);
  Expr* index(NodeRef node);
  Expr* selector(NodeRef node);
  Expr* fieldOf(Expr* base, NodeRef node, bool optional);
  Expr* property(Expr* base, NodeRef node, bool optional);
  Expr* coalesce(NodeRef node, const Type* expected);
  void narrow(NodeRef condition, bool holds);

  // check_operator.cpp
  Expr* unary(NodeRef node);
  Expr* binary(NodeRef node, const Type* expected);
  Expr* arithmetic(NodeRef node, Op op, Expr* a, Expr* b);
  Expr* comparison(NodeRef node, Op op, Expr* a, Expr* b);
  Expr* equality(NodeRef node, Op op, Expr* a, Expr* b);
  Expr* presence(NodeRef node, Op op);
  const Type* join(const Type* a, const Type* b);
  bool fractions(llvm::ArrayRef<Expr**> values);

  // check_later.cpp
  const Type* laterType(NodeRef node, llvm::ArrayRef<NodeRef> arguments, Module& module, Schema* around);
  Expr* asLater(NodeRef node, Expr* x, const Type* to);
  /// Reports a fact that only the cluster knows where something decides what there is.
  void reportLater(Span span, const Type* type, llvm::StringRef what, std::string help = {});
  /// The same; false when the value may be known: then the evaluation tells.
  bool refuseLater(const Expr* e, llvm::StringRef what, std::string help = {});

  // check_literal.cpp
  Expr* string(NodeRef node);
  Expr* number(NodeRef node);

  // check_call.cpp
  Expr* call(NodeRef node, const Type* expected);
  Expr* callFn(NodeRef node, Symbol& fn, const Type* expected);
  bool arguments(NodeRef node, Symbol& fn, std::vector<NodeRef>& out);
  void checkArguments(NodeRef call);
  Expr* callBuiltin(NodeRef node, llvm::StringRef name, Expr* receiver);
  Expr* secretCall(NodeRef node);

  // check_block.cpp, check_map.cpp
  const BlockIr* recordBlock(NodeRef block, const Schema* schema, bool fresh, Span blame, llvm::StringRef what);
  void collectWritten(NodeRef members, const Schema& schema, Scope& scope, std::vector<NodeRef>& lets);
  void members(NodeRef parent, const Schema& schema, Expr* condition, BlockBuilder& out);
  void loopMembers(NodeRef body, const Schema& schema, BlockBuilder& out, bool loopBody);
  void innerMember(NodeRef node, const Schema& schema, BlockBuilder& out);
  void memberOf(NodeRef node, const Schema& schema, Expr* condition, BlockBuilder& out);
  void sub(NodeRef node, const Schema& schema, int slot, Expr* condition, BlockBuilder& out);
  /// The field that a name in a block means, or -1. `once`: no other member of the block may set it.
  int fieldSlot(NodeRef name, const Schema& schema, BlockBuilder& out, bool once);
  void innerMembers(NodeRef parent, const Schema& schema, int slot, bool fresh, std::vector<MapItemIr>& out);
  bool missing(const Schema& schema, const BlockBuilder& built, Span blame, llvm::StringRef what);
  const MapIr* mapBlock(NodeRef block, const Type* value);
  void mapItems(NodeRef parent, const Type* value, std::vector<MapItemIr>& out, std::vector<const Type*>* inferred, bool loopBody = false);
  void mapItem(NodeRef node, const Type* value, MapItemIr& item, std::vector<const Type*>* inferred);
  void mapSub(NodeRef node, const Type* value, MapItemIr& item, std::vector<const Type*>* inferred);
  const Type* common(llvm::ArrayRef<const Type*> types);
  Expr* key(NodeRef node);
  bool unknownAlternative(NodeRef block, const Type* choice);
  Expr* blockLiteral(NodeRef node, NodeRef block, const Type* expected);
  Expr* amend(NodeRef node, const Type* expected);
  const Type* elementOf(const Type* iterable, Span span, const Type** keyType);
  void loopScope(NodeRef loop, Scope& scope, Expr*& subject, Expr*& guard, uint8_t& bindings);
  llvm::ArrayRef<Expr*> loopLets(NodeRef body, Scope& scope);

  // check_policy.cpp
  void policy(NodeRef node);
  void policyLet(NodeRef node, Scope& frame, std::vector<Expr*>& out);
  void policyFor(NodeRef node, std::deque<Scope>& frames, struct RuleGroupIr& group);
  void rule(NodeRef node, RuleGroupIr& group);
  void exception(NodeRef node, struct PolicyIr& policy);
  Expr* operationsCall(NodeRef node);

  // check_tests.cpp
  void test(NodeRef node, const std::map<std::string, std::string>& environments, std::map<std::string, Span>& slugs);
  void testWith(NodeRef block, const std::map<std::string, std::string>& environments, struct TestIr& test);
  void testSet(NodeRef node, TestIr& test);
  void testEnvironment(NodeRef node, const std::map<std::string, std::string>& environments, TestIr& test);
  void testExpect(NodeRef node, TestIr& test);

  // check_environment.cpp
  void checkOverride(NodeRef node, Module& layer, std::map<const Symbol*, Span>& overridden);
  void checkSet(NodeRef node, Module& layer, std::map<llvm::StringRef, Span>& set);
  /// Says that the name is one of another environment's file; false when it is not.
  bool hintOtherLayer(Diagnostic& d, llvm::StringRef name);

  // check_item.cpp
  enum class Around : uint8_t { File, Loop, Condition };
  void checkItems(File& file, uint32_t from = 0);
  void items(NodeRef parent, Around around, std::vector<ItemIr>& out);
  void item(NodeRef node, Around around, std::vector<ItemIr>& out);
  void declaration(NodeRef node, bool top, std::vector<ItemIr>& out);
  Schema* kindNamed(NodeRef dotted);

  // helpers.cpp
  Expr* make(Op op, Span span, const Type* type);
  Expr* error(Span span);
  Expr* negated(Expr* condition);
  void warnDeprecated(const Schema& schema, Span use);
  void warnDeprecated(const Schema& schema, const Field& f, NodeRef name, const BlockBuilder& out);
  Expr* coerce(Expr* e, const Type* to, llvm::StringRef what);
  Diagnostic& report(Code code, Span span, std::string message);
  void mismatch(Expr* e, const Type* to, llvm::StringRef what);
  /// Whether it is worth gathering candidates for `suggest`: of thousands of unknown names among thousands of others, the
  /// later ones get no suggestion.
  bool suggests() const;
  void suggest(Diagnostic& d, llvm::StringRef word, const std::vector<std::string>& candidates, Span span);
};

bool isTypeOfLanguage(llvm::StringRef name);
/// Says what a name of another language is here, `behind` put behind it; false when it is none.
bool hintElsewhere(Diagnostic& d, llvm::StringRef name, Span span, const char* behind);

/// Types that generic schemas may be made of in one run.
inline constexpr uint32_t kMaxInstances = 10'000;

/// Something was reported about this already, and what follows from it needs no report of its own.
inline bool isWrong(const Expr* e) { return e->op == Op::Error || e->type->kind == TypeKind::Error; }

/// Where the members of an `else` are found: in its body; for `else if`, the `if` itself holds the other one.
inline NodeRef elseOf(NodeRef node) { return node.child(2).is(NodeKind::If) ? node : node.child(2); }

/// Saves what belongs to the expression being checked while another symbol is looked at.
struct Context {
  explicit Context(Checker& c) : checker(c), scope(c.scope_), narrowed(std::move(c.narrowed_)), variables(std::move(c.variables_)), fn(c.inFn_), policy(c.inPolicy_), depth(c.depth_) {
    c.narrowed_.clear();
    c.variables_.clear();
    c.inFn_ = nullptr;
    c.inPolicy_ = false;
  }
  ~Context() {
    checker.scope_ = scope;
    checker.narrowed_ = std::move(narrowed);
    checker.variables_ = std::move(variables);
    checker.inFn_ = fn;
    checker.inPolicy_ = policy;
    checker.depth_ = depth;
  }
  Checker& checker;
  Scope* scope;
  std::vector<Narrowing> narrowed;
  std::vector<std::pair<llvm::StringRef, const Type*>> variables;
  Symbol* fn;
  bool policy;
  int depth;
};

/// What the text of a string literal means: escapes undone, indentation taken off.
/// Pieces are the StringText children; interpolations stand between them.
std::vector<std::string> decodeString(NodeRef string, source::Diagnostics& diagnostics);
/// The same in one piece; interpolations leave nothing.
std::string plainText(NodeRef string, source::Diagnostics& diagnostics);

} // namespace chasi::sema
