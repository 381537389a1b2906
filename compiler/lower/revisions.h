// Compiling the same specification again and again while somebody edits it.
#pragma once

#include "compiler/lower/compile.h"
#include "compiler/sema/uses.h"

#include <llvm/ADT/STLFunctionalExtras.h>

#include <memory>

namespace chasi::lower {

/// What is known about a specification after its last edit.
struct Revision {
  source::SourceSet& sources;
  source::Diagnostics& diagnostics; ///< exactly those of a program that reads the same texts for the first time
  sema::Program& program;
  eval::Evaluator& evaluator;
  const sema::Uses& uses; ///< of all names in its files
  uint64_t number; ///< another one whenever everything was compiled from the beginning
};

/// Keeps what the last edit leaves as it is: files whose texts are the same stay checked, and declarations that read nothing which
/// has changed stay evaluated and lowered. Whatever it is not sure of it compiles from the beginning. Used by one thread; owns what
/// it gives back, which is good until the next call.
class Revisions {
public:
  Revisions();
  ~Revisions();
  Revisions(Revisions&&) noexcept;
  Revisions& operator=(Revisions&&) noexcept;

  using Show = llvm::function_ref<void(const Revision&)>;
  /// Everything wrong is in `diagnostics`, in source order, without the warnings of lint. `desired` is not worked out.
  /// When all is compiled from the beginning, `checked` is shown what reading and checking found, before anything is evaluated; it may ask
  /// for no values. It runs on another thread, for which the caller waits.
  Revision compile(const CompileInput& input, Show checked = nullptr);
  /// What the last call gave. After `tidy` it may stand elsewhere.
  Revision current();
  /// For a moment in which nobody waits: gives back memory, so that it does not grow with the number of edits.
  void tidy();

private:
  struct State;
  std::unique_ptr<State> state_;
  std::unique_ptr<State> former_; ///< freed when there is time
  uint64_t number_ = 0;
  bool keeps_ = true; ///< what an edit leaves as it is

  void start(const CompileInput& input, Show checked);
};

} // namespace chasi::lower
