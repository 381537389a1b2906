// Killed builds, several builds at once, full disks, missing rights.
#include "runtime/image/inspect.h"
#include "runtime/image/layout_writer.h"
#include "runtime/image/test_folder.h"

#include <csignal>
#include <sys/resource.h>
#include <thread>

namespace chasi::image {
using namespace testing;

static BuildDescription large(const std::string& name) {
  auto d = describe(R"([{"files":[{"from":"in/0","to":"/a"}]},{"files":[{"from":"in/1","to":"/b"}]},{"files":[{"from":"in/2","to":"/c"}]}])");
  d.name = name;
  return d;
}

struct RobustBuild : ::testing::Test {
  TestFolder w;
  BuildOptions options{w.str(), w / "out.oci", {}, std::chrono::seconds(60), {}};
  void SetUp() override {
    for (int i = 0; i < 3; ++i) {
      std::string text;
      for (int line = 0; line < 40'000; ++line) text += fmt::format("{} {}\n", i, line * 7919);
      w.write(fmt::format("in/{}", i), text);
    }
  }
};

TEST_F(RobustBuild, KilledAtAnyMomentTheLayoutStaysValid) {
  const BuildResult entire = must(build(large("app"), options));
  std::error_code ignored;
  int interrupted = 0;
  for (int round = 0; round < 25; ++round) {
    if (round % 5 == 0) fs::remove_all(options.layoutDir, ignored);
    const pid_t pid = ::fork();
    if (pid == 0) {
      auto done = build(large("app"), options);
      ::_exit(done ? 0 : 1);
    }
    ::usleep(static_cast<useconds_t>(1000 + round * 2500));
    ::kill(pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
    interrupted += WIFSIGNALED(status);
    if (!fs::exists(w / "out.oci/oci-layout")) continue; // not a layout yet: nothing that could be broken
    const Verification v = must(verify(options.layoutDir));
    ASSERT_TRUE(v.problems.empty()) << v.problems[0].path << ": " << v.problems[0].text;
    for (const auto& e : fs::directory_iterator(w / "out.oci/blobs/sha256"))
      ASSERT_EQ(sha256(slurp(e.path().string())).hex().str(), e.path().filename().string());
  }
  EXPECT_GT(interrupted, 3);
  EXPECT_EQ(must(build(large("app"), options)).image.digest, entire.image.digest);
  EXPECT_TRUE(must(verify(options.layoutDir)).problems.empty());
  for (const auto& e : fs::directory_iterator(privateFolder(options.layoutDir))) EXPECT_EQ(e.path().filename(), "lock");
}

TEST_F(RobustBuild, BuildsIntoOneLayoutTakeTurns) {
  std::vector<std::thread> threads;
  std::vector<std::string> errors(6);
  for (size_t i = 0; i < errors.size(); ++i)
    threads.emplace_back([&, i] { errors[i] = failure(build(large(fmt::format("app{}", i % 4)), options)); });
  std::vector<pid_t> children;
  for (std::thread& t : threads) t.join();
  for (int i = 0; i < 4; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(build(large(fmt::format("other{}", i)), options) ? 0 : 1);
    children.push_back(pid);
  }
  for (const pid_t pid : children) {
    int status = 1;
    ::waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
  }
  for (const std::string& e : errors) EXPECT_EQ(e, "");
  EXPECT_EQ(must(inspect(options.layoutDir)).size(), 8u);
  EXPECT_TRUE(must(verify(options.layoutDir)).problems.empty());
}

TEST_F(RobustBuild, ALayoutThatStaysLockedIsReported) {
  const LayoutLock lock = must(LayoutLock::take(options.layoutDir, std::chrono::seconds(1)));
  options.lockPatience = std::chrono::milliseconds(50);
  int waited = 0;
  options.event = [&](const Event& e) { waited += e.kind == Event::Kind::Waiting; };
  EXPECT_TRUE(has(failure(build(large("app"), options)), "CH7007"));
  EXPECT_EQ(waited, 1);
}

/// A limit on the size of files stands in for a full disk: the write that crosses it fails half-way.
TEST_F(RobustBuild, AFullDiskLeavesNothingHalfWritten) {
  const std::string text = inChild([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{120'000, 120'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    return failure(build(large("app"), options));
  });
  EXPECT_TRUE(has(text, "CH7006") && has(text, "cannot write")) << text;
  EXPECT_TRUE(fs::is_empty(w / "out.oci/blobs/sha256"));
  for (const auto& e : fs::directory_iterator(privateFolder(options.layoutDir))) EXPECT_EQ(e.path().filename(), "lock");
  EXPECT_TRUE(must(verify(options.layoutDir)).problems.empty());
  must(build(large("app"), options));
}

TEST_F(RobustBuild, MissingRightsAreNamed) {
  fs::permissions(w.str(), fs::perms(0755));
  fs::create_directory(w / "mine");
  const auto asNobody = [&](const std::function<std::string()>& work) {
    return inChild([&]() -> std::string {
      if (::getuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return "cannot become nobody";
      return work();
    });
  };
  fs::permissions(w / "mine", fs::perms(0555));
  options.layoutDir = w / "mine/out.oci";
  std::string text = asNobody([&] { return failure(build(large("app"), options)); });
  EXPECT_TRUE(has(text, "CH7006") && has(text, "mine/out.oci") && has(text, "Permission denied")) << text;
  fs::permissions(w / "in/1", fs::perms(0));
  options.layoutDir = w / "mine/other";
  text = asNobody([&] { return failure(computeDigest(large("app"), options)); });
  EXPECT_TRUE(has(text, "CH7002") && has(text, "in/1: Permission denied")) << text;
}

TEST_F(RobustBuild, AFolderWithOtherThingsIsNotTouched) {
  w.write("out.oci/diary.txt", "dear");
  EXPECT_TRUE(has(failure(build(large("app"), options)), "neither empty nor an OCI image layout"));
  EXPECT_EQ(picture(options.layoutDir).size(), 2u);
  options.layoutDir = w / "in/0";
  EXPECT_TRUE(has(failure(build(large("app"), options)), "CH7006"));
}

TEST_F(RobustBuild, GarbageGoesOnlyWhenAsked) {
  const BuildResult first = must(build(large("app"), options));
  w.write("in/1", "changed");
  const BuildResult second = must(build(large("app"), options));
  EXPECT_EQ(must(verify(options.layoutDir)).unreferenced.size(), 3u);
  EXPECT_EQ(must(collectGarbage(options.layoutDir, true)).files.size(), 3u);
  EXPECT_TRUE(fs::exists(blobPath(options.layoutDir, first.image.digest)));
  EXPECT_EQ(must(collectGarbage(options.layoutDir, false)).files.size(), 3u);
  EXPECT_FALSE(fs::exists(blobPath(options.layoutDir, first.image.digest)));
  EXPECT_TRUE(must(verify(options.layoutDir)).problems.empty());
  std::ofstream(blobPath(options.layoutDir, second.image.digest), std::ios::app) << " ";
  EXPECT_TRUE(has(failure(collectGarbage(options.layoutDir, false)), "CH7004"));
  EXPECT_TRUE(has(failure(collectGarbage(w / "nowhere", false)), "not an OCI image layout"));
  EXPECT_FALSE(fs::exists(w / "nowhere"));
}

} // namespace chasi::image
