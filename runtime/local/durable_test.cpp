#include "runtime/local/test_server.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <thread>

using namespace chasi::local;
using namespace chasi::local::testing;

namespace {

struct Child {
  pid_t pid = 0;
  uint16_t port = 0;
};

/// A server in a process of its own, which lives until it is killed.
Child serveInChild(const ServeOptions& options, rlim_t mostBytes = 0) {
  int pipe[2];
  EXPECT_EQ(::pipe(pipe), 0);
  Child child;
  child.pid = ::fork();
  if (child.pid == 0) {
    if (mostBytes != 0) {
      ::signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{mostBytes, mostBytes};
      ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    auto server = Server::start(options);
    const uint16_t port = server ? (*server)->port() : 0;
    (void)!::write(pipe[1], &port, sizeof port);
    if (!server) ::_exit(1);
    for (;;) ::pause();
  }
  EXPECT_EQ(::read(pipe[0], &child.port, sizeof child.port), static_cast<ssize_t>(sizeof child.port));
  ::close(pipe[0]);
  ::close(pipe[1]);
  return child;
}

void end(const Child& child) {
  ::kill(child.pid, SIGKILL);
  int status = 0;
  ::waitpid(child.pid, &status, 0);
}

std::string codeOf(const ServeOptions& options, std::string* message = nullptr) {
  auto server = Server::start(options);
  if (server) return "";
  chasi::plan::FaultText text = chasi::plan::takeText(server.takeError());
  if (message) *message = text.message;
  return text.code;
}

} // namespace

TEST(Durable, ARestartChangesNothing) {
  Bench bench;
  ASSERT_EQ(bench.post(kDeployments, deployment("d")).http, 201);
  ASSERT_EQ(bench.post(kMaps, configMap("gone")).http, 201);
  ASSERT_EQ(bench.remove(std::string(kMaps) + "/gone").http, 200);
  const std::string before = bench.get(std::string(kDeployments) + "/d").body, uid = bench.get("/api/v1/namespaces/kube-system").text({"metadata", "uid"});
  const std::string version = bench.get(kMaps).text({"metadata", "resourceVersion"});
  bench.connection.reset();
  bench.server.reset();
  bench.start({.file = bench.folder / "cluster.db"});
  EXPECT_EQ(bench.get(std::string(kDeployments) + "/d").body, before);
  EXPECT_EQ(bench.get("/api/v1/namespaces/kube-system").text({"metadata", "uid"}), uid);
  // Versions never go back, even when the newest one belonged to an object that is gone.
  EXPECT_EQ(bench.get(kMaps).text({"metadata", "resourceVersion"}), version);
  EXPECT_GT(std::stoull(bench.post(kMaps, configMap("new")).text({"metadata", "resourceVersion"})), std::stoull(version));
}

TEST(Durable, EveryAcknowledgedWriteOutlivesAKill) {
  TestFolder folder;
  const ServeOptions options{.file = folder / "cluster.db"};
  std::map<std::string, std::string> acknowledged;
  for (int round = 0; round < 4; ++round) {
    const Child child = serveInChild(options);
    ASSERT_NE(child.port, 0);
    std::mutex mutex;
    std::vector<std::thread> writers;
    for (int w = 0; w < 4; ++w)
      writers.emplace_back([&, w] {
        Connection connection(child.port);
        for (int i = 0;; ++i) {
          const std::string name = "r" + std::to_string(round) + "-" + std::to_string(w) + "-" + std::to_string(i);
          const Reply reply = connection.call("POST", kMaps, dumpJson(configMap(name, {{"v", name}})));
          if (reply.http != 201) return;
          std::lock_guard lock(mutex);
          acknowledged[name] = reply.text({"metadata", "resourceVersion"});
        }
      });
    std::this_thread::sleep_for(std::chrono::milliseconds(60 + 37 * round));
    end(child);
    for (std::thread& writer : writers) writer.join();
    const Child again = serveInChild(options);
    Connection connection(again.port);
    const Reply list = connection.call("GET", kMaps);
    std::map<std::string, std::string> stored;
    const Json listed = list.json(); // the loop needs it to live
    for (const Json& item : listed["items"]) stored[textAt(item, {"metadata", "name"})] = textAt(item, {"metadata", "resourceVersion"});
    for (const auto& [name, version] : acknowledged) {
      ASSERT_TRUE(stored.contains(name)) << name;
      EXPECT_EQ(stored[name], version);
    }
    end(again);
  }
  EXPECT_GT(acknowledged.size(), 20U);
}

TEST(Durable, OneServerAtATime) {
  Bench bench;
  const std::string file = bench.folder / "cluster.db";
  std::string message;
  EXPECT_EQ(codeOf({.file = file}, &message), "CH6301");
  EXPECT_NE(message.find("process " + std::to_string(::getpid()) + " at " + bench.server->url()), std::string::npos) << message;
  Running running = llvm::cantFail(whoServes(file));
  EXPECT_EQ(running.pid, ::getpid());
  EXPECT_EQ(running.url, bench.server->url());
  bench.connection.reset();
  bench.server.reset();
  running = llvm::cantFail(whoServes(file));
  EXPECT_EQ(running.pid, 0);
  EXPECT_EQ(llvm::cantFail(whoServes(bench.folder / "never")).pid, 0);
  // A killed server leaves its note behind, but not its lock.
  const Child child = serveInChild({.file = file});
  EXPECT_EQ(llvm::cantFail(whoServes(file)).pid, child.pid);
  EXPECT_EQ(codeOf({.file = file}, &message), "CH6301");
  end(child);
  EXPECT_EQ(llvm::cantFail(whoServes(file)).pid, 0);
  EXPECT_EQ(codeOf({.file = file}), "");
}

TEST(Durable, FilesThatAreNoClusterAreRefused) {
  TestFolder folder;
  std::ofstream(folder / "text.db") << std::string(5000, 'x');
  std::string message;
  EXPECT_EQ(codeOf({.file = folder / "text.db"}, &message), "CH6302");
  EXPECT_EQ(codeOf({.file = "/dev/null/below/cluster.db"}), "CH6302");
  fs::create_directory(folder / "folder.db");
  EXPECT_EQ(codeOf({.file = folder / "folder.db"}), "CH6302");
  // Damage in the middle of a good file.
  const std::string file = folder / "good.db";
  {
    auto server = llvm::cantFail(Server::start({.file = file}));
    Connection connection(server->port());
    for (int i = 0; i < 200; ++i) ASSERT_EQ(connection.call("POST", kMaps, dumpJson(configMap("m" + std::to_string(i), {{"x", std::string(500, 'x')}}))).http, 201);
  }
  std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
  for (int page = 1; page < 20; ++page) {
    damage.seekp(page * 4096);
    damage << std::string(64, '\xff');
  }
  damage.close();
  EXPECT_EQ(codeOf({.file = file}, &message), "CH6302");
  EXPECT_NE(message.find(file), std::string::npos) << message;
}

TEST(Durable, ATakenPortIsSaid) {
  Bench bench;
  std::string message;
  EXPECT_EQ(codeOf({.file = bench.folder / "other.db", .port = bench.server->port()}, &message), "CH6303");
  EXPECT_NE(message.find(std::to_string(bench.server->port())), std::string::npos);
}

TEST(Durable, AFullDiskLosesNothing) {
  TestFolder folder;
  const ServeOptions options{.file = folder / "cluster.db"};
  const Child child = serveInChild(options, 300 << 10);
  ASSERT_NE(child.port, 0);
  Connection connection(child.port);
  std::vector<std::string> kept;
  Reply refused;
  for (int i = 0; i < 200 && refused.http == 0; ++i) {
    const std::string name = "m" + std::to_string(i);
    const Reply reply = connection.call("POST", kMaps, dumpJson(configMap(name, {{"x", std::string(5000, 'x')}})));
    if (reply.http == 201) kept.push_back(name);
    else refused = reply;
  }
  EXPECT_EQ(refused.http, 507) << refused.body;
  EXPECT_NE(refused.text({"message"}).find("took nothing of this write"), std::string::npos);
  EXPECT_GT(kept.size(), 5U);
  // Reading goes on, and what was refused does not show.
  EXPECT_EQ(connection.call("GET", kMaps).json()["items"].size(), kept.size() + 1);
  end(child);
  const Child again = serveInChild(options);
  Connection after(again.port);
  for (const std::string& name : kept) EXPECT_EQ(after.call("GET", std::string(kMaps) + "/" + name).http, 200);
  EXPECT_EQ(after.call("POST", kMaps, dumpJson(configMap("room-again"))).http, 201);
  end(again);
}

TEST(Durable, KubeconfigNamesTheServer) {
  const std::string text = kubeconfigFor("http://127.0.0.1:1234");
  EXPECT_NE(text.find("server: http://127.0.0.1:1234\n"), std::string::npos);
  EXPECT_NE(text.find("current-context: chasi-local\n"), std::string::npos);
}
