#include "runtime/image/inspect.h"
#include "runtime/image/test_folder.h"

#include <thread>

namespace chasi::image {
using namespace testing;
using nlohmann::json;

/// Long enough for file times to count as settled.
static void settle() { std::this_thread::sleep_for(std::chrono::milliseconds(60)); }

struct ImageBuild : ::testing::Test {
  TestFolder w;
  BuildOptions options{w.str(), w / "out.oci", {}, std::chrono::seconds(20), {}};
  void SetUp() override {
    w.write("in/etc/app.conf", "port = 80\n");
    w.write("in/bin/app", "#!/bin/sh\n", 0755);
  }
  BuildDescription simple() const { return describe(R"([{"files":[{"from":"in","to":"/"}]},{"files":[{"content":"hi\n","to":"/etc/motd"}]}])",
                                                    R"(,"config":{"entrypoint":["/bin/app"],"env":{"A":"1"}})"); }
  json blob(const Descriptor& d) const { return must(readJsonBlob(options.layoutDir, d, maxConfigSize)); }
};

TEST_F(ImageBuild, WritesAWholeLayout) {
  const BuildResult r = must(build(simple(), options));
  EXPECT_TRUE(r.changed);
  EXPECT_EQ(r.blobsWritten, 4u);
  const json manifest = blob(r.image);
  EXPECT_EQ(manifest["layers"].size(), 2u);
  const json config = blob(r.platforms[0].config);
  EXPECT_EQ(config["rootfs"]["diff_ids"][0], r.platforms[0].layers[0].diffId.str());
  EXPECT_EQ(config["history"].size(), 2u);
  EXPECT_EQ(config["created"], "1970-01-01T00:00:00Z");
  EXPECT_EQ(config["config"]["Env"], json({"A=1"}));
  const Verification v = must(verify(options.layoutDir));
  EXPECT_TRUE(v.problems.empty()) << v.problems[0].text;
  EXPECT_EQ(v.blobs, 4u);
  EXPECT_TRUE(v.unreferenced.empty());
}

TEST_F(ImageBuild, UnchangedWritesNothing) {
  for (const bool cached : {true, false}) {
    options.layoutDir = w / (cached ? "a.oci" : "b.oci");
    options.cacheDir = cached ? w / "cache" : "";
    settle();
    const BuildResult first = must(build(simple(), options));
    const auto before = picture(options.layoutDir);
    const auto cacheBefore = cached ? picture(options.cacheDir) : before;
    const BuildResult second = must(build(simple(), options));
    EXPECT_FALSE(second.changed);
    EXPECT_EQ(second.blobsWritten, 0u);
    EXPECT_EQ(second.image.digest, first.image.digest);
    EXPECT_EQ(picture(options.layoutDir), before);
    EXPECT_EQ(cached ? picture(options.cacheDir) : before, cacheBefore);
    const PlannedImage planned = must(computeDigest(simple(), options));
    EXPECT_TRUE(planned.upToDate);
    EXPECT_EQ(planned.image.digest, first.image.digest);
    EXPECT_EQ(picture(options.layoutDir), before);
  }
}

TEST_F(ImageBuild, TheCacheIsNeverBelievedBlindly) {
  options.cacheDir = w / "cache";
  settle();
  const BuildResult first = must(build(simple(), options));
  // Other times, same content: found by content, nothing written into the layout.
  const auto before = picture(options.layoutDir);
  fs::last_write_time(w / "in/etc/app.conf", fs::file_time_type::clock::now() - std::chrono::hours(1));
  settle();
  EXPECT_FALSE(must(build(simple(), options)).changed);
  EXPECT_EQ(picture(options.layoutDir), before);
  // Same size and modification time, other content: the change time gives it away.
  const auto time = fs::last_write_time(w / "in/etc/app.conf");
  w.write("in/etc/app.conf", "port = 81\n");
  fs::last_write_time(w / "in/etc/app.conf", time);
  const PlannedImage planned = must(computeDigest(simple(), options));
  EXPECT_FALSE(planned.upToDate);
  EXPECT_EQ(planned.inLayout, first.image.digest);
  const BuildResult second = must(build(simple(), options));
  EXPECT_EQ(second.image.digest, planned.image.digest);
  EXPECT_NE(second.image.digest, first.image.digest);
  EXPECT_EQ(second.blobsWritten, 3u); // one layer, config, manifest
  // A damaged cache is a slow build, not a wrong one.
  for (const auto& e : fs::directory_iterator(w / "cache")) std::ofstream(e.path(), std::ios::app) << "x";
  EXPECT_EQ(must(computeDigest(simple(), options)).image.digest, second.image.digest);
  // A blob that went missing is made again.
  fs::remove(blobPath(options.layoutDir, second.platforms[0].layers[0].descriptor.digest));
  EXPECT_FALSE(must(computeDigest(simple(), options)).upToDate);
  EXPECT_TRUE(must(build(simple(), options)).changed);
  EXPECT_TRUE(must(verify(options.layoutDir)).problems.empty());
}

TEST_F(ImageBuild, PlanningCreatesNothing) {
  const PlannedImage planned = must(computeDigest(simple(), options));
  EXPECT_FALSE(planned.upToDate);
  EXPECT_FALSE(fs::exists(options.layoutDir));
  EXPECT_EQ(must(build(simple(), options)).image.digest, planned.image.digest);
}

TEST_F(ImageBuild, KeepsWhatElseIsInTheLayout) {
  must(build(simple(), options));
  json index = json::parse(slurp(w / "out.oci/index.json"));
  index["manifests"][0]["annotations"]["x"] = "y";
  index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"] = "other";
  index["annotations"] = {{"kept", "yes"}};
  w.write("out.oci/index.json", index.dump());
  must(build(simple(), options));
  const json after = json::parse(slurp(w / "out.oci/index.json"));
  ASSERT_EQ(after["manifests"].size(), 2u);
  EXPECT_EQ(after["manifests"][0], index["manifests"][0]);
  EXPECT_EQ(after["annotations"]["kept"], "yes");
  EXPECT_EQ(after["manifests"][1]["annotations"]["org.opencontainers.image.ref.name"], "app:1");
}

TEST_F(ImageBuild, SeveralPlatformsShareLayers) {
  auto d = describe(R"([{"files":[{"from":"in","to":"/"}]},
    {"files":[{"content":"x86","to":"/arch"}],"platforms":["linux/amd64"]},{"files":[{"content":"arm","to":"/arch"}],"platforms":["linux/arm64"]}])");
  d.platforms = {{"linux", "amd64", ""}, {"linux", "arm64", ""}};
  const BuildResult r = must(build(d, options));
  EXPECT_EQ(r.image.mediaType, media::index);
  EXPECT_EQ(r.blobsWritten, 3u + 4u + 1u);
  EXPECT_EQ(r.platforms[0].layers[0].diffId, r.platforms[1].layers[0].diffId);
  const json index = blob(r.image);
  EXPECT_EQ(index["manifests"][1]["platform"]["architecture"], "arm64");
  const auto differences = must(diff(options.layoutDir, "app:1", options.layoutDir, "app:1", d.platforms[1]));
  EXPECT_TRUE(differences.empty());
  EXPECT_FALSE(must(build(d, options)).changed);
}

TEST_F(ImageBuild, BaseImagesAreContinued) {
  w.write("base/etc/keep", "1");
  w.write("base/etc/gone", "2");
  w.write("base/usr/bin/sh", "3", 0755);
  auto base = describe(R"([{"files":[{"from":"base","to":"/"},{"link":"usr/bin","to":"/bin"},{"folder":true,"to":"/root","mode":"0700"}]}])",
                       R"(,"config":{"entrypoint":["/bin/sh"],"cmd":["-l"],"env":{"PATH":"/bin","B":"0"},"labels":{"from":"base"}})");
  base.name = "base";
  BuildOptions baseOptions = options;
  baseOptions.layoutDir = w / "base.oci";
  must(build(base, baseOptions));
  auto d = describe(R"([{"remove":["/etc/gone"],"files":[{"from":"in/bin/app","to":"/bin/"},{"content":"x","to":"/root/.rc"}]}])",
                    R"(,"config":{"entrypoint":["/bin/app"],"env":{"B":"1","A":"2"}})");
  d.base = ImageSource{"base.oci", "base:1"};
  options.cacheDir = w / "cache";
  const BuildResult r = must(build(d, options));
  const json config = blob(r.platforms[0].config);
  EXPECT_EQ(config["config"]["Env"], json({"B=1", "PATH=/bin", "A=2"}));
  EXPECT_FALSE(config["config"].contains("Cmd"));
  EXPECT_EQ(config["config"]["Labels"]["from"], "base");
  EXPECT_EQ(config["rootfs"]["diff_ids"].size(), 2u);
  EXPECT_EQ(config["history"].size(), 2u);
  std::string text;
  for (const Difference& x : must(diff(w / "base.oci", "base:1", options.layoutDir, "app:1", {"linux", "amd64", ""})))
    text += fmt::format("{}{} ({})\n", "+-~"[static_cast<int>(x.kind)], x.path, x.text);
  EXPECT_EQ(text, "-/etc/gone (file)\n+/root/.rc (file)\n+/usr/bin/app (file)\n"); // /bin stays a link, /root stays 0700
  EXPECT_FALSE(must(build(d, options)).changed);
  d.base->ref = "nope";
  EXPECT_TRUE(has(failure(build(d, options)), "it has: base:1"));
  d.base->ref = "base:1";
  d.platforms[0].architecture = "s390x";
  EXPECT_TRUE(has(failure(build(d, options)), "not for linux/s390x"));
}

TEST_F(ImageBuild, CarriedImagesTravelInside) {
  auto carried = simple();
  carried.name = "nginx";
  carried.platforms.push_back({"linux", "arm64", ""});
  BuildOptions from = options;
  from.layoutDir = w / "images.oci";
  const BuildResult inner = must(build(carried, from));
  auto d = describe(R"([{"files":[{"content":"x","to":"/m"}]}])", R"(,"launch":["run me"],"annotations":{"k":"v"})");
  d.carry = {{"images.oci", "nginx:1"}};
  const BuildResult r = must(build(d, options));
  EXPECT_TRUE(must(verify(options.layoutDir)).problems.empty());
  const auto info = must(inspect(options.layoutDir, "app:1"));
  ASSERT_EQ(info.size(), 1u);
  ASSERT_EQ(info[0].images.size(), 1u);
  ASSERT_EQ(info[0].carried.size(), 1u);
  EXPECT_EQ(info[0].carried[0].ref, "nginx:1");
  EXPECT_EQ(info[0].carried[0].image.digest, inner.image.digest);
  EXPECT_EQ(info[0].carried[0].platforms.size(), 2u);
  EXPECT_EQ(info[0].launch, std::vector<std::string>{"run me"});
  EXPECT_EQ(info[0].annotations.at("k"), "v");
  EXPECT_TRUE(has(toText(info), "carries   nginx:1"));
  EXPECT_EQ(toJson(info)["references"][0]["carried"][0]["digest"], inner.image.digest.str());
  EXPECT_FALSE(must(build(d, options)).changed);
  fs::remove(blobPath(options.layoutDir, inner.platforms[1].config.digest));
  EXPECT_FALSE(must(computeDigest(d, options)).upToDate);
  EXPECT_EQ(must(build(d, options)).image.digest, r.image.digest);
  std::ofstream(blobPath(from.layoutDir, inner.platforms[0].config.digest), std::ios::app) << "x";
  EXPECT_TRUE(must(build(d, options)).changed == false);
  options.layoutDir = w / "new.oci";
  EXPECT_TRUE(has(failure(build(d, options)), "CH7004"));
}

} // namespace chasi::image
