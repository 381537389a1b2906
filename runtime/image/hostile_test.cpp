// Layouts that somebody broke, by accident or on purpose: always an answer, never a crash, never a file elsewhere.
#include "runtime/image/base.h"
#include "runtime/image/inspect.h"
#include "runtime/image/json_text.h"
#include "runtime/image/test_folder.h"

#include <random>

namespace chasi::image {
using namespace testing;
using nlohmann::json;

struct HostileLayout : ::testing::Test {
  TestFolder w;
  BuildOptions options{w.str(), w / "l.oci", {}, std::chrono::seconds(20), {}};
  BuildResult built;
  void SetUp() override {
    w.write("in/a", "1");
    w.write("in/b", std::string(5000, 'b'));
    auto d = describe(R"([{"files":[{"from":"in","to":"/"}]}])");
    d.platforms.push_back({"linux", "arm64", ""});
    built = must(build(d, options));
  }

  /// Everything that reads, and a build on top; the results do not matter, only that they come.
  void useAll() const {
    llvm::consumeError(inspect(options.layoutDir).takeError());
    llvm::consumeError(verify(options.layoutDir).takeError());
    llvm::consumeError(collectGarbage(options.layoutDir, true).takeError());
    llvm::consumeError(diff(options.layoutDir, "app:1", options.layoutDir, "app:1", {"linux", "amd64", ""}).takeError());
    auto d = describe(R"([{"files":[{"content":"x","to":"/x/y"}]}])");
    d.base = ImageSource{"l.oci", "app:1"};
    d.carry = {{"l.oci", "app:1"}};
    BuildOptions other = options;
    other.layoutDir = w / "other.oci";
    llvm::consumeError(build(d, other).takeError());
    if (fs::exists(w / "other.oci/oci-layout")) {
      for (const auto& e : fs::directory_iterator(w / "other.oci/blobs/sha256"))
        ASSERT_EQ(sha256(slurp(e.path().string())).hex().str(), e.path().filename().string());
      fs::remove_all(w / "other.oci");
    }
  }
  /// Puts a JSON blob into the layout and makes index.json point at it.
  Descriptor plant(const json& value, const char* mediaType) const {
    const std::string text = value.dump();
    Descriptor d;
    d.mediaType = mediaType;
    d.digest = sha256(text);
    d.size = text.size();
    w.write("l.oci/blobs/sha256/" + d.digest.hex().str(), text);
    d.annotations[annotation::refName] = "app:1";
    w.write("l.oci/index.json", json{{"schemaVersion", 2}, {"manifests", {toJson(d)}}}.dump());
    return d;
  }
};

TEST_F(HostileLayout, DigestsAreNeverPaths) {
  json index = json::parse(slurp(w / "l.oci/index.json"));
  w.write("victim", "x");
  for (const char* digest : {"sha256:../../../victim", "../victim", "sha256:", "", "sha256:\xff", "sha1:aa"}) {
    index["manifests"][0]["digest"] = digest;
    w.write("l.oci/index.json", canonical(index));
    EXPECT_TRUE(has(failure(inspect(options.layoutDir)), "is not a digest")) << digest;
    EXPECT_EQ(must(verify(options.layoutDir)).problems.size(), 1u);
    useAll();
  }
  EXPECT_EQ(slurp(w / "victim"), "x");
}

TEST_F(HostileLayout, WrongShapesAreNamed) {
  const json good = json::parse(slurp(w / "l.oci/index.json"));
  const auto with = [&](const char* pointer, const json& value) {
    json bad = good;
    bad[json::json_pointer(pointer)] = value;
    w.write("l.oci/index.json", bad.dump());
    useAll();
    return failure(inspect(options.layoutDir));
  };
  EXPECT_TRUE(has(with("/manifests", 1), "a list \"manifests\" is missing"));
  EXPECT_TRUE(has(with("/manifests/0", "x"), "a descriptor is expected"));
  EXPECT_TRUE(has(with("/manifests/0/size", -1), "\"size\" is not a number of bytes"));
  EXPECT_TRUE(has(with("/manifests/0/size", 1e300), "\"size\" is not a number of bytes"));
  EXPECT_TRUE(has(with("/manifests/0/size", 18446744073709551615ULL), "\"size\" is not a number of bytes"));
  EXPECT_TRUE(has(with("/manifests/0/size", 1ULL << 62), "more than"));
  EXPECT_TRUE(has(with("/manifests/0/annotations", {{"a", 1}}), "texts as annotations"));
  EXPECT_TRUE(has(with("/manifests/0/platform", 1), "descriptor needs"));
  EXPECT_TRUE(has(with("/schemaVersion", 1), "schemaVersion"));
  w.write("l.oci/index.json", std::string(1'000'000, '['));
  EXPECT_TRUE(has(failure(inspect(options.layoutDir)), "nested deeper"));
  w.write("l.oci/index.json", "");
  EXPECT_TRUE(has(failure(inspect(options.layoutDir)), "not valid JSON"));
  w.write("l.oci/oci-layout", R"({"imageLayoutVersion":"2.0"})");
  EXPECT_TRUE(has(failure(inspect(options.layoutDir)), "imageLayoutVersion"));
}

TEST_F(HostileLayout, IndexesThatNestForEverAndManifestsWithoutSense) {
  Descriptor d = built.image;
  for (int i = 0; i < 30; ++i) d = plant({{"schemaVersion", 2}, {"manifests", {toJson(d)}}}, media::index);
  EXPECT_TRUE(has(failure(inspect(options.layoutDir)), "nested"));
  EXPECT_TRUE(has(must(verify(options.layoutDir)).problems.at(0).text, "nested deeper"));
  useAll();
  for (const json& value : {json::array(), json("x"), json{{"config", 1}, {"layers", 1}}, json{{"config", toJson(built.image)}, {"layers", {1}}},
                            json{{"config", toJson(built.platforms[0].config)}, {"layers", json::array()}}}) {
    plant(value, media::manifest);
    EXPECT_NE(failure(inspect(options.layoutDir)), "") << value;
    EXPECT_FALSE(must(verify(options.layoutDir)).problems.empty());
    useAll();
  }
}

TEST_F(HostileLayout, VerifyReportsEverything) {
  fs::remove(blobPath(options.layoutDir, built.platforms[0].config.digest));
  const std::string layer = blobPath(options.layoutDir, built.platforms[0].layers[0].descriptor.digest);
  std::ofstream(layer, std::ios::app) << "x";
  std::string text;
  for (const Problem& p : must(verify(options.layoutDir)).problems) text += p.text + "\n";
  EXPECT_TRUE(has(text, "No such file") && has(text, "bytes, but its descriptor says") && has(text, "the content has the digest")) << text;
}

TEST_F(HostileLayout, LayersAreComparedWithTheConfig) {
  json config = must(readJsonBlob(options.layoutDir, built.platforms[0].config, maxConfigSize));
  config["rootfs"]["diff_ids"][0] = sha256("other").str();
  const Descriptor planted = plant(config, media::config);
  json manifest = must(readJsonBlob(options.layoutDir, built.platforms[0].manifest, maxConfigSize));
  Descriptor plain = planted;
  plain.annotations.clear();
  manifest["config"] = toJson(plain);
  plant(manifest, media::manifest);
  const auto problems = must(verify(options.layoutDir)).problems;
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_TRUE(has(problems[0].text, "the archive inside has the digest"));
}

TEST_F(HostileLayout, ArchivesCannotEscape) {
  if (!installed("python3")) GTEST_SKIP() << "python3 writes the archive; it is not installed";
  w.write("evil.py", "import tarfile,io,sys\nt=tarfile.open(sys.argv[1],'w')\nfor n in sys.argv[2:]:\n i=tarfile.TarInfo(n); i.size=1; t.addfile(i,io.BytesIO(b'x'))\nt.close()\n");
  for (const char* name : {"../../victim", "a/../../b"}) {
    const std::string made = w / "evil.tar";
    ASSERT_EQ(run("python3 " + (w / "evil.py") + " " + made + " " + name).status, 0);
    const Digest digest = sha256(slurp(made));
    fs::rename(made, blobPath(options.layoutDir, digest));
    Descriptor d;
    d.digest = digest;
    EXPECT_TRUE(has(failure(readTree(options.layoutDir, {d}, true)), "goes up with")) << name;
  }
}

TEST_F(HostileLayout, RandomDamageNeverCrashes) {
  std::mt19937 random(20240501);
  std::map<std::string, std::string> files;
  for (const auto& e : fs::recursive_directory_iterator(options.layoutDir))
    if (e.is_regular_file() && e.path().filename() != "lock") files[e.path().string()] = slurp(e.path().string());
  for (int round = 0; round < 400; ++round) {
    auto it = files.begin();
    std::advance(it, static_cast<long>(random() % files.size()));
    std::string bad = it->second;
    switch (random() % 4) {
    case 0: bad.resize(random() % (bad.size() + 1)); break;
    case 1: bad[random() % bad.size()] = static_cast<char>(random()); break;
    case 2: bad.insert(random() % bad.size(), std::string(1 + random() % 50, "[{\"9,:}]"[random() % 8])); break;
    default: bad.erase(random() % bad.size(), 1 + random() % 9); break;
    }
    std::ofstream(it->first, std::ios::binary | std::ios::trunc) << bad;
    useAll();
    std::ofstream(it->first, std::ios::binary | std::ios::trunc) << it->second;
  }
  const std::string manifest = files[blobPath(options.layoutDir, built.platforms[0].manifest.digest)];
  for (int round = 0; round < 300; ++round) { // broken manifests under right digests get further into the readers
    std::string text = manifest;
    text[random() % text.size()] = "0\"{}[],:xn-"[random() % 11];
    const json value = json::parse(text, nullptr, false);
    if (!value.is_discarded()) plant(value, media::manifest);
    useAll();
  }
}

TEST_F(HostileLayout, AReferenceThatIsNotThereIsTold) {
  const std::string said = llvm::toString(findReference(options.layoutDir, "nobody:1").takeError());
  EXPECT_NE(said.find("CH7005"), std::string::npos) << said;
  EXPECT_NE(said.find("nobody:1"), std::string::npos) << said;
}

} // namespace chasi::image
