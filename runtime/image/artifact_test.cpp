#include "runtime/image/artifact.h"

#include "runtime/image/inspect.h"
#include "runtime/image/test_folder.h"

#include <nlohmann/json.hpp>

namespace chasi::image {
using namespace testing;

static Artifact sample() { return {"application/vnd.example.v1", "application/vnd.example.v1.tar", {{"org.opencontainers.image.version", "1.0.0"}}, {{"a.txt", "one\n"}, {"b/c.txt", ""}, {"b/" + std::string(200, 'x'), "long"}}}; }

TEST(Artifact, IsReadAsItWasWrittenAndTheSameEverywhere) {
  TestFolder w;
  const Descriptor first = must(writeArtifact(w / "one", "x:1", sample()));
  const Descriptor second = must(writeArtifact(w / "two", "x:1", sample()));
  EXPECT_EQ(first.digest, second.digest);
  EXPECT_EQ(first.artifactType, "application/vnd.example.v1");
  const Artifact read = must(readArtifact(w / "one", "x:1", "application/vnd.example.v1"));
  EXPECT_EQ(read.files, sample().files);
  EXPECT_EQ(read.annotations, sample().annotations);
  EXPECT_EQ(read.layerType, sample().layerType);
  EXPECT_EQ(must(artifactNames(w / "one", "application/vnd.example.v1")), std::vector<std::string>{"x:1"});
  EXPECT_TRUE(must(artifactNames(w / "one", "application/vnd.other.v1")).empty());
}

TEST(Artifact, LivesBesideImagesAndIsVerifiedWithThem) {
  TestFolder w;
  must(writeArtifact(w / "l", "x:1", sample()));
  EXPECT_TRUE(must(verify(w / "l")).problems.empty());
  const auto shown = must(inspect(w / "l"));
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_TRUE(shown[0].images.empty());
}

TEST(Artifact, WhatIsNotOneOrIsDamagedIsRefused) {
  TestFolder w;
  const Descriptor d = must(writeArtifact(w / "l", "x:1", sample()));
  EXPECT_NE(failure(readArtifact(w / "l", "x:1", "application/vnd.other.v1")).find("is application/vnd.example.v1, not application/vnd.other.v1"), std::string::npos);
  EXPECT_NE(failure(readArtifact(w / "l", "x:2", "application/vnd.example.v1")).find("x:2"), std::string::npos);
  ArtifactLimits few;
  few.files = 2;
  EXPECT_NE(failure(readArtifact(w / "l", "x:1", "application/vnd.example.v1", few)).find("more than 2 files"), std::string::npos);
  const auto manifest = must(readJsonBlob(w / "l", d, maxManifestSize));
  const Descriptor layer = must(parseDescriptor(manifest["layers"][0], "test"));
  std::string bytes = slurp(blobPath(w / "l", layer.digest));
  bytes[0] ^= 1;
  w.write("l/blobs/sha256/" + layer.digest.hex().str(), bytes);
  EXPECT_NE(failure(readArtifact(w / "l", "x:1", "application/vnd.example.v1")).find("does not have the recorded size and digest"), std::string::npos);
}

} // namespace chasi::image
