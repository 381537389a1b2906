#include "compiler/package/params.h"
#include "compiler/package/workspace.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace chasi::package {
namespace {

namespace fs = std::filesystem;

class PackageTest : public testing::Test {
protected:
  fs::path base = fs::path(testing::TempDir()) / ("chasi_package_" + std::to_string(::getpid()));
  void SetUp() override { fs::create_directories(base); }
  void TearDown() override { fs::remove_all(base); }
  std::string write(const std::string& name, const std::string& text) {
    fs::create_directories((base / name).parent_path());
    std::ofstream(base / name) << text;
    return (base / name).string();
  }
};

template <class T> std::string failure(llvm::Expected<T> value) { return value ? "no failure" : llvm::toString(value.takeError()); }

TEST_F(PackageTest, ModuleIsOneFolderInOrder) {
  write("bank/b.chasi", "");
  write("bank/a.chasi", "");
  write("bank/sub/c.chasi", "");
  write("bank/workspace.chasi", "");
  write("bank/env/prod.chasi", "");
  write("bank/notes.txt", "");
  auto w = findWorkspace((base / "bank/").string());
  ASSERT_TRUE(bool(w)) << llvm::toString(w.takeError());
  EXPECT_EQ(w->name, "bank");
  EXPECT_EQ(w->root, (base / "bank").string());
  ASSERT_EQ(w->files.size(), 2u);
  EXPECT_EQ(fs::path(w->files[0]).filename(), "a.chasi");
  EXPECT_EQ(fs::path(w->files[1]).filename(), "b.chasi");
  ASSERT_EQ(w->environments.size(), 1u);
  EXPECT_EQ(w->environments.begin()->first, "prod");
}

TEST_F(PackageTest, RootAndEnvironmentsAreFoundUpward) {
  fs::create_directories(base / "repo/.git");
  write("repo/env/dev.chasi", "");
  write("repo/teams/pay/x.chasi", "");
  auto w = findWorkspace((base / "repo/teams/pay").string());
  ASSERT_TRUE(bool(w)) << llvm::toString(w.takeError());
  EXPECT_EQ(w->root, (base / "repo").string());
  auto file = environmentFile(*w, "dev");
  ASSERT_TRUE(bool(file)) << llvm::toString(file.takeError());
  EXPECT_EQ(*file, (base / "repo/env/dev.chasi").string());
  EXPECT_EQ(failure(environmentFile(*w, "deb")), "CH8003: there is no environment `deb` (did you mean `dev`?)");
}

TEST_F(PackageTest, EnvironmentFilesBelongToTheModuleThatUsesThem) {
  write("shop/workspace.chasi", "");
  const std::string beside = write("shop/web/env/prod.chasi", "");
  const std::string main = write("shop/web/web.chasi", "");
  const std::string shared = write("shop/env/prod.chasi", "");
  write("shop/api/api.chasi", "");
  for (const auto& [file, module] : {std::pair{beside, "shop/web"}, {shared, "shop/api"}, {main, "shop/web"}}) {
    auto w = findWorkspaceOf(file);
    ASSERT_TRUE(bool(w)) << llvm::toString(w.takeError());
    EXPECT_EQ(w->folder, (base / module).string()) << file;
  }
}

TEST_F(PackageTest, SingleFileIsAModuleOfItsOwn) {
  const std::string file = write("one/hello.chasi", "");
  write("one/other.chasi", "");
  auto w = findWorkspace(file);
  ASSERT_TRUE(bool(w)) << llvm::toString(w.takeError());
  EXPECT_EQ(w->name, "hello");
  EXPECT_EQ(w->files, std::vector<std::string>{file});
}

TEST_F(PackageTest, SaysWhatIsNotThere) {
  EXPECT_NE(failure(findWorkspace((base / "none").string())).find("CH8001"), std::string::npos);
  fs::create_directories(base / "empty");
  EXPECT_NE(failure(findWorkspace((base / "empty").string())).find("chasic init"), std::string::npos);
  write("group/pay/x.chasi", "");
  EXPECT_NE(failure(findWorkspace((base / "group").string())).find("group/pay"), std::string::npos);
  EXPECT_NE(failure(findWorkspace(write("plain.txt", ""))).find("CH8002"), std::string::npos);
}

TEST_F(PackageTest, ParamsKeepTheirTypes) {
  const std::vector<ParamText> expected = {{"replicas", "3"}, {"name", "\"3\""}, {"ratio", "0.5"}, {"on", "true"}, {"tags", "[\"a\",1]"}, {"off", "\"off\""}};
  auto yaml = readParams(write("p.yaml", "replicas: 3\nname: \"3\"\nratio: 0.5\non: true\ntags: [a, 1]\noff: off\n"));
  ASSERT_TRUE(bool(yaml)) << llvm::toString(yaml.takeError());
  EXPECT_EQ(*yaml, expected);
  auto json = readParams(write("p.json", R"({"replicas":3,"name":"3","ratio":0.5,"on":true,"tags":["a",1],"off":"off"})"));
  ASSERT_TRUE(bool(json)) << llvm::toString(json.takeError());
  EXPECT_EQ(*json, expected);
  auto empty = readParams(write("e.yaml", "# nothing yet\n"));
  ASSERT_TRUE(bool(empty)) << llvm::toString(empty.takeError());
  EXPECT_TRUE(empty->empty());
}

TEST_F(PackageTest, BadParamsFilesAreRefused) {
  EXPECT_NE(failure(readParams(write("a.yaml", "a: 1\na: 2\n"))).find("a.yaml:2:1: `a` stands here twice"), std::string::npos);
  EXPECT_NE(failure(readParams(write("b.json", R"({"a":1,"a":2})"))).find("twice"), std::string::npos);
  EXPECT_NE(failure(readParams(write("c.yaml", "- 1\n"))).find("CH8005"), std::string::npos);
  EXPECT_NE(failure(readParams(write("d.json", "{"))).find("CH8005"), std::string::npos);
  EXPECT_NE(failure(readParams(write("e.json", "{\"a\":" + std::string(100000, '[') + "}"))).find("CH8005"), std::string::npos);
  EXPECT_NE(failure(readParams(write("f.yaml", "a: " + std::string(100000, '[')))).find("CH8005"), std::string::npos);
  EXPECT_NE(failure(readParams(write("g.yaml", "a:\n"))).find("`a` has no value"), std::string::npos);
  std::string laughs = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n";
  for (int i = 1; i < 12; ++i) {
    laughs += fmt::format("a{0}: &a{0} [", i);
    for (int k = 0; k < 10; ++k) laughs += fmt::format("*a{},", i - 1);
    laughs += "]\n";
  }
  EXPECT_NE(failure(readParams(write("h.yaml", laughs))).find("beyond measure"), std::string::npos);
  EXPECT_NE(failure(readParams((base / "none.yaml").string())).find("CH8004"), std::string::npos);
}

TEST_F(PackageTest, Assignments) {
  auto both = splitAssignment("a=b=c", "--set");
  ASSERT_TRUE(bool(both));
  EXPECT_EQ(*both, ParamText("a", "b=c"));
  EXPECT_NE(failure(splitAssignment("a", "--set")).find("CH8006"), std::string::npos);
  EXPECT_NE(failure(splitAssignment("=a", "--set")).find("CH8006"), std::string::npos);
  auto variable = splitVariable("release=GIT_SHA", "--set-env");
  ASSERT_TRUE(bool(variable)) << llvm::toString(variable.takeError());
  EXPECT_EQ(*variable, ParamText("release", "GIT_SHA"));
  EXPECT_NE(failure(splitVariable("release", "--set-env")).find("CH8006"), std::string::npos);
  for (const char* wrong : {"release=", "release=$GIT_SHA", "release=9f2c", "release=a b", "release=a=b"})
    EXPECT_NE(failure(splitVariable(wrong, "--set-env")).find("CH8006: what `--set-env release=` names is no environment variable"), std::string::npos) << wrong;
}

} // namespace
} // namespace chasi::package
