#include "runtime/plan/open_secret.h"

#include "runtime/plan/digest.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace chasi::plan {

using nlohmann::json;

static bool open(const std::string& config, const std::string& name = "vc-config-dev", const std::string& release = "dev") {
  const json manifest = {{"metadata", {{"name", name}, {"labels", {{"app", "vcluster"}, {"release", release}}}}}, {"data", {{"config.yaml", base64(config)}}}};
  return holdsNoSecret({"v1", "Secret", "team-a", name}, manifest);
}

TEST(OpenSecret, IsTheConfigurationOfAVirtualClusterOnly) {
  const std::string config = "a:\n  dataSource: \"\"\n  useSecretsForSATokens: false\n  tokens:\n  - x: 1\n";
  EXPECT_TRUE(open(config));
  EXPECT_FALSE(open(config, "vc-config-dev", "other"));
  EXPECT_FALSE(open(config, "passwords", "dev"));
  EXPECT_FALSE(open(""));
  const json more = {{"metadata", {{"labels", {{"app", "vcluster"}, {"release", "dev"}}}}}, {"data", {{"config.yaml", base64(config)}, {"password", base64("x")}}}};
  EXPECT_FALSE(holdsNoSecret({"v1", "Secret", "team-a", "vc-config-dev"}, more));
}

TEST(OpenSecret, IsNotOneWithASecretAmongItsValues) {
  EXPECT_FALSE(open("a:\n  dataSource: mysql://u:p@host/db\n"));
  EXPECT_FALSE(open("a:\n- registryToken: abc\n"));
  EXPECT_FALSE(open("manifests: |-\n  kind: Secret\n  stringData:\n    a: b\n"));
  EXPECT_FALSE(open("manifests: |-\n  ADMIN_PASSWORD: hunter2\n"));
}

} // namespace chasi::plan
