#include "runtime/image/registry.h"
#include "runtime/image/transfer.h"

#include <gtest/gtest.h>

namespace chasi::image {
namespace {

std::string loginOf(llvm::StringRef text, const std::string& repository) {
  auto found = credentialsIn(text, "config.json", repository);
  if (!found) return plan::takeText(found.takeError()).message;
  return found->identityToken.empty() ? found->user + ":" + found->password : "token " + found->identityToken;
}

TEST(Registry, AddressesAreHostAndPath) {
  const auto right = llvm::cantFail(parseRepository("oci://registry.acme.io:5000/team/acme.platform"));
  EXPECT_EQ(right.host, "registry.acme.io:5000");
  EXPECT_EQ(right.path, "team/acme.platform");
  EXPECT_EQ(llvm::cantFail(parseRepository("oci://[::1]:5000/a")).host, "[::1]:5000");
  for (const char* wrong : {"registry.acme.io/a", "oci://", "oci://host", "oci:///a", "oci://host/A", "oci://host/a//b", "oci://host/a/", "oci://host/-a", "oci://u@host/a", "oci://host/a?b", "oci://host/../a"}) {
    auto address = parseRepository(wrong);
    ASSERT_FALSE(address) << wrong;
    EXPECT_EQ(plan::takeText(address.takeError()).code, "CH7103") << wrong;
  }
}

TEST(Transfer, AddressesOfImages) {
  const auto shown = [](const char* text) {
    auto address = parseImageAddress(text);
    return address ? address->str() : plan::takeText(address.takeError()).code;
  };
  EXPECT_EQ(shown("registry.acme.io/team/shop:1.2"), "registry.acme.io/team/shop:1.2");
  EXPECT_EQ(shown("oci://registry.acme.io:5000/shop"), "registry.acme.io:5000/shop:latest");
  EXPECT_EQ(shown("docker://localhost/shop:1"), "localhost/shop:1");
  EXPECT_EQ(shown("nginx"), "docker.io/library/nginx:latest");
  EXPECT_EQ(shown("bitnami/redis:7"), "docker.io/bitnami/redis:7");
  const std::string digest = "sha256:" + std::string(64, 'a');
  EXPECT_EQ(shown(("quay.io/a/b@" + digest).c_str()), "quay.io/a/b@" + digest);
  EXPECT_EQ(shown(("quay.io/a/b:1@" + digest).c_str()), "quay.io/a/b:1@" + digest);
  EXPECT_EQ(llvm::cantFail(parseImageAddress("quay.io/a/b:1@" + digest)).reference(), digest);
  for (const char* wrong : {"", "quay.io/", "quay.io/A", "quay.io/a:", "quay.io/a:-x", "quay.io/a@sha256:12", "quay.io/a@", "a b", "quay.io/a:1:2", "http://quay.io/a"}) EXPECT_EQ(shown(wrong), "CH7103") << wrong;
}

TEST(Registry, ChallengesAreRead) {
  const Challenge bearer = parseChallenge(R"(Bearer realm="https://auth.acme.io/token",service="a \"b\", c" , scope="repository:x:pull,push")");
  EXPECT_EQ(bearer.scheme, "bearer");
  EXPECT_EQ(bearer.get("realm"), "https://auth.acme.io/token");
  EXPECT_EQ(bearer.get("service"), R"(a "b", c)");
  EXPECT_EQ(bearer.get("scope"), "repository:x:pull,push");
  EXPECT_EQ(parseChallenge("BASIC Realm=x, charset=UTF-8").get("realm"), "x");
  EXPECT_EQ(parseChallenge("").scheme, "");
  EXPECT_EQ(parseChallenge("Bearer realm=\"open").get("realm"), "open");
}

TEST(Registry, LoginsOfOtherToolsAreFound) {
  const char* file = R"({"auths": {
    "registry.acme.io": {"auth": "YW5uOnBhOnNz"},
    "registry.acme.io/team": {"username": "bob", "password": "p"},
    "https://old.acme.io/v1/": {"auth": "YW5uOngAAA=="},
    "token.acme.io": {"identitytoken": "t"},
    "empty.acme.io": {},
    "https://index.docker.io/v1/": {"auth": "aHViOnA="},
    "broken.acme.io": {"auth": "***"}}})";
  EXPECT_EQ(loginOf(file, "registry.acme.io/other/x"), "ann:pa:ss");
  EXPECT_EQ(loginOf(file, "registry.acme.io/team/x"), "bob:p") << "the more precise entry";
  EXPECT_EQ(loginOf(file, "registry.acme.io/teams"), "ann:pa:ss") << "a beginning of a word is another word";
  EXPECT_EQ(loginOf(file, "old.acme.io/x"), "ann:x");
  EXPECT_EQ(loginOf(file, "token.acme.io/x"), "token t");
  EXPECT_EQ(loginOf(file, "docker.io/library/x"), "hub:p");
  EXPECT_EQ(loginOf(file, "empty.acme.io/x"), ":");
  EXPECT_EQ(loginOf(file, "acme.io/x"), ":");
  EXPECT_NE(loginOf(file, "broken.acme.io/x").find("no base64"), std::string::npos);
  EXPECT_NE(loginOf("[", "a/b").find("config.json"), std::string::npos);
  EXPECT_EQ(loginOf("[]", "a/b"), ":");
}

} // namespace
} // namespace chasi::image
