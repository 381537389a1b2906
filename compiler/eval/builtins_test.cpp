// The examples of builtins.def are what the reference shows, so each is evaluated.
#include "compiler/eval/evaluator.h"
#include "compiler/sema/load.h"

#include <gtest/gtest.h>
#include <llvm/ADT/StringSwitch.h>

namespace chasi::eval {
namespace {

struct Bench {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  sema::Program program{sources, diagnostics};
  std::unique_ptr<Evaluator> evaluator;

  Bench() {
    sema::LoadInput input{.workspaceRoot = "/w", .modulePath = "/w", .folder = "/w", .files = {"/w/a.chasi"}};
    input.overlay["/w/a.chasi"] = "";
    sema::load(program, input);
    evaluator = std::make_unique<Evaluator>(program);
    evaluator->declare();
  }
  std::string json(const std::string& expression) {
    const sema::Expr* e = sema::loadExpression(program, expression, "example");
    std::string out;
    if (e && evaluator->writeJson(evaluator->evaluate(e), out) && !diagnostics.hasErrors()) return out;
    std::string why;
    llvm::raw_string_ostream stream(why);
    source::printText(diagnostics, sources, stream, {});
    return why;
  }
};

TEST(Builtins, ExamplesGiveWhatTheReferenceSays) {
  for (const sema::BuiltinInfo& b : sema::allBuiltins()) {
    SCOPED_TRACE(b.example);
    EXPECT_STRNE(b.doc, "");
    if (!*b.example) continue;
    std::string given = Bench().json(b.example);
    // Quantities are texts in JSON; the table shows them as people write them.
    if (given.size() > 2 && given.front() == '"' && b.gives[0] != '"') given = given.substr(1, given.size() - 2);
    EXPECT_EQ(given, b.gives);
  }
}

TEST(Builtins, OnlyWhatNeedsAWorkspaceHasNoExample) {
  for (const sema::BuiltinInfo& b : sema::allBuiltins()) {
    if (*b.example) continue;
    EXPECT_TRUE(llvm::StringSwitch<bool>(b.name).Cases("all", "referrers", "name", "text", "yaml", "yamlStream", "json", "secret", true).Cases("operations", "at", "texts", "ints", "flags", "later", true).Default(false)) << b.name;
  }
}

TEST(Builtins, NamesAreFoundAndUnique) {
  for (const sema::BuiltinInfo& b : sema::allBuiltins()) EXPECT_EQ(sema::findBuiltin(b.name), &b) << b.name;
}

/// A pattern that takes exponential time where matching backtracks.
TEST(Builtins, HostilePatternsTakeLinearTime) {
  EXPECT_EQ(Bench().json(R"x("a".repeat(100000).matches("(a|a)*(a|aa)*b"))x"), "false");
}

} // namespace
} // namespace chasi::eval
