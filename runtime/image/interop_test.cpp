// Other people's tools read what we write.
#include "runtime/image/inspect.h"
#include "runtime/image/test_folder.h"

namespace chasi::image {
using namespace testing;
using nlohmann::json;

struct Interop : ::testing::Test {
  TestFolder w;
  BuildOptions options{w.str(), w / "out.oci", {}, std::chrono::seconds(20), {}};
  void SetUp() override {
    w.write("in/etc/app.conf", "port = 80\n");
    w.write("in/bin/app", "#!/bin/sh\n", 0755);
    w.write("in/" + std::string(110, 'x') + "/ünï", std::string(300'000, 'z'));
    w.link("in/bin/sh", "/bin/busybox");
  }
};

TEST_F(Interop, SkopeoInspectsAndCopies) {
  if (!installed("skopeo")) GTEST_SKIP() << "skopeo is not installed";
  for (const char* compression : {"gzip", "zstd", "none"}) {
    auto d = describe(R"([{"files":[{"from":"in","to":"/"}]}])", std::string(R"(,"config":{"labels":{"k":"v"},"entrypoint":["/bin/app"]},"launch":["x"],"compression":")") + compression + "\"");
    d.tag = compression;
    const BuildResult r = must(build(d, options));
    const std::string image = options.layoutDir + ":app:" + compression;
    const Ran seen = run("skopeo inspect oci:" + image);
    ASSERT_EQ(seen.status, 0) << seen.output;
    const json info = json::parse(seen.output);
    EXPECT_EQ(info["Digest"], r.image.digest.str());
    EXPECT_EQ(info["Layers"], json({r.platforms[0].layers[0].descriptor.digest.str()}));
    EXPECT_EQ(info["Labels"]["k"], "v");
    const Ran copied = run("skopeo --insecure-policy copy --preserve-digests oci:" + image + " oci:" + (w / "copy.oci") + ":x");
    ASSERT_EQ(copied.status, 0) << copied.output;
    EXPECT_TRUE(must(verify(w / "copy.oci")).problems.empty());
    EXPECT_EQ(must(findReference(w / "copy.oci", "x")).digest, r.image.digest);
    // And back: an image that skopeo wrote is a base like any other.
    auto next = describe(R"([{"files":[{"content":"x","to":"/etc/motd"}]}])");
    next.name = "next";
    next.base = ImageSource{"copy.oci", "x"};
    must(build(next, options));
  }
  EXPECT_TRUE(must(verify(options.layoutDir)).problems.empty());
}

TEST_F(Interop, SkopeoFindsThePlatformBesideCarriedImages) {
  if (!installed("skopeo")) GTEST_SKIP() << "skopeo is not installed";
  auto inner = describe(R"([{"files":[{"from":"in","to":"/"}]}])");
  inner.name = "inner";
  BuildOptions from = options;
  from.layoutDir = w / "images.oci";
  must(build(inner, from));
  auto d = describe(R"([{"files":[{"content":"x","to":"/etc/motd"}]}])");
  d.platforms = {{"linux", "arm64", ""}, {"linux", "amd64", ""}};
  d.carry = {{"images.oci", "inner:1"}};
  const BuildResult r = must(build(d, options));
  for (size_t i = 0; i < 2; ++i) {
    const Ran seen = run("skopeo --override-os linux --override-arch " + d.platforms[i].architecture + " inspect --raw --config oci:" + options.layoutDir + ":app:1");
    ASSERT_EQ(seen.status, 0) << seen.output;
    EXPECT_EQ(json::parse(seen.output)["architecture"], d.platforms[i].architecture);
  }
}

TEST_F(Interop, UmociUnpacksTheSameTree) {
  if (!installed("umoci")) GTEST_SKIP() << "umoci is not installed";
  auto d = describe(R"([{"files":[{"from":"in","to":"/"},{"content":"2","to":"/old"}]},{"remove":["/old"],"files":[{"from":"in","to":"/copy"}]}])");
  d.tag = "";
  must(build(d, options));
  const Ran unpacked = run("umoci unpack --rootless --image " + options.layoutDir + ":app " + (w / "bundle"));
  ASSERT_EQ(unpacked.status, 0) << unpacked.output;
  ASSERT_EQ(run("diff -r --no-dereference " + (w / "in") + " " + (w / "bundle/rootfs/copy")).output, "");
  fs::remove_all(w / "bundle/rootfs/copy");
  EXPECT_EQ(run("diff -r --no-dereference " + (w / "in") + " " + (w / "bundle/rootfs")).output, "");
  struct stat info {};
  ASSERT_EQ(::stat((w / "bundle/rootfs/bin/app").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0755u);
  EXPECT_EQ(info.st_mtim.tv_sec, 0);
  EXPECT_EQ(run("umoci stat --image " + options.layoutDir + ":app").status, 0);
}

} // namespace chasi::image
