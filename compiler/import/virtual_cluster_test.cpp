#include "compiler/import/virtual_cluster.h"

#include <gtest/gtest.h>

namespace chasi::import {

using nlohmann::ordered_json;

TEST(VirtualCluster, ValuesAreWhatDiffers) {
  const auto defaults = ordered_json::parse(R"({"a": {"b": 1, "c": [1, 2], "d": {"e": true, "f": "x"}}, "g": {}, "h": "text"})");
  const auto merged = ordered_json::parse(R"({"a": {"b": 1.0, "c": [1], "d": {"f": "x"}}, "g": {"i.j": {}}, "k": null})");
  const ChartValues values = chartValues(defaults, merged);
  EXPECT_EQ(values.given, ordered_json::parse(R"({"a": {"c": [1]}, "g": {"i.j": {}}, "k": null})"));
  EXPECT_EQ(values.removed, (std::vector<std::vector<std::string>>{{"a", "d", "e"}, {"h"}}));
  const ChartValues none = chartValues(defaults, defaults);
  EXPECT_TRUE(none.given.empty() && none.removed.empty());
}

TEST(VirtualCluster, TextsBelowDelicateKeysAreFound) {
  EXPECT_EQ(delicateKeys(ordered_json::parse(R"({"store": {"dataSource": "mysql://u:p@host/db", "password": "", "size": "5Gi"}, "token": "t"})"), [](std::string_view key) { return key != "size"; }), (std::vector<std::string>{"store.dataSource", "token"}));
}

TEST(VirtualCluster, TheModuleNamesOnlyWhatItMust) {
  const std::string plain = virtualClusterModule({"dev", "dev", "0.36.1", "main", "", "1.36", {}});
  EXPECT_NE(plain.find("tenant dev {"), std::string::npos) << plain;
  EXPECT_NE(plain.find("adopted {}"), std::string::npos) << plain;
  EXPECT_EQ(plain.find("release ="), std::string::npos) << plain;
  EXPECT_EQ(plain.find("namespace ="), std::string::npos) << plain;
  const std::string other = virtualClusterModule({"my-dev", "team-a", "0.36.1", "prod", "prod-eu", "1.36", {{{"sync", {{"x", true}}}}, {{"a", "b.c"}}}});
  EXPECT_NE(other.find("tenant mydev {"), std::string::npos) << other;
  EXPECT_NE(other.find(R"(release = "my-dev")"), std::string::npos) << other;
  EXPECT_NE(other.find(R"("b.c")"), std::string::npos) << other;
}

TEST(VirtualCluster, TheFirstDifferenceIsNamed) {
  const auto live = ordered_json::parse(R"({"metadata": {"annotations": {"hash": "1", "by": "others"}}, "spec": {"containers": [{"name": "a", "image": "x", "pull": "Always"}]}})");
  EXPECT_EQ(firstDifference(ordered_json::parse(R"({"metadata": {"annotations": {"hash": "1"}, "labels": {}}, "spec": {"containers": [{"name": "a", "image": "x"}]}})"), live), "");
  EXPECT_EQ(firstDifference(ordered_json::parse(R"({"spec": {"containers": [{"image": "y"}]}})"), live), "spec.containers[0].image");
  EXPECT_EQ(firstDifference(ordered_json::parse(R"({"spec": {"containers": []}})"), live), "spec.containers");
  EXPECT_EQ(firstDifference(ordered_json::parse(R"({"metadata": {"annotations": {"hash": "2"}}})"), live), "metadata.annotations.hash");
}

} // namespace chasi::import
