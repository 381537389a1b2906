// Requests that no good client sends.
#include "runtime/local/test_server.h"

#include <random>

using namespace chasi::local;
using namespace chasi::local::testing;

TEST(Hostile, OnlyTheLoopbackNameIsAnswered) {
  Bench bench;
  for (const char* host : {"127.0.0.1", "127.0.0.1:80", "localhost:1234", "[::1]:9"}) EXPECT_EQ(bench.get("/version", {{"Host", host}}).http, 200) << host;
  for (const char* host : {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "10.0.0.1"}) EXPECT_EQ(bench.get("/version", {{"Host", host}}).http, 403) << host;
  EXPECT_EQ(bench.get("/version", {{"Origin", "http://127.0.0.1:8080"}}).http, 403);
  const Reply posted = bench.connection->call("POST", kMaps, dumpJson(configMap("a")), {{"Host", "evil.example"}});
  EXPECT_EQ(posted.http, 403);
  EXPECT_EQ(bench.get(std::string(kMaps) + "/a").http, 404);
}

TEST(Hostile, TheTokenIsAsked) {
  Bench bench({.token = "secret"});
  const Reply without = bench.get("/api");
  EXPECT_EQ(without.http, 401);
  EXPECT_EQ(without.text({"reason"}), "Unauthorized");
  EXPECT_EQ(bench.get("/api", {{"Authorization", "Bearer secreT"}}).http, 401);
  EXPECT_EQ(bench.get("/api", {{"Authorization", "Bearer secret and more"}}).http, 401);
  EXPECT_EQ(bench.get("/api", {{"Authorization", "secret"}}).http, 401);
  EXPECT_EQ(bench.get("/api", {{"Authorization", "Bearer secret"}}).http, 200);
}

TEST(Hostile, MethodsAndMediaTypes) {
  Bench bench;
  EXPECT_EQ(bench.post("/version", {}).http, 405);
  EXPECT_EQ(bench.connection->call("PUT", kMaps, "{}").http, 405);
  EXPECT_EQ(bench.post(std::string(kMaps) + "/a", {}).http, 405);
  EXPECT_EQ(bench.connection->call("OPTIONS", kMaps).http, 405);
  EXPECT_EQ(bench.post("/api/v1/configmaps", configMap("a")).http, 405);
  EXPECT_EQ(bench.get(kMaps, {{"Accept", "application/yaml"}}).http, 406);
  EXPECT_EQ(bench.get(kMaps, {{"Accept", "application/vnd.kubernetes.protobuf, application/json"}}).http, 200);
  EXPECT_EQ(bench.get(kMaps, {{"Accept", "*/*"}}).http, 200);
  EXPECT_EQ(bench.connection->call("POST", kMaps, "a: 1", {{"Content-Type", "application/yaml"}}).http, 415);
  EXPECT_EQ(bench.connection->call("PATCH", std::string(kMaps) + "/a", "{}", {{"Content-Type", "text/plain"}}).http, 415);
  const Reply yaml = bench.connection->call("PATCH", std::string(kMaps) + "/a?fieldManager=x", "apiVersion: v1\nkind: ConfigMap\n", {{"Content-Type", "application/apply-patch+yaml"}});
  EXPECT_EQ(yaml.http, 415);
  EXPECT_NE(yaml.body.find("as JSON"), std::string::npos);
  EXPECT_EQ(bench.connection->call("PATCH", std::string(kMaps) + "/a?force=true", "{}", {{"Content-Type", "application/merge-patch+json"}}).http, 422);
  EXPECT_EQ(bench.get(std::string(kMaps) + "?dryRun=Some").http, 422);
}

TEST(Hostile, BodiesThatAreWrong) {
  Bench bench;
  auto post = [&](const std::string& body) { return bench.connection->call("POST", kMaps, body); };
  const std::string nul("{\"a\":\0}", 7);
  for (const std::string& body : {std::string("{"), std::string("[]"), std::string("null"), std::string("\"x\""), std::string("7"), std::string("{}x"), nul, std::string("\xff\xfe{}"),
                                  std::string(R"({"metadata":[]})"), std::string(R"({"metadata":{"name":7}})"), std::string(R"({"apiVersion":"v2","kind":"ConfigMap","metadata":{"name":"a"}})"),
                                  std::string(R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}})"), std::string(R"({"metadata":{"name":"a","namespace":"other"}})"),
                                  std::string(R"({"metadata":{"name":"a"},"data":{"x":7}})"), std::string(R"({"metadata":{"name":"a"},"data":"x"})")}) {
    const Reply reply = post(body);
    EXPECT_TRUE(reply.http == 400 || reply.http == 422) << body << reply.body;
    EXPECT_EQ(reply.text({"kind"}), "Status") << body;
  }
  EXPECT_EQ(bench.connection->call("POST", kMaps).http, 400);
  const std::string deep = "{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}";
  EXPECT_EQ(post(deep).http, 400);
  EXPECT_EQ(bench.connection->call("PATCH", std::string(kMaps) + "/kube-root-ca.crt", deep, {{"Content-Type", "application/merge-patch+json"}}).http, 400);
  EXPECT_EQ(post(std::string(100000, '[')).http, 400);
  EXPECT_EQ(bench.get(kMaps).http, 200);
}

TEST(Hostile, TooLargeIsSaidBeforeItIsSent) {
  Bench bench;
  Connection early(bench.server->port());
  early.send("POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n");
  EXPECT_EQ(early.read().http, 413);
  Connection chunked(bench.server->port());
  chunked.send("POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string piece = "100000\r\n" + std::string(1 << 20, 'x') + "\r\n";
  for (int i = 0; i < 4; ++i) chunked.send(piece);
  chunked.send("0\r\n\r\n");
  EXPECT_EQ(chunked.read().http, 413);
  Json large = configMap("large", {{"x", std::string(2 << 20, 'x')}});
  const int http = bench.post(kMaps, large).http;
  EXPECT_TRUE(http == 201 || http == 422) << http; // a ConfigMap holds 1 MiB; the request is small enough
}

TEST(Hostile, PathsThatLeadNowhere) {
  Bench bench;
  for (const char* path : {"/", "//", "/api/", "/api/v1/", "/api/v1//", "/apis/", "/apis//", "/apis/apps", "/api/v1/namespaces//configmaps", "/api/v1/namespaces/%00/configmaps/x", "/%", "/api/v1/namespaces/default/configmaps/a/b/c/d",
                           "/api/v1/namespaces/default/nodes", "/api/v1/namespaces/..%2f..%2fetc/configmaps", "/openapi/v3/../../etc", "/apis/apps/v1/namespaces/default/deployments/x/log"}) {
    const Reply reply = bench.get(path);
    EXPECT_TRUE(reply.http == 200 || reply.http == 404) << path << " " << reply.http;
  }
  EXPECT_EQ(bench.get(std::string(kMaps) + "?" + std::string(100, '&') + "limit=1&&=&%zz").http, 200);
  EXPECT_EQ(bench.get(std::string(kMaps) + "?limit=-1").http, 400);
  EXPECT_EQ(bench.get(std::string(kMaps) + "?limit=99999999999999999999999").http, 400);
}

TEST(Hostile, NoiseDoesNotStopTheServer) {
  Bench bench;
  std::mt19937 random(7);
  const std::string good = Connection::request("PATCH", std::string(kDeployments) + "/d?fieldManager=x", dumpJson(deployment("d")), {{"Content-Type", "application/apply-patch+yaml"}});
  for (int i = 0; i < 300; ++i) {
    std::string bytes = good;
    for (int k = 0; k < 4; ++k) bytes[random() % bytes.size()] = static_cast<char>(random());
    if (i % 3 == 0) bytes.resize(random() % bytes.size());
    Connection connection(bench.server->port());
    connection.send(bytes); // and leaves without waiting for an answer
  }
  // Bodies that are JSON, but not what they should be.
  Json body = deployment("d");
  const std::vector<Json> values = {nullptr, 1, -1.5, "x", Json::array(), Json::object(), true, Json::array({nullptr}), 1e300};
  const Json flat = body.flatten();
  for (const auto& [pointer, old] : flat.items())
    for (const Json& value : values) {
      Json wrong = body;
      wrong[Json::json_pointer(pointer)] = value;
      for (const char* media : {"application/apply-patch+yaml", "application/merge-patch+json", "application/strategic-merge-patch+json"}) {
        const std::string query = std::string(media).find("apply") != std::string::npos ? "?fieldManager=x&force=true" : "";
        const Reply reply = bench.connection->call("PATCH", std::string(kDeployments) + "/d" + query, dumpJson(wrong), {{"Content-Type", media}});
        ASSERT_NE(reply.http, 0) << pointer << value;
        if (reply.http == 500) {
          EXPECT_EQ(reply.body.find("could not be answered"), std::string::npos) << pointer << value << reply.body;
        }
      }
    }
  EXPECT_EQ(bench.get("/readyz").body, "ok");
}
