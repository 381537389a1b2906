// What runs leave behind: records in the clusters, states to go back to, lines of an audit log.
#include "runtime/engine/audit.h"
#include "runtime/engine/fake_cluster_test.h"
#include "runtime/engine/history.h"
#include "runtime/engine/unlock.h"

#include <gtest/gtest.h>

#include <fstream>
#include <unistd.h>

using namespace chasi;
using namespace chasi::engine;
using namespace chasi::engine::testing;

namespace {

Spec shop(const std::string& value) {
  Spec spec;
  const uint32_t ns = spec.space("shop");
  spec.config("shop", "a", value, {ns});
  return spec;
}

History historyOf(Bench& bench) {
  auto history = readHistory(shop("").desired, *bench.connections);
  if (history) return std::move(*history);
  ADD_FAILURE() << plan::takeText(history.takeError()).message;
  return {};
}

plan::Desired stateOf(Bench& bench, const History& history, const RunRecord& run) {
  auto state = stateAfter(run, history, shop("").desired, *bench.connections);
  if (state) return std::move(*state);
  ADD_FAILURE() << plan::takeText(state.takeError()).message;
  return {};
}

size_t records(const FakeCluster& cluster) {
  return static_cast<size_t>(std::count_if(cluster.objects.begin(), cluster.objects.end(), [](const auto& each) { return each.first.find(".run.") != std::string::npos; }));
}

} // namespace

TEST(RunHistory, TellsWhoDidWhat) {
  FakeCluster cluster;
  Bench bench(cluster);
  bench.options.user = "ana@desk";
  auto plan = bench.compare(shop("1"));
  ASSERT_TRUE(bool(plan));
  plan->commit = "0123456789abcdef";
  plan->dirty = true;
  must(bench.apply(*plan));
  History history = historyOf(bench);
  ASSERT_EQ(history.runs.size(), 1U);
  const RunRecord& run = history.runs[0];
  EXPECT_EQ(run.who, "ana@desk");
  EXPECT_EQ(run.outcome, "succeeded");
  EXPECT_EQ(run.commit, "0123456789abcdef");
  EXPECT_TRUE(run.dirty);
  EXPECT_EQ(run.counts.at("created"), 2U);
  EXPECT_EQ(run.planDigest, plan::planDigest(*plan));
  EXPECT_EQ(run.id.size(), 16U);
  ASSERT_EQ(plan->desired.targets.size(), 1U);
  EXPECT_EQ(run.contexts, (std::map<std::string, std::string>{{plan->desired.targets[0].name, plan->desired.targets[0].context}})) << "whoever has only the record finds the clusters";
  EXPECT_FALSE(run.ended.empty());
  std::string text;
  llvm::raw_string_ostream out(text);
  printHistory(history, out);
  printRun(run, out);
  EXPECT_NE(out.str().find("ana@desk"), std::string::npos);
  EXPECT_NE(out.str().find("01234567 (dirty)"), std::string::npos);
  // What changes nothing is no run.
  size_t before = cluster.log.size();
  must(bench.run(shop("1")));
  EXPECT_EQ(cluster.log.size(), before);
}

TEST(RunHistory, CostsTwoWritesAndOneList) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(shop("1")));
  cluster.log.clear();
  must(bench.run(shop("2")));
  EXPECT_EQ(std::count_if(cluster.log.begin(), cluster.log.end(), [](const std::string& line) { return line.find(".run.") != std::string::npos; }), 2);
}

TEST(RunHistory, ARunThatWasKilledDidNotEnd) {
  FakeCluster cluster;
  {
    Bench bench(cluster);
    Cancel cancel{0};
    bench.options.cancel = &cancel;
    cluster.before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
      if (request.path.find("configmaps/a?") != std::string::npos) cancel = 2; // left at once
      return std::nullopt;
    };
    must(bench.run(shop("1")));
    cluster.before = nullptr;
  }
  cluster.objects.erase(cluster.pathOf("Lease", "chasi-system", "chasi-shop"));
  Bench bench(cluster);
  History history = historyOf(bench);
  ASSERT_EQ(history.runs.size(), 1U);
  EXPECT_EQ(history.runs[0].outcome, "did not end");
  must(bench.run(shop("2")));
  EXPECT_EQ(historyOf(bench).runs[0].outcome, "succeeded");
}

TEST(RunHistory, FailuresAreTold) {
  FakeCluster cluster;
  cluster.before = [](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.path.find("configmaps/a?") != std::string::npos && !FakeCluster::isDryRun(request)) return FakeCluster::status(422, "Invalid", "no such thing");
    return std::nullopt;
  };
  Bench bench(cluster);
  EXPECT_FALSE(must(bench.run(shop("1"))).ok());
  const History history = historyOf(bench);
  ASSERT_EQ(history.runs.size(), 1U);
  const RunRecord& run = history.runs[0];
  EXPECT_EQ(run.outcome, "incomplete");
  ASSERT_EQ(run.failures.size(), 1U);
  EXPECT_EQ(run.failures[0].operation, "unit/ConfigMap/a");
  EXPECT_EQ(run.failures[0].code, "CH6204");
}

TEST(RunHistory, KeepsTheNewest) {
  FakeCluster cluster;
  Bench bench(cluster);
  for (int i = 0; i < 40; ++i) must(bench.run(shop(std::to_string(i))));
  EXPECT_LE(records(cluster), kKeptRuns + kSpareRuns);
  EXPECT_GE(records(cluster), kKeptRuns);
  const History history = historyOf(bench);
  EXPECT_NE(stateOf(bench, history, history.runs[0]).operations[1].payload.find("39"), std::string::npos);
}

TEST(Rollback, BringsBackWhatWas) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(shop("1")));
  Spec more = shop("2");
  more.config("shop", "b", "2", {0});
  must(bench.run(more));
  History history = historyOf(bench);
  ASSERT_EQ(history.runs.size(), 2U);
  auto before = runBefore(history);
  ASSERT_TRUE(bool(before));
  EXPECT_EQ((*before)->id, history.runs[1].id);
  auto found = findRun(history, (*before)->id.substr(0, 6));
  ASSERT_TRUE(bool(found));
  plan::Desired state = stateOf(bench, history, **found);
  ASSERT_EQ(state.operations.size(), 2U);
  EXPECT_EQ(state.operations[1].needs, std::vector<uint32_t>{0});
  EXPECT_EQ(state.operations[1].source.file, "shop.chasi");
  auto plan = engine::compare(state, *bench.connections, {});
  ASSERT_TRUE(bool(plan));
  EXPECT_EQ(plan->prunes.size(), 1U);
  plan->restores = (*found)->id;
  EXPECT_TRUE(must(bench.apply(*plan)).ok());
  EXPECT_EQ((*cluster.get("ConfigMap", "shop", "a"))["data"]["key"], "1");
  EXPECT_EQ(cluster.get("ConfigMap", "shop", "b"), nullptr);
  History after = historyOf(bench);
  EXPECT_EQ(after.runs[0].restores, history.runs[1].id);
  EXPECT_EQ(codeOf(findRun(after, "ffffffffffffffff").takeError()), "CH6227");
}

TEST(Rollback, RefusesSecretsThatWereNeverKept) {
  FakeCluster cluster;
  Bench bench(cluster);
  Spec spec = shop("1");
  spec.add("v1", "Secret", "shop", "key", {{"data", {{"token", "Q0FOQVJZ"}}}}, {0});
  must(bench.run(spec));
  for (const auto& [path, object] : cluster.objects)
    if (path.find(".run.") != std::string::npos) {
      std::string packed, state;
      ASSERT_TRUE(plan::fromBase64(object["binaryData"]["state"].get<std::string>(), packed) && unpack(packed, state));
      EXPECT_EQ(state.find("Q0FOQVJZ"), std::string::npos);
      EXPECT_EQ(state.find("CANARY"), std::string::npos);
      EXPECT_EQ(object.dump().find("Q0FOQVJZ"), std::string::npos);
    }
  History history = historyOf(bench);
  EXPECT_EQ(codeOf(stateAfter(history.runs[0], history, shop("").desired, *bench.connections).takeError()), "CH6228");
}

TEST(Audit, HasALineForEachWrite) {
  const std::string path = ::testing::TempDir() + fmt::format("audit-{}.jsonl", ::getpid());
  FakeCluster cluster;
  Bench bench(cluster);
  auto plan = bench.compare(shop("1"));
  ASSERT_TRUE(bool(plan));
  bench.options.runId = newRunId();
  auto log = AuditLog::open(path);
  ASSERT_TRUE(bool(log));
  ASSERT_FALSE(bool((*log)->start(*plan, bench.options.runId, "ana@desk")));
  bench.options.events = [&](const Event& event) { (*log)->add(event); };
  must(bench.apply(*plan));
  (*log)->end("succeeded", "2 created");
  std::vector<json> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
  ::unlink(path.c_str());
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0]["event"], "start");
  EXPECT_EQ(lines[0]["who"], "ana@desk");
  EXPECT_EQ(lines[0]["planDigest"], plan::planDigest(*plan));
  EXPECT_EQ(lines[2]["object"]["name"], "a");
  EXPECT_EQ(lines[2]["action"], "create");
  EXPECT_EQ(lines[2]["outcome"], "done");
  EXPECT_EQ(lines[3]["outcome"], "succeeded");
  for (const json& line : lines) EXPECT_EQ(line["run"], bench.options.runId);
}

TEST(Audit, AFullDiskIsTold) {
  FakeCluster cluster;
  Bench bench(cluster);
  auto plan = bench.compare(shop("1"));
  ASSERT_TRUE(bool(plan));
  auto log = AuditLog::open("/dev/full");
  ASSERT_TRUE(bool(log));
  EXPECT_EQ(codeOf((*log)->start(*plan, "r", "ana")), "CH6229");
  EXPECT_EQ(codeOf(AuditLog::open("/no/such/folder/log").takeError()), "CH6229");
}

TEST(Unlock, BreaksTheLockThatItSaw) {
  FakeCluster cluster;
  Bench bench(cluster);
  must(bench.run(shop("1")));
  cluster.put("coordination.k8s.io/v1", "Lease", "chasi-system", "chasi-shop", {{"spec", {{"holderIdentity", "eve@far/1/r"}, {"leaseDurationSeconds", 15}}}});
  std::vector<LeftOutTarget> missing;
  auto locks = heldLocks(shop("").desired, *bench.connections, missing);
  ASSERT_TRUE(bool(locks));
  ASSERT_EQ(locks->size(), 1U);
  EXPECT_EQ((*locks)[0].holder, "eve@far/1/r");
  EXPECT_FALSE((*locks)[0].ended);
  cluster.touch(*cluster.get("Lease", "chasi-system", "chasi-shop"));
  EXPECT_EQ(codeOf(breakLock((*locks)[0], shop("").desired, *bench.connections)), "CH6230") << "it was renewed";
  locks = heldLocks(shop("").desired, *bench.connections, missing);
  ASSERT_TRUE(bool(locks));
  EXPECT_FALSE(bool(breakLock((*locks)[0], shop("").desired, *bench.connections)));
  EXPECT_EQ(cluster.get("Lease", "chasi-system", "chasi-shop"), nullptr);
}
