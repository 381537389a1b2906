// What can be said about an object by its evaluated manifest alone: its JSON, whether Kubernetes takes it, whom it names. That
// needs no evaluator, so a second thread says it while the first evaluates.
#pragma once

#include "compiler/lower/lower.h"

#include <llvm/ADT/SmallString.h>

#include <memory>
#include <string>
#include <vector>

namespace chasi::lower {

/// What tells an object apart, as its manifest has it; empty texts for what is not there.
struct Identity {
  llvm::StringRef apiVersion, kind, ns, name;
};
Identity identityOf(const sema::MapValue& manifest);

/// Describes one operation after the other, as far as its draft alone tells; what an image is, the evaluator must say. Used by
/// one thread at a time; keeps what it found out about kinds and shapes.
class Describer {
public:
  Describer();
  ~Describer();
  void describe(Draft& draft, plan::Operation& operation);

private:
  struct Kinds; // validate.cpp
  std::unique_ptr<Kinds> kinds_;
  llvm::SmallString<4096> text_;

  bool accepted(const Identity& identity, const Draft& draft);
};

/// Describes operations while more are being made: two lists, side by side, whose elements stay where they are. While there is
/// more to come and there are two processors, full batches are described by a thread of its own; `finish` describes the rest.
class Pipeline {
public:
  Pipeline(std::vector<Draft>& drafts, std::vector<plan::Operation>& operations);
  ~Pipeline();
  /// So many are made by now.
  void ready(size_t count);
  /// All are made. They are described when this returns.
  void finish(size_t count);

private:
  struct Worker;
  std::unique_ptr<Worker> worker_;
};

} // namespace chasi::lower
