#include "runtime/local/test_server.h"

#include <chrono>

using namespace chasi::local;
using namespace chasi::local::testing;

namespace {
/// Begins a watch; the head of the answer is read already.
std::unique_ptr<Connection> watching(Bench& bench, const std::string& path, const Headers& headers = {}) {
  auto connection = std::make_unique<Connection>(bench.server->port());
  connection->send(Connection::request("GET", path, "", headers));
  Reply reply;
  EXPECT_TRUE(connection->readHead(reply));
  EXPECT_EQ(reply.http, 200);
  return connection;
}
Json next(Connection& connection) { return parseTrusted(connection.line()); }
std::string versionOf(Bench& bench) { return bench.get(kMaps).text({"metadata", "resourceVersion"}); }
} // namespace

TEST(Watch, TellsEachChangeInOrder) {
  Bench bench;
  auto watch = watching(bench, std::string(kMaps) + "?watch=1&resourceVersion=" + versionOf(bench));
  ASSERT_EQ(bench.post(kMaps, configMap("a")).http, 201);
  bench.patch(std::string(kMaps) + "/a", {{"data", {{"a", "2"}}}});
  bench.remove(std::string(kMaps) + "/a");
  Json added = next(*watch), modified = next(*watch), deleted = next(*watch);
  EXPECT_EQ(added["type"], "ADDED");
  EXPECT_EQ(added["object"]["data"]["a"], "1");
  EXPECT_EQ(modified["type"], "MODIFIED");
  EXPECT_EQ(modified["object"]["data"]["a"], "2");
  EXPECT_EQ(deleted["type"], "DELETED");
  EXPECT_LT(std::stoull(modified["object"]["metadata"]["resourceVersion"].get<std::string>()), std::stoull(deleted["object"]["metadata"]["resourceVersion"].get<std::string>()));
}

TEST(Watch, SelectionsAreEnteredAndLeft) {
  Bench bench;
  auto watch = watching(bench, std::string(kMaps) + "?watch=true&labelSelector=on%3Dyes&resourceVersion=" + versionOf(bench));
  const std::string path = std::string(kMaps) + "/a";
  bench.post(kMaps, configMap("a"));
  bench.patch(path, {{"metadata", {{"labels", {{"on", "yes"}}}}}});
  bench.patch(path, {{"data", {{"a", "2"}}}});
  bench.patch(path, {{"metadata", {{"labels", {{"on", "no"}}}}}});
  EXPECT_EQ(next(*watch)["type"], "ADDED");
  EXPECT_EQ(next(*watch)["type"], "MODIFIED");
  EXPECT_EQ(next(*watch)["type"], "DELETED");
  auto one = watching(bench, "/api/v1/configmaps?watch=1&fieldSelector=metadata.name%3Db&resourceVersion=" + versionOf(bench));
  bench.post(kMaps, configMap("c"));
  bench.post(kMaps, configMap("b"));
  EXPECT_EQ(next(*one)["object"]["metadata"]["name"], "b");
}

TEST(Watch, StateFirstWhenAskedFor) {
  Bench bench;
  bench.post(kMaps, configMap("a"));
  auto watch = watching(bench, std::string(kMaps) + "?watch=1");
  EXPECT_EQ(next(*watch)["object"]["metadata"]["name"], "a");
  EXPECT_EQ(next(*watch)["object"]["metadata"]["name"], "kube-root-ca.crt");
  auto initial = watching(bench, std::string(kMaps) + "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
  EXPECT_EQ(next(*initial)["type"], "ADDED");
  EXPECT_EQ(next(*initial)["type"], "ADDED");
  const Json mark = next(*initial);
  EXPECT_EQ(mark["type"], "BOOKMARK");
  EXPECT_EQ(mark["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"], "true");
  EXPECT_EQ(mark["object"]["metadata"]["resourceVersion"], versionOf(bench));
}

TEST(Watch, EndsInTimeWithABookmark) {
  Bench bench;
  const auto begin = std::chrono::steady_clock::now();
  auto watch = watching(bench, std::string(kMaps) + "?watch=1&timeoutSeconds=1&allowWatchBookmarks=true&resourceVersion=" + versionOf(bench));
  EXPECT_EQ(next(*watch)["type"], "BOOKMARK");
  EXPECT_EQ(watch->line(), "");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(6));
}

TEST(Watch, TooOldIsGone) {
  Bench bench;
  auto watch = watching(bench, std::string(kMaps) + "?watch=1&resourceVersion=1");
  const Json error = next(*watch);
  EXPECT_EQ(error["type"], "ERROR");
  EXPECT_EQ(error["object"]["code"], 410);
  EXPECT_EQ(error["object"]["reason"], "Expired");
  EXPECT_EQ(watch->line(), "");
  EXPECT_EQ(bench.get(std::string(kMaps) + "?watch=1&resourceVersion=x").http, 422);
}

TEST(Watch, FormsOfAnswers) {
  Bench bench;
  bench.post(kMaps, configMap("a"));
  auto table = watching(bench, std::string(kMaps) + "?watch=1&fieldSelector=metadata.name%3Da", {{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io"}});
  EXPECT_EQ(next(*table)["object"]["rows"][0]["cells"][0], "a");
  auto partial = watching(bench, std::string(kMaps) + "?watch=1&fieldSelector=metadata.name%3Da", {{"Accept", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"}});
  EXPECT_EQ(next(*partial)["object"]["kind"], "PartialObjectMetadata");
}

TEST(Watch, ServerEndsAllOfThem) {
  auto bench = std::make_unique<Bench>();
  std::vector<std::unique_ptr<Connection>> watches;
  for (int i = 0; i < 20; ++i) watches.push_back(watching(*bench, std::string(kMaps) + "?watch=1&resourceVersion=" + versionOf(*bench)));
  const auto begin = std::chrono::steady_clock::now();
  bench.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  for (auto& watch : watches) EXPECT_EQ(watch->line(), "");
}
