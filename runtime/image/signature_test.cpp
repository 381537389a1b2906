#include "runtime/image/signature.h"

#include "runtime/image/attest.h"
#include "runtime/image/inspect.h"
#include "runtime/image/sealer.h"
#include "runtime/image/test_folder.h"

namespace chasi::image {
using namespace testing;

static BuildOptions into(const TestFolder& w, const std::string& layout = "l") {
  BuildOptions options;
  options.workspaceRoot = w.str();
  options.layoutDir = w / layout;
  options.cacheDir = w / "cache";
  return options;
}
static BuildDescription attested() { return describe(R"([{"files":[{"content":"x","to":"/f"}]}])", R"(,"attest":["sbom","provenance"])"); }

TEST(Signature, KeysSignAndVerifyAndAreToldApart) {
  const KeyPair ann = must(makeKeyPair("")), bob = must(makeKeyPair("a secret"));
  const Key key = must(Key::readPrivate(ann.privatePem, "", "ann")), pub = must(Key::readPublic(ann.publicPem, "ann.pub")), other = must(Key::readPublic(bob.publicPem, "bob.pub"));
  const std::string signature = must(key.sign("text"));
  EXPECT_TRUE(pub.verifies("text", signature));
  EXPECT_FALSE(pub.verifies("texT", signature));
  EXPECT_FALSE(other.verifies("text", signature));
  EXPECT_FALSE(pub.verifies("text", ""));
  EXPECT_TRUE(has(bob.privatePem, "ENCRYPTED"));
  EXPECT_TRUE(has(failure(Key::readPrivate(bob.privatePem, "", "bob")), "no passphrase"));
  EXPECT_TRUE(has(failure(Key::readPrivate(bob.privatePem, "wrong", "bob")), "does not open it"));
  EXPECT_EQ(failure(Key::readPrivate(bob.privatePem, "a secret", "bob")), "");
  for (const std::string& nonsense : {std::string(), std::string("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), std::string(100'000, 'A')}) EXPECT_TRUE(has(failure(Key::readPublic(nonsense, "x")), "CH7201"));
}

TEST(Signature, ManifestsThatAreNoneHaveNoSignatures) {
  for (const char* text : {"", "[]", "{}", R"({"layers":{}})", R"({"layers":[1]})", R"({"layers":[{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json","digest":"sha256:x","size":1}]})"}) EXPECT_TRUE(signatureLayers(text).empty()) << text;
}

TEST(Attest, AnUnchangedBuildWritesNothingAndWhatIsLostIsMadeAgain) {
  TestFolder w;
  must(build(attested(), into(w)));
  const auto before = picture(w / "l");
  const BuildResult again = must(build(attested(), into(w)));
  EXPECT_FALSE(again.changed);
  EXPECT_EQ(before, picture(w / "l"));
  EXPECT_TRUE(must(computeDigest(attested(), into(w))).upToDate);
  const LayoutLock lock = must(LayoutLock::take(w / "l", std::chrono::seconds(1)));
  const auto all = must(referrersIn(w / "l"));
  ASSERT_EQ(all.size(), 2u);
  must(changeReferrers(lock, {}, {all[0].manifest.digest}));
  EXPECT_FALSE(must(computeDigest(attested(), into(w))).upToDate);
}

TEST(Attest, TheSameBuildSaysTheSameEverywhere) {
  TestFolder w;
  must(build(attested(), into(w, "one")));
  must(build(attested(), into(w, "two")));
  EXPECT_EQ(slurp(w / "one/index.json"), slurp(w / "two/index.json"));
}

TEST(Attest, WhatHangsOnCarriedImagesComesAlongAlsoLater) {
  TestFolder w;
  must(build(attested(), into(w, "up")));
  const BuildDescription site = describe("[]", R"(,"carry":[{"layout":")" + (w / "up") + R"(","ref":"app:1"}])");
  must(build(site, into(w)));
  EXPECT_EQ(must(referrersIn(w / "l")).size(), 2u);
  EXPECT_FALSE(must(build(site, into(w))).changed);
  const Key key = must(Key::readPrivate(must(makeKeyPair("")).privatePem, "", "key"));
  const Digest carried = must(sign(w / "up", "app:1", "app", key)).image;
  EXPECT_FALSE(must(computeDigest(site, into(w))).upToDate);
  EXPECT_TRUE(must(build(site, into(w))).changed);
  EXPECT_EQ(must(signaturesIn(w / "l", carried)).size(), 1u);
  EXPECT_TRUE(must(collectGarbage(w / "l", false)).files.empty());
}

TEST(Referrer, GarbageIsWhatHangsOnNothing) {
  TestFolder w;
  const Descriptor image = must(build(attested(), into(w))).image;
  must(build(describe(R"([{"files":[{"content":"y","to":"/f"}]}])"), into(w))); // the name moves on
  EXPECT_EQ(must(referrersIn(w / "l")).size(), 2u);
  EXPECT_FALSE(must(collectGarbage(w / "l", true)).files.empty());
  EXPECT_EQ(must(referrersIn(w / "l")).size(), 2u);
  must(collectGarbage(w / "l", false));
  EXPECT_TRUE(must(referrersIn(w / "l")).empty());
  EXPECT_TRUE(must(verify(w / "l")).problems.empty());
  EXPECT_FALSE(hasBlob(w / "l", image));
}

TEST(Sealer, WhatItSaysIsReadAndNonsenseIsNot) {
  const auto info = sealerInfo({{kSealerExtension, R"({"type":"kube-installer","applications":[{"name":"a","cmds":["x",1]},7],"launch":{"cmds":["go"]}})"}, {kSealerContainers, R"([{"image":"i","appName":"a"},"x"])"}});
  ASSERT_TRUE(info);
  EXPECT_EQ(info->apps.size(), 2u);
  EXPECT_EQ(info->apps[0].commands, std::vector<std::string>{"x"});
  EXPECT_EQ(info->launch, std::vector<std::string>{"go"});
  EXPECT_EQ(info->containers.size(), 2u);
  for (const char* text : {"", "[]", "{", "1"}) EXPECT_FALSE(sealerInfo({{kSealerExtension, text}})) << text;
  EXPECT_TRUE(has(toText(*sealerInfo({{kSealerExtension, "{\"type\":\"a\\u001b[31m\"}"}})), "a?[31m"));
}

} // namespace chasi::image
