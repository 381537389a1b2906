// Why a value is what it is: the default of the schema, the definition, each amendment, what an environment or the command
// line says, with their places, and the values that the last word was worked out from.
#pragma once

#include "compiler/eval/evaluator.h"

#include <optional>

namespace chasi::eval {

enum class Role : uint8_t {
  Default,     ///< a schema or kind says it, also the standard library's
  Definition,  ///< where the declaration or `let` first says it
  Amendment,   ///< a block that changes an existing value
  Environment, ///< `override` or `set` of env/NAME.chasi
  Given,       ///< --set, an environment variable or a parameters file
};

/// As people read it: "default", "environment", …
const char* roleName(Role role);

/// One step on the way to a value, oldest first.
struct Step {
  Role role = Role::Definition;
  std::string path; ///< what it sets: the value itself, or something around it
  Span span;        ///< of the whole member, for showing its text
  bool applies = true; ///< false when it stands under a condition that does not hold
  std::optional<Value> value; ///< what `path` was after it
};

/// A value that was read on the way, and those that it was made of in turn.
struct Need {
  std::string text; ///< as it is written where it is used
  Value value;
  Span span; ///< where it gets its value; may be no place
  std::string given; ///< … because it was given from outside: "--set env: prod"
  std::vector<Need> needs;
};

struct Explanation {
  std::string path;
  Value value;
  std::string type;
  std::vector<Step> steps;
  std::vector<Need> needs;
};

/// The path of a value: `tenant.retail.quota.cpu`, `retail.quota.cpu`, `payments.api.env.DB_HOST`, `replicas`,
/// `payments.expose."pay.acme.example".path`, `xs[0]`. Reports CH2001 at its place in `span`, which holds the path's text,
/// when it leads nowhere. Evaluates what it shows: call it with the stack of lower::withLargeStack.
std::optional<Explanation> explain(sema::Program& program, Evaluator& evaluator, Span span);

} // namespace chasi::eval
