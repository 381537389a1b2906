#include "runtime/kube/client.h"

#include "runtime/kube/discovery.h"
#include "runtime/kube/list.h"
#include "runtime/kube/memory_transport.h"
#include "runtime/kube/readiness.h"

#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace chasi::kube;
using namespace std::chrono_literals;

static HttpResponse answer(int status, std::string body = "{}") {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

static HttpResponse broken(Failure failure) {
  HttpResponse response;
  response.failure = failure;
  response.failureText = "gone";
  return response;
}

struct Bench {
  explicit Bench(MemoryTransport::Server server) {
    auto transport = std::make_unique<MemoryTransport>(std::move(server));
    memory = transport.get();
    loop = std::make_unique<Loop>(std::move(transport));
    Endpoint endpoint;
    endpoint.server = "https://x";
    endpoint.token = "t";
    client = std::make_unique<Client>(*loop, endpoint);
  }
  std::chrono::milliseconds elapsed() const { return std::chrono::ceil<std::chrono::milliseconds>(memory->now() - Transport::Time{}); }
  MemoryTransport* memory;
  std::unique_ptr<Loop> loop;
  std::unique_ptr<Client> client;
};

static Request get(std::string path = "/x") {
  Request request;
  request.path = std::move(path);
  request.what = "reading x";
  return request;
}

TEST(Client, ThrottlingPausesEverybody) {
  int calls = 0;
  Bench bench([&](const HttpRequest&) {
    if (++calls > 1) return answer(200);
    HttpResponse slow = answer(429, "Too many requests");
    slow.retryAfter = 8;
    return slow;
  });
  int done = 0;
  // The window is 8: one comes back with 429, seven were on their way, the rest must wait.
  for (int i = 0; i < 20; ++i)
    bench.client->send(get(), [&](llvm::Expected<Response> r) { EXPECT_TRUE(r && r->ok()); ++done; });
  bench.loop->runUntil([&] { return done == 7; });
  EXPECT_LT(bench.elapsed(), 1s);
  bench.loop->runUntil([&] { return done == 20; });
  EXPECT_GE(bench.elapsed(), 8s);
  EXPECT_LE(bench.elapsed(), 10s);
  EXPECT_EQ(bench.client->counters().throttled, 1U);
}

TEST(Client, TriesAgainWhatMayPass) {
  for (auto [http, body] : {std::pair(503, "busy"), {500, R"({"kind":"Status","message":"failed calling webhook \"a\""})"},
                            {409, R"({"kind":"Status","message":"Operation cannot be fulfilled on resourcequotas \"q\""})"}}) {
    int calls = 0;
    Bench bench([&](const HttpRequest&) { return ++calls < 4 ? answer(http, body) : answer(200); });
    auto response = bench.client->call(get());
    ASSERT_TRUE(bool(response));
    EXPECT_TRUE(response->ok());
    EXPECT_EQ(response->tries, 4);
    EXPECT_EQ(bench.client->counters().retries, 3U);
  }
}

TEST(Client, FinalRefusalsAreNotRepeated) {
  for (auto [http, body] : {std::pair(500, R"({"kind":"Status","message":"failed to create typed patch object (a/b): x"})"),
                            {422, R"({"kind":"Status","reason":"Invalid"})"},
                            {409, R"({"kind":"Status","reason":"Conflict","details":{"causes":[{"reason":"FieldManagerConflict"}]}})"},
                            {403, R"({"kind":"Status"})"}}) {
    int calls = 0;
    Bench bench([&](const HttpRequest&) { ++calls; return answer(http, body); });
    auto response = bench.client->call(get());
    ASSERT_TRUE(bool(response));
    EXPECT_EQ(response->http, http);
    EXPECT_EQ(calls, 1);
  }
}

TEST(Client, StaleQuotaIsNotTheRaceOfCountingIt) {
  int calls = 0;
  Bench bench([&](const HttpRequest&) {
    ++calls;
    return answer(409, R"({"kind":"Status","reason":"Conflict","message":"Operation cannot be fulfilled on resourcequotas \"q\": the object has been modified"})");
  });
  auto response = bench.client->call(get("/api/v1/namespaces/a/resourcequotas/q?fieldManager=x"));
  ASSERT_TRUE(bool(response));
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(isStale(response->status));
}

TEST(Client, UntrustedCertificateIsFinal) {
  int calls = 0;
  Bench bench([&](const HttpRequest&) { return ++calls == 1 ? answer(200) : broken(Failure::Tls); });
  EXPECT_TRUE(bool(bench.client->call(get())));
  auto response = bench.client->call(get());
  ASSERT_FALSE(bool(response));
  EXPECT_EQ(chasi::plan::takeText(response.takeError()).code, "CH6105");
  EXPECT_EQ(calls, 2);
}

TEST(Client, AnUnusableEndpointAnswersWithTheReason) {
  int calls = 0;
  MemoryTransport::Server server = [&](const HttpRequest&) { return ++calls, answer(200); };
  Loop loop(std::make_unique<MemoryTransport>(std::move(server)));
  Endpoint endpoint;
  endpoint.unusable = chasi::plan::FaultText{"CH6101", "there is no context 'east' in the kubeconfig", "contexts: west"};
  Client client(loop, endpoint);
  auto response = client.call(get());
  ASSERT_FALSE(bool(response));
  const chasi::plan::FaultText text = chasi::plan::takeText(response.takeError());
  EXPECT_EQ(text.code, "CH6101");
  EXPECT_EQ(text.hint, "contexts: west");
  EXPECT_EQ(calls, 0);
}

TEST(Client, SilentClusterIsAnErrorAndSoon) {
  Bench bench([&](const HttpRequest&) { return broken(Failure::Unreachable); });
  auto response = bench.client->call(get());
  ASSERT_FALSE(bool(response));
  EXPECT_EQ(chasi::plan::takeText(response.takeError()).code, "CH6102");
  EXPECT_LT(bench.elapsed(), 1s);
}

TEST(Client, BrokenConnectionIsTriedAgainOnceThereWasContact) {
  int calls = 0;
  Bench bench([&](const HttpRequest&) { return ++calls == 2 ? broken(Failure::Broken) : answer(200); });
  EXPECT_TRUE(bool(bench.client->call(get())));
  auto second = bench.client->call(get());
  ASSERT_TRUE(bool(second));
  EXPECT_EQ(second->tries, 2);
}

TEST(Client, AFirstContactThatBreaksIsTriedAgainButNotForLong) {
  int calls = 0;
  Bench back([&](const HttpRequest&) { return ++calls < 4 ? broken(Failure::Broken) : answer(200); });
  auto response = back.client->call(get());
  ASSERT_TRUE(bool(response));
  EXPECT_EQ(response->tries, 4);

  calls = 0;
  Bench gone([&](const HttpRequest&) { return ++calls, broken(Failure::Broken); });
  auto never = gone.client->call(get());
  ASSERT_FALSE(bool(never));
  EXPECT_EQ(chasi::plan::takeText(never.takeError()).code, "CH6102");
  EXPECT_EQ(calls, 4);
  EXPECT_LT(gone.elapsed(), 2s);

  calls = 0;
  Bench create([&](const HttpRequest&) { return ++calls, broken(Failure::Broken); });
  Request once = get();
  once.once = true;
  auto single = create.client->call(std::move(once));
  EXPECT_FALSE(bool(single));
  llvm::consumeError(single.takeError());
  EXPECT_EQ(calls, 1);
}

TEST(Client, GivesUpAtTheDeadline) {
  Bench bench([&](const HttpRequest&) { return answer(503, "busy"); });
  Request request = get();
  request.deadline = 10s;
  auto response = bench.client->call(std::move(request));
  ASSERT_TRUE(bool(response));
  EXPECT_EQ(response->http, 503);
  EXPECT_GT(response->tries, 3);
  EXPECT_LE(bench.elapsed(), 10s);
}

TEST(Client, WindowBoundsWhatIsInFlight) {
  Bench bench([&](const HttpRequest&) { return answer(200); });
  int done = 0;
  for (int i = 0; i < 500; ++i)
    bench.client->send(get(), [&](llvm::Expected<Response> r) { llvm::cantFail(std::move(r)); ++done; });
  bench.loop->runUntil([&] { return done == 500; });
  EXPECT_LE(bench.memory->largest(), 9U);
}

TEST(Client, WhatMayNotBeSentAnyMoreWhenItsTurnComesIsNot) {
  int sent = 0;
  Bench bench([&](const HttpRequest&) {
    ++sent;
    return answer(200, "{}");
  });
  bench.client->limitWindow(1);
  bool may = true;
  std::string last;
  for (int i = 0; i < 3; ++i) {
    Request request = get();
    request.gate = [&] { return may ? llvm::Error::success() : llvm::Error(chasi::plan::fault("CH6208", "too late")); };
    bench.client->send(std::move(request), [&, i](llvm::Expected<Response> response) {
      if (i == 0) may = false;
      last = response ? "sent" : chasi::plan::takeText(response.takeError()).code;
    });
  }
  while (last != "CH6208") bench.memory->drive(1ms);
  EXPECT_EQ(sent, 1);
}

TEST(Client, ReadsTheTokenFileAgainAfter401) {
  std::string path = testing::TempDir() + "chasi-token";
  std::ofstream(path) << "old\n";
  auto transport = std::make_unique<MemoryTransport>([&](const HttpRequest& request) {
    if (request.token == "new") return answer(200);
    std::ofstream(path) << "new\n";
    return answer(401, R"({"kind":"Status","reason":"Unauthorized","message":"Unauthorized"})");
  });
  Loop loop(std::move(transport));
  Endpoint endpoint;
  endpoint.server = "https://x";
  endpoint.tokenFile = path;
  Client client(loop, endpoint);
  auto response = client.call(get());
  ASSERT_TRUE(bool(response));
  EXPECT_TRUE(response->ok());
}

TEST(Client, RefusedCredentialsSayWhatToDo) {
  Bench bench([&](const HttpRequest&) { return answer(401, R"({"kind":"Status","message":"Unauthorized"})"); });
  auto response = bench.client->call(get());
  ASSERT_FALSE(bool(response));
  EXPECT_EQ(chasi::plan::takeText(response.takeError()).code, "CH6103");
}

TEST(Client, ListTurnsPagesAndStartsAgainWhenTheTokenExpired) {
  int expired = 0;
  Bench bench([&](const HttpRequest& request) {
    if (request.path.find("continue=") == std::string::npos)
      return answer(200, R"({"kind":"List","metadata":{"continue":"c1"},"items":[{"metadata":{"name":"a"}}]})");
    if (++expired == 1) return answer(410, R"({"kind":"Status","reason":"Expired"})");
    return answer(200, R"({"kind":"List","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"b"}}]})");
  });
  std::string names;
  bool done = false;
  list(*bench.client, {"/api/v1/configmaps", "k=v", true, "listing"}, [&](llvm::Expected<Listing> listing) {
    done = true;
    ASSERT_TRUE(bool(listing));
    listing->each([&](chasi::plan::JsonValue item) { names += item["metadata"]["name"].string(); });
    EXPECT_EQ(listing->resourceVersion, "7");
  });
  bench.loop->runUntil([&] { return done; });
  EXPECT_EQ(names, "ab");
}

TEST(Client, AListOfMetadataWithoutItemsIsEmpty) {
  Bench bench([&](const HttpRequest&) { return answer(200, R"({"kind":"PartialObjectMetadataList","metadata":{"resourceVersion":"7"},"items":null})"); });
  bool done = false;
  list(*bench.client, {"/x", "", true, "listing"}, [&](llvm::Expected<Listing> listing) {
    done = true;
    ASSERT_TRUE(bool(listing));
    listing->each([](chasi::plan::JsonValue) { FAIL(); });
  });
  bench.loop->runUntil([&] { return done; });
  EXPECT_TRUE(done);
}

TEST(Client, AnUnreadableListIsNotAnEmptyOne) {
  for (int http : {403, 500}) {
    Bench bench([&](const HttpRequest&) { return answer(http, R"({"kind":"Status","message":"failed to create typed patch object"})"); });
    bool failed = false;
    list(*bench.client, {"/x", "", false, "listing"}, [&](llvm::Expected<Listing> listing) {
      failed = !listing;
      llvm::consumeError(listing.takeError());
    });
    bench.loop->runUntil([&] { return true; });
    while (!failed) bench.memory->drive(1ms);
    EXPECT_TRUE(failed);
  }
}

// A server that has room for so many at a time: what comes beyond is refused at once, and the others are answered later.
class Narrow : public Transport {
public:
  explicit Narrow(size_t room) : room_(room) {}
  uint64_t start(HttpRequest, Done done, Data) override {
    if (inside_.size() < room_) inside_.push_back(std::move(done));
    else refused_.push_back(std::move(done));
    return 1;
  }
  void cancel(uint64_t) override {}
  void drive(std::chrono::milliseconds longest) override {
    if (!refused_.empty()) {
      HttpResponse response = answer(429, "Too many requests");
      response.retryAfter = 1;
      ++refusals;
      return take(refused_, std::move(response));
    }
    now_ += inside_.empty() ? std::max(longest, 1ms) : 5ms;
    if (!inside_.empty()) take(inside_, answer(200));
  }
  void wake() override {}
  Time now() const override { return now_; }
  size_t refusals = 0;

private:
  static void take(std::deque<Done>& from, HttpResponse response) {
    Done done = std::move(from.front());
    from.pop_front();
    done(std::move(response));
  }
  size_t room_;
  std::deque<Done> inside_, refused_;
  Time now_{};
};

TEST(Client, ANarrowServerIsFoundOutOnceAndTriedSeldom) {
  auto transport = std::make_unique<Narrow>(2);
  Narrow& server = *transport;
  Loop loop(std::move(transport));
  Endpoint endpoint;
  endpoint.server = "https://x";
  Client client(loop, endpoint);
  size_t done = 0;
  for (int i = 0; i < 1000; ++i) {
    Request request;
    request.path = "/x";
    request.deadline = 600s;
    client.send(std::move(request), [&](llvm::Expected<Response> response) { done += response && response->ok(); llvm::consumeError(response.takeError()); });
  }
  const Transport::Time begin = loop.now();
  loop.runUntil([&] { return done == 1000; });
  EXPECT_LT(server.refusals, 20U);
  EXPECT_LT(loop.now() - begin, 15s); // 5 s of work, and a pause of a second for each try
}

TEST(Client, WatchListsFollowsAndListsAgain) {
  int watches = 0;
  std::string seen;
  Bench bench([&](const HttpRequest& request) {
    if (request.path.find("watch=1") == std::string::npos)
      return answer(200, R"({"metadata":{"resourceVersion":"5"},"items":[{"metadata":{"name":"a"}}]})");
    ++watches;
    return answer(200, "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"b\",\"resourceVersion\":\"6\"}}}\n"
                       "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"9\"}}}\n");
  });
  Watch watch(*bench.client, {"/x", "", false, "watching"}, [&](std::string_view type, chasi::plan::JsonValue object) {
    seen += std::string(type.substr(0, 1)) + object["metadata"]["name"].string();
  });
  bench.loop->runUntil([&] { return watches == 2; });
  EXPECT_EQ(seen.substr(0, 6), "AaMbAa");
}

TEST(Discovery, BothForms) {
  for (bool aggregated : {true, false}) {
    Bench bench([&](const HttpRequest& request) {
      if (request.path == "/api")
        return answer(200, aggregated ? R"({"kind":"APIGroupDiscoveryList","items":[{"metadata":{},"versions":[{"version":"v1","resources":[
            {"resource":"configmaps","responseKind":{"kind":"ConfigMap"},"scope":"Namespaced"}]}]}]})"
                                      : R"({"kind":"APIVersions","versions":["v1"]})");
      if (request.path == "/apis")
        return answer(200, aggregated ? R"({"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"x.io"},"versions":[
            {"version":"v2","resources":[{"resource":"things","responseKind":{"kind":"Thing"},"scope":"Cluster"}]},
            {"version":"v1","resources":[{"resource":"things","responseKind":{"kind":"Thing"},"scope":"Cluster"}]}]}]})"
                                      : R"({"kind":"APIGroupList","groups":[{"name":"x.io","preferredVersion":{"groupVersion":"x.io/v2"},
            "versions":[{"groupVersion":"x.io/v1"},{"groupVersion":"x.io/v2"}]}]})");
      if (request.path == "/api/v1")
        return answer(200, R"({"resources":[{"name":"configmaps","kind":"ConfigMap","namespaced":true},{"name":"pods/log","kind":"Pod","namespaced":true}]})");
      return answer(200, R"({"resources":[{"name":"things","kind":"Thing","namespaced":false}]})");
    });
    bool done = false;
    discover(*bench.client, DiscoveryCache(), [&](llvm::Expected<Discovery> found) {
      done = true;
      ASSERT_TRUE(bool(found));
      ASSERT_NE(found->find("v1", "ConfigMap"), nullptr);
      EXPECT_EQ(pathOf(*found->find("v1", "ConfigMap"), "a", "b"), "/api/v1/namespaces/a/configmaps/b");
      ASSERT_NE(found->findGroupKind("Thing.x.io"), nullptr);
      EXPECT_EQ(pathOf(*found->findGroupKind("Thing.x.io"), "", ""), "/apis/x.io/v2/things");
      EXPECT_NE(found->find("x.io/v1", "Thing"), nullptr);
      EXPECT_EQ(found->find("v1", "Pod"), nullptr);
    });
    bench.loop->runUntil([&] { return done; });
  }
}

// A server with one kind, which changes; its answers have an ETag.
struct Changing {
  std::string kind = "Thing";
  std::vector<int> answers; // of /apis
  HttpResponse operator()(const HttpRequest& request) {
    const bool core = request.path == "/api";
    const std::string etag = core ? "\"core\"" : "\"" + kind + "\"";
    HttpResponse response = request.ifNoneMatch == etag ? answer(304, "") : answer(200, core ? R"({"kind":"APIGroupDiscoveryList","items":[]})" :
      R"({"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"x.io"},"versions":[{"version":"v1","resources":[{"resource":"things","responseKind":{"kind":")" + kind + R"("}}]}]}]})");
    response.etag = etag;
    if (!core) answers.push_back(response.status);
    return response;
  }
};

TEST(Discovery, WhatIsKeptIsAskedForWithItsTag) {
  const std::string folder = testing::TempDir() + "chasi-kinds-" + std::to_string(::getpid());
  Changing server;
  const auto kinds = [&](const std::string& address) {
    Endpoint endpoint;
    endpoint.server = address;
    Loop loop(std::make_unique<MemoryTransport>([&](const HttpRequest& request) { return server(request); }));
    Client client(loop, endpoint);
    std::string seen;
    discover(client, DiscoveryCache(folder), [&](llvm::Expected<Discovery> found) { seen = found ? found->find("x.io/v1", server.kind) ? server.kind : "another" : "error"; });
    loop.runUntil([&] { return !seen.empty(); });
    return seen;
  };
  EXPECT_EQ(kinds("https://a"), "Thing");
  EXPECT_EQ(kinds("https://a"), "Thing");
  EXPECT_EQ(kinds("https://b"), "Thing"); // another server: nothing is kept of it
  server.kind = "Other";
  EXPECT_EQ(kinds("https://a"), "Other");
  EXPECT_EQ(kinds("https://a"), "Other");
  EXPECT_EQ(server.answers, (std::vector<int>{200, 304, 200, 200, 304}));
  // Torn files are as none.
  server.answers.clear();
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    EXPECT_EQ(file.status().permissions(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    std::ofstream(file.path(), std::ios::app) << " ";
  }
  EXPECT_EQ(kinds("https://a"), "Other");
  EXPECT_EQ(server.answers, std::vector<int>{200});
  std::filesystem::remove_all(folder);
}

TEST(Status, ConflictsNameManagerAndField) {
  ApiStatus status = parseStatus(409, R"({"kind":"Status","reason":"Conflict","message":"Apply failed","details":{"causes":[
    {"reason":"FieldManagerConflict","field":".spec.replicas","message":"conflict with \"hpa\" using apps/v1"}]}})");
  EXPECT_TRUE(isFieldConflict(status));
  EXPECT_FALSE(isStale(status));
  chasi::plan::FaultText text = chasi::plan::takeText(toFault(status, "applying Deployment/a"));
  EXPECT_EQ(text.code, "CH6203");
  EXPECT_EQ(text.message, "applying Deployment/a: spec.replicas is owned by hpa");
}

TEST(Status, ReplaceOnlyWhenEveryCauseIsImmutability) {
  auto causes = [](std::string list) { return parseStatus(422, R"({"kind":"Status","reason":"Invalid","details":{"causes":[)" + list + "]}}"); };
  std::string immutable = R"({"field":"spec.selector","message":"Invalid value: {}: field is immutable"})";
  EXPECT_TRUE(isImmutable(causes(immutable)));
  EXPECT_FALSE(isImmutable(causes(immutable + R"(,{"field":"spec.x","message":"must be positive"})")));
  EXPECT_FALSE(isImmutable(causes("")));
  ApiStatus uid = causes(R"({"field":"metadata.uid","message":"field is immutable"})");
  EXPECT_FALSE(isImmutable(uid));
  EXPECT_TRUE(isStale(uid));
}

static Readiness of(const std::string& text) {
  auto view = llvm::cantFail(chasi::plan::JsonView::parse(text));
  return readiness(view.root());
}

TEST(Readiness, RulesByKind) {
  EXPECT_EQ(of(R"({"apiVersion":"v1","kind":"ConfigMap"})").health, Health::Ready);
  EXPECT_EQ(of(R"({"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":2},"status":{}})").reason, "0 of 2 replicas updated");
  EXPECT_EQ(of(R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"generation":2},"spec":{"replicas":1},"status":{"observedGeneration":1,
    "replicas":1,"updatedReplicas":1,"readyReplicas":1,"availableReplicas":1}})").health, Health::Progressing);
  EXPECT_EQ(of(R"({"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":1},"status":{"replicas":1,"updatedReplicas":1,"readyReplicas":1,
    "availableReplicas":1,"conditions":[{"type":"Available","status":"True"}]}})").health, Health::Ready);
  EXPECT_EQ(of(R"({"apiVersion":"apps/v1","kind":"Deployment","status":{"conditions":[{"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded"}]}})").health, Health::Failed);
  EXPECT_EQ(of(R"({"apiVersion":"batch/v1","kind":"Job","status":{"startTime":"x"}})").health, Health::Progressing);
  EXPECT_EQ(of(R"({"apiVersion":"v1","kind":"Pod","status":{"phase":"Failed"}})").health, Health::Failed);
  EXPECT_EQ(of(R"({"apiVersion":"v1","kind":"PersistentVolumeClaim","status":{"phase":"Pending"}})").health, Health::Progressing);
  EXPECT_EQ(of(R"({"apiVersion":"x.io/v1","kind":"Thing","status":{"conditions":[{"type":"Ready","status":"False","reason":"No","message":"why"}]}})").reason, "No: why");
  EXPECT_EQ(of(R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"deletionTimestamp":"x"}})").health, Health::Terminating);
  EXPECT_TRUE(takesTime("apps/v1", "Deployment"));
  EXPECT_TRUE(takesTime("x.io/v1", "Thing"));
  EXPECT_FALSE(takesTime("rbac.authorization.k8s.io/v1", "Role"));
  EXPECT_FALSE(takesTime("v1", "ConfigMap"));
}

namespace {
