// Lowering the same specification again after some of its declarations have changed.
#pragma once

#include "compiler/lower/lower.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/DenseSet.h>

#include <vector>

namespace chasi::lower {

/// What became of each declaration, so that only those are lowered again that could become something else. Belongs to one Program and
/// Evaluator, and to one thread.
class KeptOperations {
public:
  /// Lowers what is declared; of all declarations only those among `renewed` anew: at first all of them. Reports what `lowerAll` would.
  /// False when it cannot tell what that is, because operations depend on more than their own declaration; at first everything was
  /// reported even so.
  bool lower(sema::Program& program, eval::Evaluator& evaluator, const sema::PinReader& pins, llvm::ArrayRef<sema::Record*> renewed);

private:
  struct One {
    std::vector<Draft> drafts;
    std::vector<plan::Operation> operations; ///< side by side with them, without payload
    uint64_t order = 0;                      ///< a hash of what decides who waits for whom
  };
  llvm::DenseMap<const sema::Record*, One> ones_; ///< of those that become something
  llvm::DenseMap<uint64_t, uint32_t> objects_;    ///< how many operations make an object, by its hash
  /// The hashes of all declarations when their graph was found to be without circles. A part of such a graph has none either.
  llvm::DenseSet<uint64_t> acyclic_;
  bool first_ = true;
  bool stakesKnown_ = false; ///< no two objects that were there before the edit clash, but for those of declarations that are renewed

  void drop(eval::Evaluator& evaluator, llvm::ArrayRef<sema::Record*> renewed);
  bool take(eval::Evaluator& evaluator, std::vector<Draft> drafts, std::vector<plan::Operation> operations);
  void stakes(sema::Program& program, eval::Evaluator& evaluator, llvm::ArrayRef<sema::Record*> renewed);
  void whole(sema::Program& program, eval::Evaluator& evaluator);
};

} // namespace chasi::lower
