#include "compiler/lower/compile.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

#include <gtest/gtest.h>

#include <fstream>
#include <set>

namespace chasi::lower {
namespace {

using source::Code;

struct Compilation {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  Compiled compiled;

  explicit Compilation(const CompileInput& input) { compiled = compile(sources, diagnostics, input); }
  bool has(Code code) const {
    return llvm::any_of(diagnostics.all(), [&](const source::Diagnostic& d) { return d.code == code; });
  }
  std::string told() const {
    std::string text;
    llvm::raw_string_ostream out(text);
    source::printText(diagnostics, sources, out, {});
    return text;
  }
};

/// A module of one file that is nowhere but in memory.
CompileInput inMemory(const std::string& text) {
  CompileInput input;
  input.load = {.workspaceRoot = "/w", .modulePath = "/w", .folder = "/w", .files = {"/w/a.chasi"}};
  input.load.overlay["/w/a.chasi"] = text;
  input.workspaceName = "w";
  return input;
}

CompileInput withJson(const std::string& text, const std::string& name, const std::string& json) {
  CompileInput input = inMemory(text);
  input.load.params[name] = {json, "params.json", std::make_shared<const std::string>("{\"" + name + "\": " + json + "}")};
  return input;
}

struct TempFolder {
  llvm::SmallString<128> path;
  TempFolder() { EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("chasi-lower", path)); }
  ~TempFolder() { llvm::sys::fs::remove_directories(path); }
  std::string write(const char* name, const std::string& text) const {
    llvm::SmallString<128> file(path);
    llvm::sys::path::append(file, name);
    std::ofstream(file.c_str(), std::ios::binary) << text;
    return file.str().str();
  }
  CompileInput module(const std::vector<std::string>& files) const {
    CompileInput input;
    const std::string root = path.str().str();
    input.load = {.workspaceRoot = root, .modulePath = root, .folder = root, .files = files};
    return input;
  }
};

TEST(Files, ThatCannotBeReadOrAreTooLargeAreReported) {
  const TempFolder folder;
  const std::string fine = folder.write("fine.chasi", "let a = nothing\n");
  const Compilation gone(folder.module({folder.path.str().str() + "/gone.chasi", fine}));
  EXPECT_TRUE(gone.has(Code::FileUnreadable)) << gone.told();
  EXPECT_TRUE(gone.has(Code::UnknownName)) << "the other file is still read";
  const std::string large = folder.write("large.chasi", "let a = \"" + std::string(source::kMaxFileBytes, 'x') + "\"\n");
  const Compilation big(folder.module({large}));
  EXPECT_TRUE(big.has(Code::FileTooLarge)) << big.told();
}

TEST(Digest, NamesFilesFromTheRootOfTheWorkspace) {
  const TempFolder one, two;
  const char* text = "cluster core {}\ntenant a { on = core }\n";
  CompileInput first = one.module({one.write("a.chasi", text)});
  CompileInput second = two.module({two.write("a.chasi", text)});
  first.operations = second.operations = true;
  Compilation a(first), b(second);
  ASSERT_FALSE(a.diagnostics.hasErrors()) << a.told();
  addDigests(a.compiled);
  addDigests(b.compiled);
  EXPECT_EQ(a.compiled.desired.sourceDigest.size(), 71U);
  EXPECT_EQ(a.compiled.desired.sourceDigest, b.compiled.desired.sourceDigest);
  ASSERT_EQ(a.compiled.desired.operations.size(), b.compiled.desired.operations.size());
  EXPECT_EQ(a.compiled.desired.operations[0].source.file, "a.chasi");
}

TEST(Digest, ChangesWithAnyLayerOfTheEnvironment) {
  const TempFolder folder;
  const auto digest = [&](const char* base) {
    CompileInput input = folder.module({folder.write("a.chasi", "param size: Int = 1\n")});
    input.operations = true;
    input.load.environmentFile = folder.write("prod.chasi", "extends base\n");
    input.load.environments = {{"base", folder.write("base.chasi", base)}, {"prod", input.load.environmentFile}};
    Compilation done(input);
    EXPECT_FALSE(done.diagnostics.hasErrors()) << done.told();
    addDigests(done.compiled);
    return done.compiled.desired.sourceDigest;
  };
  const std::string one = digest("set size = 2\n");
  EXPECT_NE(one, digest("set size = 3\n"));
  EXPECT_EQ(one, digest("set size = 2\n"));
}

TEST(Digest, OfSourcesAloneIsTheSame) {
  // A virtual cluster brings modules of the standard library that nobody imports; neither they nor a mistake count.
  for (const char* text : {"cluster core {}\ntenant a { on = core, vcluster {} }\n", "cluster core {}\ntenant a { on = cor }\n"}) {
    const TempFolder folder;
    CompileInput input = folder.module({folder.write("a.chasi", text)});
    input.operations = true;
    Compilation done(input);
    addDigests(done.compiled);
    EXPECT_EQ(sourcesOf(input).digest, done.compiled.desired.sourceDigest) << text;
  }
}

TEST(Params, JsonIsCheckedAgainstTheTypeAllTheWayDown) {
  const char* spec = "param x: Map<String, List<Int>>\nlet total = [for v in x.values() : v.sum()].sum()\n";
  EXPECT_FALSE(Compilation(withJson(spec, "x", R"({"a":[1,2]})")).diagnostics.hasErrors());
  for (const char* bad : {R"({"a":["1"]})", R"({"a":1})", "[1]", "null", "3", R"({"a":[18446744073709551615]})", R"({"a":[1.5]})"})
    EXPECT_TRUE(Compilation(withJson(spec, "x", bad)).has(Code::BadParam)) << bad;
  EXPECT_TRUE(Compilation(withJson(spec, "x", "{")).has(Code::BadData));
}

TEST(Params, OfASecretNameAVariableAndNeverHoldWhatIsInIt) {
  const auto digest = [](const char* spec, const char* value) {
    CompileInput input = inMemory(spec);
    input.operations = true;
    input.load.params["x"] = {value, "--set-env x=TOKEN", nullptr, "TOKEN"};
    Compilation done(input);
    EXPECT_FALSE(done.diagnostics.hasErrors()) << done.told();
    addDigests(done.compiled);
    EXPECT_EQ(done.compiled.program->params["x"].text == value, std::string_view(spec).find("Secret") == std::string_view::npos);
    return done.compiled.desired.paramsDigest;
  };
  EXPECT_EQ(digest("param x: Secret\n", "one"), digest("param x: Secret\n", "two"));
  EXPECT_NE(digest("param x: String\n", "one"), digest("param x: String\n", "two"));
}

TEST(Params, JsonReachesUnionsQuantitiesAndOptionals) {
  EXPECT_FALSE(Compilation(withJson("param x: Bytes\nlet y = x * 2\n", "x", R"("2Gi")")).diagnostics.hasErrors());
  EXPECT_TRUE(Compilation(withJson("param x: Bytes\n", "x", R"("2h")")).has(Code::BadParam));
  EXPECT_FALSE(Compilation(withJson("param x: Int | String\n", "x", "3")).diagnostics.hasErrors());
  EXPECT_FALSE(Compilation(withJson("param x: \"a\" | \"b\"\n", "x", R"("b")")).diagnostics.hasErrors());
  EXPECT_TRUE(Compilation(withJson("param x: \"a\" | \"b\"\n", "x", R"("c")")).has(Code::BadParam));
  EXPECT_FALSE(Compilation(withJson("param x: Int?\nlet y = x ?? 1\n", "x", "null")).diagnostics.hasErrors());
  EXPECT_FALSE(Compilation(withJson("schema S { a: Int, b: Int = 2 }\nparam x: S\nlet y = x.a + x.b\n", "x", R"({"a":1})")).diagnostics.hasErrors());
  EXPECT_TRUE(Compilation(withJson("schema S { a: Int }\nparam x: S\n", "x", R"({"b":1})")).has(Code::BadParam));
}

/// Runs with limits that a test can reach.
source::Diagnostics limited(const std::string& text, const eval::Budget& budget) {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  sema::Program program(sources, diagnostics);
  sema::load(program, inMemory(text).load);
  eval::Evaluator evaluator(program, budget);
  evaluator.declare();
  for (sema::Symbol* s : program.root->order) evaluator.evaluateSymbol(*s);
  return diagnostics;
}

TEST(Budget, StepsDepthAndMemoryEndAnEvaluation) {
  const std::string loops = "let a = [for x in 1..100 : [for y in 1..100 : [for z in 1..100 : x + y + z].len()].len()].len()\n";
  EXPECT_FALSE(limited(loops, {}).hasErrors());
  for (const eval::Budget& budget : {eval::Budget{.steps = 10'000}, eval::Budget{.depth = 8}, eval::Budget{.bytes = 1u << 20}}) {
    const source::Diagnostics d = limited(loops, budget);
    ASSERT_EQ(d.errorCount(), 1u);
    EXPECT_EQ(d.all()[0].code, Code::Budget);
  }
}

TEST(Evaluation, AMistakeInALoopIsToldAFewTimesAtMost) {
  const Compilation run(inMemory("let a = [for x in 1..1000 : [1, 2][x + 1]]\nlet b = [for x in 1..1000 : 1 / (x - x)]\n"));
  EXPECT_EQ(run.diagnostics.errorCount(), 4u) << run.told();
}

/// So many declarations that a second thread describes their operations: two each, for `number` of n.
CompileInput manyOf(int count, const std::string& number) {
  CompileInput input = inMemory(fmt::format(R"(cluster home {{}}
kind thing {{
  on: cluster
  n: Int
  lower = [
    Object {{ on = on, manifest = {{ apiVersion = "v1", kind = "Namespace", metadata {{ name = "ns-${{n}}" }} }} }}
    Object {{ on = on, manifest = {{ apiVersion = "v1", kind = "ConfigMap", metadata {{ name = "data", namespace = "ns-${{n}}" }}, data {{ n = "${{n}}" }} }} }}
  ]
}}
for n in 1..{} {{ thing "t${{n}}" {{ on = home, n = {} }} }}
)", count, number));
  input.operations = true;
  return input;
}

TEST(Operations, ManyStandInOrderAndAreWhole) {
  const Compilation run(manyOf(1000, "n"));
  ASSERT_FALSE(run.diagnostics.hasErrors()) << run.told();
  const std::vector<plan::Operation>& all = run.compiled.desired.operations;
  ASSERT_EQ(all.size(), 2000u);
  std::set<std::string> owners;
  for (uint32_t i = 0; i < all.size(); i += 2) {
    const plan::Operation &space = all[i], &data = all[i + 1];
    const std::string n = space.object.name.substr(3);
    EXPECT_EQ(space.id, "thing.t" + n + "/Namespace/ns-" + n);
    EXPECT_EQ(data.id, "thing.t" + n + "/ConfigMap/ns-" + n + "/data");
    EXPECT_EQ(data.payload, R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"data","namespace":"ns-)" + n + R"("},"data":{"n":")" + n + R"("}})");
    EXPECT_EQ(data.needs, std::vector<uint32_t>{i});
    EXPECT_EQ(data.target, "home");
    EXPECT_EQ(data.source.line, 10u);
    owners.insert(data.owner);
  }
  EXPECT_EQ(owners.size(), 1000u);
}

TEST(Operations, OfManyThoseAreLeftOutThatAreDescribedTwice) {
  const Compilation run(manyOf(1000, "n % 700"));
  EXPECT_TRUE(run.has(Code::DuplicateObject)) << run.told();
  std::set<std::string> payloads;
  for (const plan::Operation& op : run.compiled.desired.operations) {
    EXPECT_NE(op.payload.find("\"" + op.object.name + "\""), std::string::npos) << op.payload;
    payloads.insert(op.payload);
  }
  EXPECT_EQ(run.compiled.desired.operations.size(), 1400u);
  EXPECT_EQ(payloads.size(), 1400u);
}

TEST(Secrets, AreNamedWithTheirPlaceAndNullInTheObject) {
  CompileInput input = inMemory(
      "cluster c {}\ntenant t { on = c }\nsystem s {\n  tenant = t\n  component a { image = \"nginx:1\", env { P = secret(\"env/PASSWORD\") } }\n}\n");
  input.operations = true;
  const Compilation run(input);
  ASSERT_FALSE(run.diagnostics.hasErrors()) << run.told();
  size_t found = 0;
  for (const plan::Operation& op : run.compiled.desired.operations) {
    if (op.object.kind != "Secret") continue;
    ASSERT_EQ(op.secrets.size(), 1u);
    EXPECT_EQ(op.secrets[0].pointer, "/data/P");
    EXPECT_EQ(op.secrets[0].provider + "/" + op.secrets[0].key, "env/PASSWORD");
    EXPECT_NE(op.payload.find("\"P\":null"), std::string::npos) << op.payload;
    ++found;
  }
  EXPECT_EQ(found, 1u);
}

TEST(Answers, NameElementsAsTheApiTellsThemApart) {
  const Compilation c(inMemory(R"(cluster core {}
tenant retail { on = core }
system shop {
  tenant = retail
  component web {
    image  = "registry.example/shop/web:1"
    ports  { http = 8080 }
    fields = [{ of = "Service", path = "spec.ports[name=http].targetPort", answer = "take" }]
  }
  component api { image = "registry.example/shop/api:1", autoscale { max = 4 } }
})"));
  EXPECT_EQ(c.told(), "");
  std::map<std::string, std::vector<plan::FieldAnswer>> found;
  for (const plan::Operation& op : c.compiled.desired.operations)
    if (!op.fields.empty()) found[op.id] = op.fields;
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found["system.shop/Service/retail/shop-web"].front().path, "spec.ports[port=8080,protocol=TCP].targetPort");
  EXPECT_EQ(found["system.shop/Deployment/retail/shop-api"].front().path, "spec.replicas") << "an autoscaler decides";
  EXPECT_EQ(found["system.shop/Deployment/retail/shop-api"].front().answer, plan::Answer::Ignore);
}

} // namespace
} // namespace chasi::lower
