// What can be said about an object by its evaluated manifest alone: its JSON, whether Kubernetes takes it, whom it names. That
// needs no evaluator, so a second thread says it while the first evaluates.
#pragma once

#include "compiler/lower/lower.h"

#include <llvm/ADT/SmallString.h>

#include <memory>
#include <string>
#include <vector>

namespace chasi::lower {

/// On its way to an operation.
struct Made {
  Draft draft;
  plan::OpKind kind = plan::OpKind::Object;
  bool data = false; ///< for objects, by `Describer`: the manifest is data, and `payload` its JSON; else that needs the evaluator
  uint32_t line = 0, column = 0;
  const std::string* file = nullptr; ///< of the draft's place
  sema::Record* record = nullptr;    ///< that describes it
  std::string payload;
};

/// What tells an object apart, as its manifest has it; empty texts for what is not there.
struct Identity {
  llvm::StringRef apiVersion, kind, ns, name;
};
Identity identityOf(const sema::MapValue& manifest);

/// Describes one object after the other. Used by one thread at a time; keeps what it found out about kinds and shapes.
class Describer {
public:
  Describer();
  ~Describer();
  void describe(Made& made);

private:
  struct Kinds; // validate.cpp
  std::unique_ptr<Kinds> kinds_;
  llvm::SmallString<4096> text_;

  bool accepted(const Identity& identity, const sema::MapValue& manifest);
};

/// Takes what is made in batches. While there is more to come and there are two processors, full batches are described by a
/// thread of its own; `finish` describes the rest.
class Pipeline {
public:
  Pipeline();
  ~Pipeline();
  /// The next one; to be filled before the one after it is asked for.
  Made& next();
  /// Takes the last one back.
  void drop();
  /// All of them, described, in the order in which they were made.
  std::vector<std::vector<Made>> finish();

private:
  struct Worker;
  std::vector<Made> batch_;
  std::unique_ptr<Worker> worker_;
};

} // namespace chasi::lower
