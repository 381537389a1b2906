#include "compiler/lint/lint.h"

#include "compiler/lint/scopes.h"
#include "compiler/sema/load.h"
#include "compiler/syntax/embedded.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

#include <gtest/gtest.h>

namespace chasi::lint {
namespace {

/// The standard library is written as we ask everybody to write.
TEST(Lint, StandardLibraryIsClean) {
  for (const std::string& name : sema::libraryNames()) {
    source::SourceSet sources;
    source::Diagnostics diagnostics;
    sema::Program program(sources, diagnostics);
    sema::load(program, {});
    const sema::Module* module = sema::loadLibrary(program, name);
    ASSERT_NE(module, nullptr) << name;
    runOnModule(program, *module);
    for (const source::Diagnostic& d : diagnostics.all())
      ADD_FAILURE() << name << ": " << source::info(d.code).id << " at " << sources.position(d.span.begin).line << ": " << d.message;
  }
}

/// And laid out so; modules that are made while building too.
TEST(Lint, StandardLibraryIsLaidOut) {
  size_t made = 0;
  for (const syntax::EmbeddedFile& file : syntax::embeddedFiles()) {
    source::SourceSet sources;
    source::Diagnostics diagnostics;
    const syntax::Tree tree = syntax::parse(sources, sources.add(file.path.str(), file.text.str()), diagnostics);
    EXPECT_EQ(syntax::format(tree), file.text.str()) << file.path.str();
    made += file.path.starts_with("k8s/") ? 1 : 0;
  }
  EXPECT_GT(made, 20u);
}

std::string walked(const std::string& text) {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  const syntax::Tree tree = syntax::parse(sources, sources.add("a.chasi", text), diagnostics);
  EXPECT_FALSE(diagnostics.hasErrors()) << text;
  std::string out;
  walkNames(tree, {.declared = [&](const Local& l, const Local* hidden) { out += (hidden ? "!" : "+") + l.name.str() + " "; },
                   .left = [&](const Local& l) { out += (l.used ? "-" : "?") + l.name.str() + " "; },
                   .outer = [&](llvm::StringRef name, llvm::StringRef member) { out += name.str() + (member.empty() ? "" : "." + member.str()) + " "; }});
  return out;
}

TEST(Scopes, WhatALoopBindsIsSeenBehindItsList) {
  EXPECT_EQ(walked("let a = [for x in x : x]\n"), "x +x -x ");
  EXPECT_EQ(walked("let a = [for k, v in m if k == n : v]\n"), "m +k +v n -v -k ");
}

TEST(Scopes, InnerNamesHideOuterOnes) {
  EXPECT_EQ(walked("fn f(a: Int) -> Int {\n  let a = 1\n  a\n}\n"), "+a Int Int !a -a ?a ");
  EXPECT_EQ(walked("let a = xs.map(x => x + y)\n"), "xs.map +x y -x ");
}

TEST(Scopes, ListsOfAPolicyTakeTurnsWithItsNames) {
  EXPECT_EQ(walked("policy \"p\" {\n  for s in all(t), c in s.cs if c.n > 1\n    deny if c.x == s.y : \"no\"\n}\n"), "all t +s +c -c -s ");
}

TEST(Settings, ACodeBeatsAllOfThem) {
  Settings settings;
  EXPECT_EQ(add(settings, "warnings", true), "");
  EXPECT_EQ(add(settings, "ch9001", false), "");
  EXPECT_NE(add(settings, "CH3001", false), "");
  EXPECT_NE(add(settings, "nonsense", false), "");
  source::Diagnostics diagnostics;
  diagnostics.report(source::Code::UnusedLet, {1, 2}, "a");
  diagnostics.report(source::Code::UnusedFn, {1, 2}, "b");
  diagnostics.report(source::Code::TypeMismatch, {1, 2}, "c");
  settle(diagnostics, settings);
  ASSERT_EQ(diagnostics.all().size(), 2u);
  EXPECT_EQ(diagnostics.errorCount(), 2u);
  EXPECT_EQ(diagnostics.all()[0].message, "b");
}

} // namespace
} // namespace chasi::lint
