// What was read while something was evaluated, for programs that evaluate again after a part of the sources has changed: an
// editor's server. Commands that run once keep no such record and pay nothing.
#pragma once

#include "compiler/eval/record.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/SmallVector.h>

#include <vector>

namespace chasi::eval {

/// A part of a specification that is evaluated as a whole: a declaration, a `let`, a parameter, or a loop or condition of a
/// file. 0 is nobody: what the compiler asks by itself.
using Part = uint32_t;

/// Who read whom. Whatever a part read is in its list, by way of the parts that gave it the values: a part whose list, and
/// the lists of those in it, hold nothing that changed has the values that it would be given again. Used by one thread,
/// together with its Evaluator.
class Reads {
public:
  struct Entry {
    llvm::SmallVector<Part, 4> read; ///< without repetition
    llvm::SmallVector<const sema::Schema*, 1> all; ///< asked for all declarations of these kinds
    llvm::SmallVector<std::pair<const sema::Record*, const sema::Schema*>, 1> referrers; ///< who refers to a record
    bool told = false; ///< something was reported meanwhile
  };

  Reads() : entries_(1) {}

  Part add() {
    entries_.emplace_back();
    return static_cast<Part>(entries_.size() - 1);
  }
  /// Of a `let`, a parameter or a named declaration.
  Part of(const sema::Symbol& symbol) {
    Part& part = symbols_[&symbol];
    if (!part) part = add();
    return part;
  }
  size_t count() const { return entries_.size(); }
  const llvm::DenseMap<const sema::Symbol*, Part>& symbols() const { return symbols_; }
  Entry& entry(Part part) { return entries_[part]; }
  /// Forgets what it read.
  void clear(Part part);

  Part current() const { return current_; }
  void read(Part other) {
    if (other != current_ && current_) note(other);
  }
  void readAll(const sema::Schema* kind);
  void readReferrers(const sema::Record* target, const sema::Schema* kind);
  void tell() { entries_[current_].told = true; }
  /// Files of the workspace were read as data: what they hold may change without us.
  bool foreign = false;

  /// Marks everything that read what is marked, by way of others too.
  void spread(std::vector<bool>& marked) const;
  /// How many parts could at most wait for each other, if everything were evaluated from nothing in the worst order.
  uint32_t longest() const;

  /// While it lives, what is read is read by that part. Does nothing without a record.
  class As {
  public:
    As(Reads* reads, Part part) : reads_(reads), before_(reads ? std::exchange(reads->current_, part) : 0) {}
    ~As() {
      if (reads_) reads_->current_ = before_;
    }
    As(const As&) = delete;
    As& operator=(const As&) = delete;

  private:
    Reads* reads_;
    Part before_;
  };

private:
  std::vector<Entry> entries_; ///< [0] is nobody's
  llvm::DenseMap<const sema::Symbol*, Part> symbols_;
  llvm::DenseSet<uint64_t> edges_;
  Part current_ = 0;

  void note(Part other);
};

} // namespace chasi::eval
