// Policies and tests, checked: what the evaluator runs once everything else is known.
//
// Frames (see ir.h), from the outermost: the `let`s of the policy or test; one frame for each name of a `for`; the `let`s
// below that `for`. What `with` sets and what comes before a `for` is outside of those of the `for`.
#pragma once

#include "compiler/sema/ir.h"
#include "compiler/source/diagnostic.h"

#include <string>
#include <vector>

namespace chasi::sema {

struct Module;

/// `deny if c : message` and `warn if c : message`.
struct RuleIr {
  bool deny = true;
  Expr* condition = nullptr;
  Expr* message = nullptr;
  source::Span span; ///< of the condition
};

/// A `for` of a policy with the rules that it holds for; without walks, the rules before the first `for`.
struct RuleGroupIr {
  bool loops = false;        ///< it has a `for`, and with it a frame for its lets
  std::vector<Expr*> walks; ///< what each name of the `for` goes through, outermost first
  Expr* guard = nullptr;
  std::vector<Expr*> lets;
  std::vector<RuleIr> rules;
};

/// `except what reason "…" until date`.
struct ExceptIr {
  Expr* what = nullptr; ///< a declaration, or a list of some
  std::string reason;
  Expr* until = nullptr;
  source::Span span;
};

struct PolicyIr {
  std::string title;
  source::Span span; ///< of the title
  std::vector<Expr*> lets;
  std::vector<RuleGroupIr> groups;
  std::vector<ExceptIr> exceptions;
};

/// What a test does, in the order in which it says so.
struct TestStepIr {
  enum Kind : uint8_t { Assert, Expect, Snapshot } kind = Assert;
  Expr* value = nullptr;   ///< Assert, Snapshot
  Expr* message = nullptr; ///< Assert, may be null
  source::Code code = source::Code::CheckFailed; ///< Expect
  std::string part;        ///< Expect: of the message; may be empty
  llvm::StringRef text;    ///< Assert: the condition as written
  source::Span span;
};

/// `with { name = value }`: a parameter of the module that the test stands in.
struct WithIr {
  llvm::StringRef name;
  Expr* value = nullptr;
  source::Span span;
};

struct TestIr {
  std::string title;
  source::Span span; ///< of the title
  const Module* module = nullptr;
  std::string environment; ///< `with { environment = "prod" }`, or empty
  source::Span environmentSpan;
  std::vector<WithIr> sets;
  std::vector<Expr*> lets;
  std::vector<TestStepIr> steps;
};

/// Letters and digits of a title, lower case, with `-` between: what tells tests apart, and names the files of their snapshots.
std::string testSlug(llvm::StringRef title);

} // namespace chasi::sema
