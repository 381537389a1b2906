// What a piece of a tree is of, worked out from the tree and what the module declares. The tree may be newer than the program, and
// unfinished: completion asks about a text that nobody has compiled.
#pragma once

#include "compiler/lsp/snapshot.h"

namespace chasi::lsp {

/// Questions about one tree.
class Typed {
public:
  /// `file` is the one that the tree is of in the program, for the module whose names it sees.
  Typed(const sema::Program& program, const syntax::Tree& tree, source::FileId file);

  const sema::Module* module() const { return module_; }
  /// The schema whose fields a block sets; null when it is no block on a record.
  const sema::Schema* schemaOf(syntax::NodeRef block) const;
  /// Record or map that a block is on; null when nothing says so.
  const sema::Type* typeOfBlock(syntax::NodeRef block) const;
  /// A block that makes a value, which needs all required fields; an override or an amended value does not.
  bool isFresh(syntax::NodeRef block) const;
  /// The type of a value; null when it cannot be told.
  const sema::Type* typeOf(syntax::NodeRef value) const;
  /// What is expected where a value stands; null for anything.
  const sema::Type* expectedAt(syntax::NodeRef value) const;
  /// The module that `a.b` names, or null.
  const sema::Module* moduleOf(syntax::NodeRef value) const;
  const sema::Symbol* symbolOf(llvm::StringRef name) const;
  /// What `a` or `module.a` stands for when it is a name of a module; else null.
  const sema::Symbol* symbolOf(syntax::NodeRef value) const;
  /// What the dotted name of a declaration is: a kind.
  const sema::Symbol* symbolOf(llvm::ArrayRef<syntax::NodeRef> names) const;
  /// The function that a call calls, or null.
  const sema::Symbol* functionOf(syntax::NodeRef call) const;
  const sema::Type* typeWritten(syntax::NodeRef type) const;

  /// Names of loops, blocks, functions and lambdas that are known at a node, the innermost first.
  struct Local {
    llvm::StringRef name;
    syntax::NodeRef node; ///< Let, For, ForEntry, FnParam, LambdaParam, Inner
    const sema::Type* type = nullptr;
  };
  std::vector<Local> localsAt(syntax::NodeRef node, bool types = true) const;
  syntax::NodeRef parent(syntax::NodeRef node) const;

private:
  const sema::Program& program_;
  const syntax::Tree& tree_;
  const sema::Module* module_ = nullptr;
  std::vector<uint32_t> parents_;
  mutable int depth_ = 0;

  const sema::Type* localType(const Local& local) const;
  void localsOf(syntax::NodeRef around, syntax::NodeRef inner, std::vector<Local>& out) const;
  const sema::Type* typeOfName(syntax::NodeRef name) const;
  const sema::Type* typeOfMember(syntax::NodeRef member) const;
  const sema::Type* typeOfCall(syntax::NodeRef call) const;
  const sema::Type* elementOf(const sema::Type* list, bool key) const;
  const sema::Type* expectedArgument(syntax::NodeRef call, syntax::NodeRef argument) const;
  mutable std::vector<std::unique_ptr<sema::Type>> made_;
  const sema::Type* recordOf(const sema::Schema* schema) const;
};

/// A block needs it.
bool isRequired(const sema::Schema& schema, const sema::Field& field);
/// People write it in blocks.
bool isSettable(const sema::Schema& schema, const sema::Field& field);
/// A member of the block says it, also under a condition.
bool isSet(syntax::NodeRef block, llvm::StringRef field);

} // namespace chasi::lsp
