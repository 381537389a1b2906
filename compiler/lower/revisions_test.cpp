#include "compiler/lower/revisions.h"

#include <gtest/gtest.h>

namespace chasi::lower {
namespace {

using Files = std::map<std::string, std::string>;

constexpr const char* kKinds = R"(cluster home { context = "local" }
kind group {
  let total: Int = referrers(self, part).map(p => p.weight).sum()
  check total <= 10 : "${name} weighs ${total}"
}
kind part {
  of: group
  weight: Int = 1
  lower = [Object { on = home, manifest = { apiVersion = "v1", kind = "Namespace", metadata { name = name } } }]
}
)";

CompileInput inputOf(const Files& files) {
  CompileInput input;
  input.load = {.workspaceRoot = "/nowhere", .modulePath = "/nowhere", .folder = "/nowhere"};
  for (const auto& [name, text] : files) {
    if (llvm::StringRef environment = name; environment.consume_front("env/") && environment.consume_back(".chasi")) input.load.environments[environment.str()] = "/nowhere/" + name;
    else input.load.files.push_back("/nowhere/" + name);
    input.load.overlay["/nowhere/" + name] = text;
  }
  input.workspaceName = "w";
  return input;
}

std::string told(const source::Diagnostics& diagnostics, const source::SourceSet& sources) {
  std::string text;
  llvm::raw_string_ostream out(text);
  source::printText(diagnostics, sources, out, {});
  return text;
}

/// Compiles one state of the files after the other; says what was told, and compares it with what a first reading tells.
struct Edits {
  Files files;
  std::string environment; ///< one of `env/NAME.chasi`
  std::map<std::string, sema::ParamValue> params;
  Revisions revisions;
  uint64_t number = 0; ///< of the last revision

  std::string operator()(const std::string& name, const std::string& text) {
    files[name] = text;
    CompileInput input = inputOf(files);
    if (!environment.empty()) input.load.environmentFile = "/nowhere/env/" + environment + ".chasi";
    input.load.params = params;
    const Revision revision = revisions.compile(input);
    number = revision.number;
    const std::string said = told(revision.diagnostics, revision.sources);
    source::SourceSet sources;
    source::Diagnostics diagnostics;
    const Compiled first = compile(sources, diagnostics, input);
    EXPECT_EQ(said, told(diagnostics, sources));
    return said;
  }
};

TEST(Revisions, AnEditIsTakenInWithoutCompilingEverything) {
  Edits edit;
  edit.files = {{"kinds.chasi", kKinds}, {"groups.chasi", "group red {}\ngroup blue {}\n"}};
  EXPECT_EQ(edit("parts.chasi", "part \"a\" { of = red }\npart \"b\" { of = blue, weight = 3 }\n"), "");
  const uint64_t first = edit.number;
  EXPECT_EQ(edit("parts.chasi", "part \"a\" { of = red, weight = 10 }\npart \"b\" { of = blue, weight = 3 }\n"), "");
  // Who is referred to is looked at again, in a file that has not changed.
  EXPECT_NE(edit("parts.chasi", "part \"a\" { of = red, weight = 11 }\npart \"b\" { of = blue, weight = 3 }\n").find("red weighs 11"), std::string::npos);
  EXPECT_NE(edit("parts.chasi", "part \"a\" { of = blue, weight = 8 }\npart \"b\" { of = blue, weight = 3 }\n").find("blue weighs 11"), std::string::npos);
  EXPECT_NE(edit("parts.chasi", "part \"a\" { of = red, weight = 8 }\npart \"b\" { of = blue, weight = \"3\" }\n"), "");
  EXPECT_EQ(edit("parts.chasi", "part \"a\" { of = red, weight = 8 }\npart \"b\" { of = blue, weight = 3 }\n"), "");
  EXPECT_EQ(edit.number, first);
}

TEST(Revisions, WhatOthersReadIsDoneAgainByThem) {
  Edits edit;
  edit.files = {{"kinds.chasi", kKinds}, {"groups.chasi", "group red {}\n"}, {"parts.chasi", "part a { of = red, weight = w }\npart \"b\" { of = a.of, weight = a.weight * 2 }\nlet all = red.total\n"}};
  EXPECT_EQ(edit("values.chasi", "let w: Int = v\nlet v: Int = 2\n"), "");
  const uint64_t first = edit.number;
  EXPECT_NE(edit("values.chasi", "let w: Int = v\nlet v: Int = 4\n").find("red weighs 12"), std::string::npos);
  EXPECT_NE(edit("values.chasi", "let w: Int = v\nlet v: Int = 5\n").find("red weighs 15"), std::string::npos);
  EXPECT_NE(edit("values.chasi", "let w: Int = v\nlet v: Int = 1 / 0\n"), "");
  EXPECT_EQ(edit("values.chasi", "let w: Int = v\nlet v: Int = 3\n"), "");
  EXPECT_EQ(edit.number, first);
}

TEST(Revisions, WhatStandsInFrontOfAChangeStaysAsItIs) {
  Edits edit;
  EXPECT_EQ(edit("all.chasi", std::string(kKinds) + "group red {}\nlet w = 2\npart \"a\" { of = red, weight = w }\npart \"b\" { of = red }\n"), "");
  const uint64_t first = edit.number;
  EXPECT_EQ(edit("all.chasi", std::string(kKinds) + "group red {}\nlet w = 2\npart \"a\" { of = red, weight = w }\npart \"b\" { of = red, weight = 7 }\n"), "");
  EXPECT_NE(edit("all.chasi", std::string(kKinds) + "group red {}\nlet w = 2\n\n\npart \"a\" { of = red, weight = w }\npart \"b\" { of = red, weight = w * 5 }\n").find("red weighs 12"), std::string::npos);
  EXPECT_EQ(edit.number, first);
}

TEST(Revisions, AChangeThatReachesFurtherIsCompiledFromTheBeginning) {
  Edits edit;
  edit.files = {{"kinds.chasi", kKinds}, {"groups.chasi", "group red {}\n"}, {"values.chasi", "let w = 2\n"}};
  EXPECT_EQ(edit("parts.chasi", "part \"a\" { of = red, weight = w }\n"), "");
  uint64_t before = edit.number;
  const auto whole = [&](const std::string& name, const std::string& text) {
    const std::string said = edit(name, text);
    EXPECT_NE(edit.number, std::exchange(before, edit.number)) << name << ": " << text;
    return said;
  };
  EXPECT_NE(whole("values.chasi", "let w = \"2\"\n").find("weight"), std::string::npos);
  EXPECT_NE(whole("values.chasi", "let v = 2\n").find("`w` is not known"), std::string::npos);
  EXPECT_EQ(whole("values.chasi", "let w = 3\n"), "");
  EXPECT_NE(whole("kinds.chasi", std::string(kKinds) + "kind part {}\n").find("declared twice"), std::string::npos);
  EXPECT_EQ(whole("kinds.chasi", kKinds), "");
  EXPECT_NE(whole("parts.chasi", "part \"a\" { of = red }\npart \"a\" { of = red }\n").find("two declarations"), std::string::npos);
}

TEST(Revisions, ABrokenFileIsTakenIn) {
  Edits edit;
  edit.files = {{"kinds.chasi", kKinds}, {"groups.chasi", "group red {}\n"}};
  EXPECT_EQ(edit("parts.chasi", "part \"a\" { of = red }\n"), "");
  const uint64_t first = edit.number;
  EXPECT_NE(edit("parts.chasi", "part \"a\" { of = red, weight = }\n"), "");
  EXPECT_NE(edit("parts.chasi", "part \"a\" { of = red\n"), "");
  EXPECT_EQ(edit("parts.chasi", "part \"a\" { of = red, weight = 4 }\n"), "");
  EXPECT_EQ(edit.number, first);
}

TEST(Revisions, WhatIsWrongWithPodsIsSaidUntilItIsMended) {
  Edits edit;
  edit.files = {{"kinds.chasi", R"(cluster home {}
kind web {
  label: String
  lower = [Object {
    on       = home
    manifest = {
      apiVersion = "apps/v1", kind = "Deployment"
      metadata { name = name, namespace = "shop" }
      spec { selector { matchLabels { app = name } }, template { metadata { labels { app = label } }, spec { containers = [{ name = "web", image = "nginx:1.27" }] } } }
    }
  }]
}
)"}, {"other.chasi", "web other { label = \"others\" }\n"}};
  EXPECT_EQ(llvm::StringRef(edit("shop.chasi", "web shop { label = \"shop\" }\n")).count("error["), 1u);
  const uint64_t first = edit.number;
  EXPECT_EQ(llvm::StringRef(edit("shop.chasi", "web shop { label = \"shops\" }\n")).count("error["), 2u);
  EXPECT_EQ(llvm::StringRef(edit("shop.chasi", "web shop { label = \"shop\" }\n")).count("error["), 1u);
  EXPECT_EQ(edit("other.chasi", "web other { label = \"other\" }\n"), "");
  EXPECT_EQ(edit.number, first);
}

TEST(Revisions, DeepValuesAreCompiledFromTheBeginning) {
  Edits edit;
  std::string deep = "let v0: Int = 1\n";
  for (int i = 1; i < 400; ++i) deep = fmt::format("let v{}: Int = v{} + 1\n", i, i - 1) + deep;
  EXPECT_EQ(edit("deep.chasi", deep + "let last: Int = v399\n"), "");
  const uint64_t first = edit.number;
  EXPECT_EQ(edit("deep.chasi", deep + "let last: Int = v398\n"), "");
  EXPECT_NE(edit.number, first);
}

/// With parameters, and two environments of which one stands on the other.
Edits layered() {
  Edits edit;
  edit.files = {{"kinds.chasi", kKinds},
                {"groups.chasi", "group red {}\nparam heavy: Int = 1\nparam most: Int = 4\n"},
                {"parts.chasi", "part a { of = red, weight = w }\npart b { of = red, weight = heavy }\n"},
                {"env/base.chasi", "set heavy = 2\noverride a { weight = w + 1 }\n"},
                {"env/prod.chasi", "extends base\nlet own = most * 2\nset heavy = own - 2 * w\noverride b { weight = heavy - 1 }\n"}};
  return edit;
}

TEST(Revisions, WithAnEnvironmentEditsAreTakenInAsWell) {
  Edits edit = layered();
  edit.environment = "prod";
  EXPECT_EQ(edit("values.chasi", "let w: Int = 2\nlet v: Int = 1\n"), ""); // a weighs 3, b 3
  const uint64_t first = edit.number;
  EXPECT_NE(edit("values.chasi", "let w: Int = 2 - 5\nlet v: Int = 1\n").find("red weighs 11"), std::string::npos); // a -2, b 13
  EXPECT_EQ(edit("parts.chasi", "part a { of = red, weight = 99 }\npart b { of = red }\n").find("weighs 99"), std::string::npos); // overridden
  EXPECT_EQ(edit("values.chasi", "let w: Int = 3\nlet v: Int = 1\n"), "");
  EXPECT_NE(edit("values.chasi", "let w: Int = 1 / 0\nlet v: Int = 1\n"), "");
  EXPECT_NE(edit("parts.chasi", "part a { of = red, weight = }\npart b { of = red }\n"), "");
  EXPECT_NE(edit("parts.chasi", "part a { of = red, weight = 1 }\npart b { of = red }\n"), "");
  EXPECT_EQ(edit("values.chasi", "let w: Int = 3\nlet v: Int = 2\n"), "");
  EXPECT_EQ(edit.number, first);
  EXPECT_NE(edit("parts.chasi", "part a { of = red, weight = 1 }\n").find("no declaration `b` to override"), std::string::npos);
  EXPECT_NE(edit("parts.chasi", "part a { of = red, weight = 1 }\ngroup b {}\n").find("weight"), std::string::npos);
  EXPECT_EQ(edit("parts.chasi", "part a { of = red, weight = 1 }\npart b { of = red }\n"), "");
  EXPECT_NE(edit("env/base.chasi", "set heavy = \"2\"\n"), "");
  EXPECT_NE(edit("values.chasi", "let w: Int = 3\nlet v: Int = 3\n"), "");
  EXPECT_NE(edit("env/base.chasi", "extends other\n").find("there is no environment `other`"), std::string::npos);
  EXPECT_NE(edit("parts.chasi", "part a { of = red, weight = 2 }\npart b { of = red }\n").find("there is no environment `other`"), std::string::npos);
}

TEST(Revisions, WhatIsWrongInAnEnvironmentIsSaidAgain) {
  Edits edit = layered();
  edit.environment = "base";
  edit.files["env/base.chasi"] = "set heavy = \"2\"\noverride c { weight = 3 }\n";
  const std::string said = edit("values.chasi", "let w: Int = 2\n");
  EXPECT_NE(said.find("to override"), std::string::npos);
  const uint64_t first = edit.number;
  EXPECT_EQ(edit("values.chasi", "let w: Int = 3\n"), said);
  EXPECT_EQ(edit.number, first);
  edit("parts.chasi", "part a { of = red, weight = w }\npart b { of = red, weight = heavy }\npart c {\n"); // names may be declared in what cannot be read
  EXPECT_EQ(edit("parts.chasi", "part a { of = red, weight = w }\npart b { of = red, weight = heavy }\n"), said);
}

TEST(Revisions, ParametersFromOutsideStay) {
  Edits edit = layered();
  edit.params = {{"heavy", {"3", "the settings"}}, {"most", {"w + 1", "the settings"}}};
  EXPECT_NE(edit("values.chasi", "let w: Int = 2\n"), ""); // `most` takes a number
  edit.files["groups.chasi"] = "group red {}\nparam heavy: Int = 1\nparam most: List<Int> = []\n";
  edit.params["most"] = {"[1, 2]", "the settings"};
  EXPECT_EQ(edit("values.chasi", "let w: Int = 2\nlet v = most.len()\n"), "");
  uint64_t first = edit.number;
  EXPECT_EQ(edit("values.chasi", "let w: Int = 4\nlet v = most.len()\n"), "");
  EXPECT_NE(edit("values.chasi", "let w: Int = 14\nlet v = most.len()\n").find("red weighs 17"), std::string::npos);
  EXPECT_EQ(edit("parts.chasi", "part a { of = red, weight = 1 }\npart b { of = red, weight = heavy }\n"), "");
  EXPECT_EQ(edit.number, first);
  edit.params["most"].text = "[w]";
  EXPECT_EQ(edit("values.chasi", "let w: Int = 3\nlet v = most.len()\n"), "");
  EXPECT_NE(edit.number, std::exchange(first, edit.number));
  EXPECT_EQ(edit("parts.chasi", "part a { of = red, weight = 2 }\npart b { of = red, weight = heavy }\n"), "");
  EXPECT_EQ(edit.number, first);
  EXPECT_EQ(edit("values.chasi", "let w: Int = 4\nlet v = most.len()\n"), ""); // it reads what has changed
  EXPECT_NE(edit.number, std::exchange(first, edit.number));
  edit.params["lightest"] = {"3", "the settings"};
  EXPECT_NE(edit("values.chasi", "let w: Int = 4\nlet v = most.len()\n").find("there is no parameter `lightest`"), std::string::npos);
  EXPECT_NE(edit("values.chasi", "let w: Int = 5\nlet v = most.len()\n").find("there is no parameter `lightest`"), std::string::npos);
}

constexpr const char* kDoors = R"(cluster core {}
kind door {
  port: Int = 1
  lower = [Object { on = core, manifest = { apiVersion = "v1", kind = "Service", metadata { name = name, namespace = "shop" }, spec { type = "NodePort", ports = [{ port = 80, nodePort = 30000 + port }] } } }]
}
kind room {
  pods: String = "4"
  lower = [Object { on = core, manifest = { apiVersion = "v1", kind = "ResourceQuota", metadata { name = name, namespace = "shop" }, spec { hard { pods = pods } } } }]
}
kind guest {
  lower = [Object { on = core, manifest = { apiVersion = "v1", kind = "Pod", metadata { name = name, namespace = "shop" }, spec { containers = [{ name = "a", image = "registry.example/a:1.0" }] } } }]
}
)";

TEST(Revisions, ClashesOfObjectsComeAndGo) {
  Edits edit;
  edit.files = {{"kinds.chasi", kDoors}, {"a.chasi", "door a {}\nroom r {}\n"}, {"c.chasi", "let c: Int = 1\n"}};
  EXPECT_EQ(edit("b.chasi", "door b { port = 2 }\n"), "");
  const uint64_t first = edit.number;
  EXPECT_NE(edit("b.chasi", "door b { port = 1 }\n").find("30001"), std::string::npos);
  EXPECT_NE(edit("c.chasi", "let c: Int = 2\n").find("30001"), std::string::npos); // told again when something else changes
  EXPECT_EQ(edit("c.chasi", "let c: Int = \"2\"\n").find("30001"), std::string::npos);
  EXPECT_NE(edit("c.chasi", "let c: Int = 2\n").find("30001"), std::string::npos); // neither of the two was looked at before that
  EXPECT_EQ(edit("a.chasi", "door a { port = 3 }\nroom r {}\n"), "");
  EXPECT_EQ(edit.number, first);
  EXPECT_NE(edit("c.chasi", "for n in 1..5 { guest \"g${n}\" {} }\n").find("5 of pods"), std::string::npos);
  EXPECT_NE(edit("b.chasi", "door b { port = 4 }\n").find("5 of pods"), std::string::npos);
  EXPECT_EQ(edit("a.chasi", "door a { port = 3 }\nroom r { pods = \"5\" }\n"), "");
}

TEST(Revisions, MemoryIsGivenBack) {
  Edits edit;
  edit.files = {{"kinds.chasi", kKinds}, {"groups.chasi", "group red {}\n"}};
  std::string many;
  for (int i = 0; i < 200; ++i) many += fmt::format("part \"a{}\" {{ of = red, weight = 0 }}\n", i);
  const CompileInput input = [&] { return edit.files["parts.chasi"] = many, inputOf(edit.files); }();
  size_t most = 0, first = 0;
  for (int i = 0; i < 60; ++i) {
    CompileInput changed = input;
    changed.load.overlay["/nowhere/parts.chasi"] += fmt::format("part \"last\" {{ of = red, weight = {} }}\n", i % 9);
    const Revision revision = edit.revisions.compile(changed);
    const size_t size = revision.program.arena.getBytesAllocated();
    if (i == 0) first = size;
    most = std::max(most, size);
    edit.revisions.tidy();
  }
  EXPECT_LT(most, 4 * first + (8u << 20));
}

} // namespace
} // namespace chasi::lower
