// Inside of provenance: the steps that a field, an entry, a symbol went through, read from what the evaluator keeps anyway.
#pragma once

#include "compiler/eval/provenance.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/DenseSet.h>

namespace chasi::eval {

class StepReader {
public:
  StepReader(sema::Program& program, Evaluator& evaluator) : p(program), eval_(evaluator) {}

  /// Steps of a record's field. Those of something around the value (`last` false) count only when they replace it as a
  /// whole: what they say inside of it comes up again with the value's own steps.
  void slot(sema::Record& record, uint32_t index, const std::string& path, bool last, std::vector<Step>& out);
  /// Steps of a map's entry; `owner` and `index` say which field holds the map, when one does.
  void entry(sema::Record* owner, uint32_t index, const sema::MapEntry& entry, const std::string& path, bool last, std::vector<Step>& out);
  void symbol(sema::Symbol& symbol, const std::string& path, bool last, std::vector<Step>& out);
  void declaration(sema::Record& record, const std::string& path, std::vector<Step>& out);

  /// What the last effective step read.
  std::vector<Need> needs();

  /// By the file that it stands in.
  Role roleOf(Span span) const;

private:
  sema::Program& p;
  Evaluator& eval_;
  const sema::Expr* expr_ = nullptr; ///< the last word, and its frames
  const Env* env_ = nullptr;
  llvm::DenseSet<const void*> shown_;

  void definitions(sema::Record& record, uint32_t index, std::vector<const Definition*>& out) const;
  bool applies(sema::Record& record, const Definition& d);
  void param(sema::Symbol& symbol, const std::string& path, std::vector<Step>& out);
  void gather(const sema::Expr* e, const Env* env, int depth, std::vector<Need>& out);
  void add(const sema::Expr* e, const Env* env, int depth, std::vector<Need>& out);
  void origin(const sema::Expr* e, const Env* env, int depth, Need& need);
};

} // namespace chasi::eval
