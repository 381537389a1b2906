#include "runtime/image/test_folder.h"

namespace chasi::image {
using namespace testing;

static const char* whole = R"({
  "name": "registry.acme.io/edge", "tag": "1.33.1",
  "base": {"layout": "base.oci", "ref": "kubernetes:1.33"},
  "platforms": ["linux/amd64", "linux/arm64/v8"],
  "layers": [{"files": [{"from": "manifests", "to": "/manifests", "exclude": ["*.tmp"]},
                        {"content": "hello\n", "to": "/etc/motd", "mode": "0600"},
                        {"folder": true, "to": "/data", "mode": "1777"},
                        {"link": "../x", "to": "/bin/x"}],
              "remove": ["/old"], "platforms": ["linux/amd64"]}],
  "config": {"entrypoint": ["/bin/x"], "cmd": ["a"], "env": {"A": "1=2"}, "labels": {"l": "v"}, "workdir": "/w", "user": "10:10",
             "exposedPorts": ["8080/tcp"], "volumes": ["/data"]},
  "annotations": {"org.opencontainers.image.licenses": "Apache-2.0"},
  "carry": [{"layout": "images.oci", "ref": "nginx:1.27"}],
  "launch": ["chasic apply /manifests"], "compression": "zstd", "created": 1700000000})";

TEST(Description, JsonFormGoesThereAndBack) {
  const BuildDescription d = must(parseDescription(whole));
  EXPECT_EQ(d.reference(), "registry.acme.io/edge:1.33.1");
  EXPECT_EQ(d.layers[0].files[2].mode, 01777u);
  EXPECT_EQ(d.platforms[1].variant, "v8");
  const std::string text = toJson(d);
  EXPECT_EQ(toJson(must(parseDescription(text))), text);
  EXPECT_EQ(nlohmann::json::parse(text), nlohmann::json::parse(whole));
}

TEST(Description, MistakesAreNamedWithTheirPlace) {
  const auto wrong = [](const std::string& pointer, const nlohmann::json& value) {
    auto parsed = nlohmann::json::parse(whole);
    parsed[nlohmann::json::json_pointer(pointer)] = value;
    return failure(parseDescription(parsed.dump()));
  };
  EXPECT_TRUE(has(wrong("/layrs", 1), "unknown field \"layrs\""));
  EXPECT_TRUE(has(wrong("/layers/0/files/0/tp", "x"), "layers[0].files[0]: unknown field \"tp\""));
  EXPECT_TRUE(has(wrong("/layers/0/files/1/mode", 420), "layers[0].files[1].mode"));
  EXPECT_TRUE(has(wrong("/layers/0/files/1/mode", "0999"), "octal"));
  EXPECT_TRUE(has(wrong("/layers/0/files/1/to", "etc/motd"), "not an absolute path"));
  EXPECT_TRUE(has(wrong("/layers/0/files/1/from", "x"), "exactly one of"));
  EXPECT_TRUE(has(wrong("/platforms", nlohmann::json::array()), "at least one"));
  EXPECT_TRUE(has(wrong("/platforms/1", "linux/amd64"), "named twice"));
  EXPECT_TRUE(has(wrong("/platforms/0", "linux"), "platforms[0]"));
  EXPECT_TRUE(has(wrong("/name", "a b"), "cannot name an image"));
  EXPECT_TRUE(has(wrong("/name", "../x"), "cannot name an image"));
  EXPECT_TRUE(has(wrong("/base", "ubuntu"), "base"));
  EXPECT_TRUE(has(wrong("/config/env", {{"A=B", "1"}}), "cannot name a variable"));
  EXPECT_TRUE(has(wrong("/created", -1), "created"));
  EXPECT_TRUE(has(wrong("/compression", "xz"), "compression"));
  EXPECT_TRUE(has(wrong("/launch", "x"), "launch: a list is expected"));
  EXPECT_TRUE(has(failure(parseDescription("[")), "CH7001"));
  EXPECT_TRUE(has(failure(parseDescription("[]")), "an object is expected"));
  EXPECT_TRUE(has(failure(parseDescription(std::string(100'000, '['))), "nested deeper"));
}

TEST(Description, ImagesComeFromLayoutsArchivesAndRegistries) {
  const auto with = [](const nlohmann::json& base) {
    auto document = nlohmann::json::parse(whole);
    document["base"] = document["carry"][0] = base;
    return document.dump();
  };
  const std::string digest = "sha256:" + std::string(64, 'a');
  for (const nlohmann::json& good : {nlohmann::json{{"layout", "l"}, {"ref", "a:1"}}, {{"archive", "a.tar"}}, {{"archive", "a.tar"}, {"ref", "a:1"}}, {{"registry", "registry.acme.io/a:1"}, {"digest", digest}}}) {
    const std::string text = with(good);
    EXPECT_EQ(nlohmann::json::parse(toJson(must(parseDescription(text)))), nlohmann::json::parse(text));
  }
  const std::string unpinned = failure(parseDescription(with({{"registry", "registry.acme.io/a:1"}})));
  EXPECT_TRUE(has(unpinned, "registry.acme.io/a:1 is not pinned to a digest")) << unpinned;
  EXPECT_TRUE(has(failure(parseDescription(with({{"registry", "registry.acme.io/A"}, {"digest", digest}}))), "base.registry"));
  EXPECT_TRUE(has(failure(parseDescription(with({{"registry", "registry.acme.io/a"}, {"digest", "sha256:1"}}))), "base.digest"));
  EXPECT_TRUE(has(failure(parseDescription(with({{"registry", "registry.acme.io/a"}, {"digest", digest}, {"ref", "x"}}))), "unknown field \"ref\""));
  EXPECT_TRUE(has(failure(parseDescription(with({{"layout", "l"}, {"archive", "a"}, {"ref", "x"}}))), "unknown field \"layout\""));
  EXPECT_TRUE(has(failure(parseDescription(with({{"archive", ""}}))), "must not be empty"));
  EXPECT_TRUE(has(failure(parseDescription(with({{"ref", "x"}}))), "are needed"));
}

TEST(Digest, OnlyRealDigestsAreRead) {
  const std::string hex(64, 'a');
  EXPECT_EQ(must(Digest::parse("sha256:" + hex)).hex(), hex);
  for (const std::string& bad : {std::string(), std::string("sha256:"), "sha256:../../" + hex.substr(6), "sha256:" + std::string(64, 'A'), "md5:" + hex,
                                 "sha256:" + hex + "a", "sha512:" + hex, "sha256-" + hex})
    EXPECT_NE(failure(Digest::parse(bad)), "") << bad;
  EXPECT_EQ(sha256("abc").str(), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); // FIPS 180-2, B.1
}

} // namespace chasi::image
