#include "compiler/package/content.h"
#include "compiler/package/lock.h"
#include "compiler/package/manifest.h"
#include "compiler/package/select.h"
#include "compiler/package/workspace.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace chasi::package {
namespace {

namespace fs = std::filesystem;

template <class T> std::string faultOf(llvm::Expected<T> value) { return value ? "no failure" : llvm::toString(value.takeError()); }

TEST(Version, IsWhatSemverSays) {
  for (const char* good : {"0.0.0", "1.2.3", "10.20.30", "1.0.0-rc.1", "1.0.0-0.x-y.7", "4294967295.0.0"}) {
    const auto v = Version::parse(good);
    ASSERT_TRUE(v) << good;
    EXPECT_EQ(v->str(), good);
  }
  for (const char* bad : {"", "1", "1.2", "1.2.3.4", "v1.2.3", "1.02.3", "1.2.3-", "1.2.3-01", "1.2.3-a..b", "1.2.3+7", "1.2.x", " 1.2.3", "4294967296.0.0", "-1.0.0"})
    EXPECT_FALSE(Version::parse(bad)) << bad;
}

TEST(Version, OrderOfTheSpecification) {
  // Section 11.4 of semver 2.0.0, with neighbours.
  const std::vector<const char*> ascending = {"0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.1.0", "1.10.0", "2.0.0"};
  for (size_t i = 0; i < ascending.size(); ++i)
    for (size_t j = 0; j < ascending.size(); ++j) EXPECT_EQ(*Version::parse(ascending[i]) <=> *Version::parse(ascending[j]), i <=> j) << ascending[i] << ' ' << ascending[j];
}

TEST(Requirement, AdmitsWhatIsCompatible) {
  const auto admits = [](const char* least, const char* version) { return Requirement::parse(least)->admits(*Version::parse(version)); };
  EXPECT_TRUE(admits("1.4", "1.4.0"));
  EXPECT_TRUE(admits("1.4", "1.9.3"));
  EXPECT_FALSE(admits("1.4", "1.3.9"));
  EXPECT_FALSE(admits("1.4", "2.0.0"));
  EXPECT_TRUE(admits("1", "1.0.0"));
  EXPECT_TRUE(admits("0.3.1", "0.3.7"));
  EXPECT_FALSE(admits("0.3.1", "0.4.0"));
  EXPECT_FALSE(admits("1.4", "1.5.0-rc.1"));
  EXPECT_TRUE(admits("1.5.0-beta", "1.5.0-rc.1"));
  EXPECT_TRUE(admits("1.5.0-beta", "1.5.0"));
  EXPECT_EQ(Requirement::parse("0.3")->words(), "at least 0.3.0, below 0.4.0");
  EXPECT_EQ(Requirement::parse("2.1.7")->words(), "at least 2.1.7, below 3.0.0");
  for (const char* bad : {"", "^1.4", "1.x", "latest", "1.2-rc"}) EXPECT_FALSE(Requirement::parse(bad)) << bad;
  EXPECT_EQ(spelledHere("^1.4"), "1.4");
  EXPECT_EQ(spelledHere(">= 1.2.3"), "1.2.3");
  EXPECT_EQ(spelledHere("1.*"), "1");
  EXPECT_EQ(spelledHere("latest"), "");
  EXPECT_EQ(spelledHere("1.4"), "");
}

const std::string kDigest = "sha256:" + std::string(64, 'a');

TEST(Lock, IsSortedAndReadAgainAsItWasWritten) {
  const Lock lock{{{"b.two", {2, 0, 0, "rc.1"}, kDigest, "", {}}, {"a.one", {1, 2, 3, ""}, kDigest, "../packages", {{"b.two", "2.0.0-rc.1"}}}}};
  const std::string text = writeLock(lock);
  EXPECT_EQ(text, R"({
  "lock": 1,
  "packages": [
    {
      "name": "a.one",
      "version": "1.2.3",
      "digest": ")" + kDigest + R"(",
      "from": "../packages",
      "needs": {
        "b.two": "2.0.0-rc.1"
      }
    },
    {
      "name": "b.two",
      "version": "2.0.0-rc.1",
      "digest": ")" + kDigest + R"("
    }
  ]
}
)");
  auto again = parseLock(text, "chasi.lock");
  ASSERT_TRUE(bool(again)) << llvm::toString(again.takeError());
  EXPECT_EQ(writeLock(*again), text);
  EXPECT_EQ(again->find("b.two")->version.str(), "2.0.0-rc.1");
  EXPECT_EQ(again->find("c.three"), nullptr);
}

TEST(Lock, HasImagesBesidePackages) {
  const Lock lock{{}, {{"registry.acme.io/b:1", "sha512:" + std::string(128, 'b')}, {"registry.acme.io/a:1", kDigest}}};
  const std::string text = writeLock(lock);
  EXPECT_EQ(text, R"({
  "lock": 1,
  "packages": [],
  "images": [
    {
      "name": "registry.acme.io/a:1",
      "digest": ")" + kDigest + R"("
    },
    {
      "name": "registry.acme.io/b:1",
      "digest": "sha512:)" + std::string(128, 'b') + R"("
    }
  ]
}
)");
  auto again = parseLock(text, "chasi.lock");
  ASSERT_TRUE(bool(again)) << llvm::toString(again.takeError());
  EXPECT_EQ(writeLock(*again), text);
  EXPECT_EQ(again->findImage("registry.acme.io/a:1")->digest, kDigest);
  EXPECT_EQ(again->findImage("registry.acme.io/a"), nullptr);
  const auto told = [](const std::string& images) { return failure(parseLock(R"({"lock": 1, "packages": [], "images": )" + images + "}", "chasi.lock")); };
  EXPECT_NE(told("{}").find("its images are no list"), std::string::npos);
  EXPECT_NE(told("[3]").find("an image is an object"), std::string::npos);
  EXPECT_NE(told(R"([{"digest": "sha256:1"}])").find("an image has no name"), std::string::npos);
  EXPECT_NE(told(R"([{"name": "a", "digest": "sha256:1"}])").find("a has no digest"), std::string::npos);
  const std::string one = R"({"name": "a", "digest": ")" + kDigest + R"("})";
  EXPECT_NE(told("[" + one + "," + one + "]").find("it has a twice"), std::string::npos);
}

TEST(Lock, AnythingElseIsRefused) {
  const auto told = [](const std::string& text) { return faultOf(parseLock(text, "chasi.lock")); };
  EXPECT_NE(told("").find("it is no JSON"), std::string::npos);
  EXPECT_NE(told("[]").find("does not say its format"), std::string::npos);
  EXPECT_NE(told(R"({"lock": "1", "packages": []})").find("does not say its format"), std::string::npos);
  EXPECT_NE(told(R"({"lock": 1})").find("no list of packages"), std::string::npos);
  EXPECT_NE(told(R"({"lock": 1, "packages": [3]})").find("a package is an object"), std::string::npos);
  EXPECT_NE(told(R"({"lock": 1, "packages": [{"name": "a.b", "version": "1.0.0", "digest": ")" + kDigest + R"(", "needs": {"a.c": "x"}}]})").find("which is no package with a version"), std::string::npos);
  EXPECT_NE(told(R"({"lock": 1, "packages": [{"name": "a.b", "version": "1.0.0", "digest": ")" + kDigest + R"(", "needs": []}]})").find("is no object"), std::string::npos);
}

/// Packages that exist only here.
class Shelf : public Catalog {
public:
  std::map<std::string, std::map<std::string, std::map<std::string, std::string>>> packages; ///< name, version, needs
  int asked = 0;

  llvm::Expected<std::vector<Version>> versions(const std::string& name, const std::string&) override {
    ++asked;
    std::vector<Version> out;
    for (const auto& [version, needs] : packages[name]) out.push_back(*Version::parse(version));
    return out;
  }
  llvm::Expected<std::map<std::string, Need>> needs(const std::string& name, const Version& version, const std::string&) override {
    std::map<std::string, Need> out;
    for (const auto& [needed, least] : packages[name][version.str()]) out[needed] = {*Requirement::parse(least), ""};
    return out;
  }
  std::string sourceFor(const std::string&, const std::string& askerSource, const std::string&) override { return askerSource; }
};

Manifest requiring(const std::vector<std::pair<std::string, std::string>>& list) {
  Manifest out;
  for (const auto& [name, least] : list) out.requires_.push_back({name, *Requirement::parse(least), "shelf", {}, {}, {}});
  return out;
}

std::string selected(const Manifest& manifest, Catalog& catalog, const Lock& lock = {}) {
  auto result = select(manifest, lock, catalog);
  if (!result) return llvm::toString(result.takeError());
  std::string out;
  for (const Selected& s : *result) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", s.name, s.version.str());
  return out;
}

TEST(Select, TheLowestThatMeetsEverybody) {
  Shelf shelf;
  shelf.packages["x.a"] = {{"1.0.0", {{"x.c", "1.1"}}}, {"1.1.0", {{"x.c", "1.3"}}}};
  shelf.packages["x.b"] = {{"1.0.0", {{"x.c", "1.2"}}}};
  shelf.packages["x.c"] = {{"1.0.0", {}}, {"1.1.0", {}}, {"1.2.0", {}}, {"1.2.5", {}}, {"1.3.0", {}}, {"2.0.0", {}}};
  EXPECT_EQ(selected(requiring({{"x.a", "1.0"}}), shelf), "x.a 1.0.0, x.c 1.1.0");
  EXPECT_EQ(selected(requiring({{"x.a", "1.0"}, {"x.b", "1.0"}}), shelf), "x.a 1.0.0, x.b 1.0.0, x.c 1.2.0");
  EXPECT_EQ(selected(requiring({{"x.c", "1.2.1"}, {"x.a", "1.0"}}), shelf), "x.a 1.0.0, x.c 1.2.5");
  EXPECT_EQ(selected(requiring({{"x.b", "1.0"}, {"x.a", "1.1"}}), shelf), "x.a 1.1.0, x.b 1.0.0, x.c 1.3.0");
}

TEST(Select, OrderDoesNotMatterAndCirclesEnd) {
  Shelf shelf;
  shelf.packages["x.a"] = {{"1.0.0", {{"x.b", "1.1"}}}, {"1.2.0", {{"x.b", "1.1"}, {"x.d", "1.0"}}}};
  shelf.packages["x.b"] = {{"1.0.0", {}}, {"1.1.0", {{"x.a", "1.2"}}}};
  shelf.packages["x.d"] = {{"1.0.0", {}}};
  EXPECT_EQ(selected(requiring({{"x.a", "1.0"}, {"x.b", "1.0"}}), shelf), "x.a 1.2.0, x.b 1.1.0, x.d 1.0.0");
  EXPECT_EQ(selected(requiring({{"x.b", "1.0"}, {"x.a", "1.0"}}), shelf), "x.a 1.2.0, x.b 1.1.0, x.d 1.0.0");
}

TEST(Select, WhatAPassedVersionAskedForGoes) {
  Shelf shelf;
  shelf.packages["x.a"] = {{"1.0.0", {{"x.gone", "1.0"}}}, {"1.1.0", {}}};
  shelf.packages["x.b"] = {{"1.0.0", {{"x.a", "1.1"}}}};
  shelf.packages["x.gone"] = {{"1.0.0", {}}};
  EXPECT_EQ(selected(requiring({{"x.a", "1.0"}, {"x.b", "1.0"}}), shelf), "x.a 1.1.0, x.b 1.0.0");
}

TEST(Select, ALockedVersionStaysWhileItMeetsEverybody) {
  Shelf shelf;
  shelf.packages["x.a"] = {{"1.0.0", {}}, {"1.1.0", {}}, {"1.2.0", {}}};
  const Lock lock{{{"x.a", {1, 1, 0, ""}, kDigest, "shelf", {}}}};
  EXPECT_EQ(selected(requiring({{"x.a", "1.0"}}), shelf, lock), "x.a 1.1.0");
  EXPECT_EQ(shelf.asked, 0) << "a source was asked although the lock knows";
  EXPECT_EQ(selected(requiring({{"x.a", "1.2"}}), shelf, lock), "x.a 1.2.0");
  const Lock elsewhere{{{"x.a", {1, 1, 0, ""}, kDigest, "another", {}}}};
  EXPECT_EQ(selected(requiring({{"x.a", "1.0"}}), shelf, elsewhere), "x.a 1.0.0");
}

TEST(Select, ConflictsNameBothChains) {
  Shelf shelf;
  shelf.packages["x.a"] = {{"1.0.0", {{"x.m", "1.0"}}}};
  shelf.packages["x.m"] = {{"1.0.0", {{"x.c", "2.0"}}}};
  shelf.packages["x.b"] = {{"1.0.0", {{"x.c", "1.2"}}}};
  shelf.packages["x.c"] = {{"1.2.0", {}}, {"2.0.0", {}}};
  auto result = select(requiring({{"x.a", "1.0"}, {"x.b", "1.0"}}), {}, shelf);
  ASSERT_FALSE(bool(result));
  llvm::handleAllErrors(result.takeError(), [](const WorkspaceError& e) {
    EXPECT_EQ(e.code, source::Code::VersionConflict);
    EXPECT_EQ(e.message, "no version of x.c meets everybody who requires it");
    EXPECT_EQ(e.notes, (std::vector<std::string>{"this workspace -> x.b 1.0.0 requires x.c 1.2.0 (at least 1.2.0, below 2.0.0)",
                                                 "this workspace -> x.a 1.0.0 -> x.m 1.0.0 requires x.c 2.0.0 (at least 2.0.0, below 3.0.0)"}));
  });
  EXPECT_EQ(selected(requiring({{"x.c", "1.3"}}), shelf), "CH8027: shelf has no version of x.c that is at least 1.3.0, below 2.0.0 (it has 1.2.0, 2.0.0)");
}

class ContentTest : public testing::Test {
protected:
  fs::path base = fs::path(testing::TempDir()) / ("chasi_content_" + std::to_string(::getpid()));
  void SetUp() override { fs::create_directories(base); }
  void TearDown() override { fs::remove_all(base); }
  void write(const std::string& name, const std::string& text) {
    fs::create_directories((base / name).parent_path());
    std::ofstream(base / name) << text;
  }
};

TEST_F(ContentTest, DigestIsThatOfSha256sum) {
  // printf 'a' | sha256sum, then the two lines through sha256sum again.
  EXPECT_EQ(digestOf({{"b/c", "a"}, {"a", "a"}}), "sha256:6ecfb0a1fac27c0d3e5ddce53219bca32a166e706e80e4f88f802dc62be4f45f");
  EXPECT_EQ(digestOf({}), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_F(ContentTest, LeavesOutWhatBelongsToWhoeverWorksOnIt) {
  write("p/workspace.chasi", "1");
  write("p/a/b.chasi", "2");
  write("p/.git/config", "3");
  write("p/a/.cache", "4");
  write("p/vendor/x.y/z.chasi", "5");
  write("p/chasi.lock", "6");
  write("p/a/vendor/kept.chasi", "7");
  auto content = readContent((base / "p").string());
  ASSERT_TRUE(bool(content)) << llvm::toString(content.takeError());
  EXPECT_EQ(*content, (Content{{"a/b.chasi", "2"}, {"a/vendor/kept.chasi", "7"}, {"workspace.chasi", "1"}}));
  fs::create_symlink("/", base / "p/link");
  EXPECT_NE(faultOf(readContent((base / "p").string())).find("link: packages hold files and folders, and this is neither"), std::string::npos);
}

TEST_F(ContentTest, WritingMakesTheFolderHoldExactlyThat) {
  write("v/old/x.chasi", "x");
  write("v/a", "a file where a folder must be");
  write("v/same", "same");
  const auto stamp = fs::last_write_time(base / "v/same");
  const Content content = {{"a/b.chasi", "1"}, {"same", "same"}, {"c", "2"}};
  llvm::Error error = writeContent((base / "v").string(), content);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  auto again = readContent((base / "v").string());
  ASSERT_TRUE(bool(again)) << llvm::toString(again.takeError());
  EXPECT_EQ(*again, content);
  EXPECT_FALSE(fs::exists(base / "v/old"));
  EXPECT_EQ(fs::last_write_time(base / "v/same"), stamp);
}

TEST_F(ContentTest, PathsStayInside) {
  for (const char* good : {"a", "a/b.chasi", "a b/ü"}) EXPECT_TRUE(isContentPath(good)) << good;
  for (const char* bad : {"", "/a", "a/", "a//b", "../a", "a/../b", ".git/x", "a/.hidden"}) EXPECT_FALSE(isContentPath(bad)) << bad;
}

TEST_F(ContentTest, ModulesOfAWorkspaceAndWaysBetweenFolders) {
  for (const char* file : {"w/workspace.chasi", "w/a.chasi", "w/lib/l.chasi", "w/lib/deep/d.chasi", "w/env/prod.chasi", "w/vendor/x.y/v.chasi", "w/other/workspace.chasi", "w/other/o.chasi", "w/.h/h.chasi", "w/empty/x.txt"}) write(file, "");
  std::vector<std::string> found;
  for (const std::string& folder : moduleFolders((base / "w").string())) found.push_back(relativePath(base.string(), folder));
  EXPECT_EQ(found, (std::vector<std::string>{"w", "w/lib", "w/lib/deep"}));
  auto root = findRoot((base / "w/lib/deep/d.chasi").string());
  ASSERT_TRUE(bool(root));
  EXPECT_EQ(*root, (base / "w").string());
  EXPECT_EQ(relativePath("/a/b", "/a/b"), ".");
  EXPECT_EQ(relativePath("/a/b", "/a/bc"), "../bc");
  EXPECT_EQ(relativePath("/a/b/c", "/x"), "../../../x");
  EXPECT_EQ(relativePath("/", "/x/y"), "x/y");
}

} // namespace
} // namespace chasi::package
