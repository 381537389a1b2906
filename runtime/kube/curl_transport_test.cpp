#include "runtime/kube/client.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <atomic>
#include <deque>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace chasi::kube;
using namespace std::chrono_literals;

static Request reading(std::string path = "/x") {
  Request request;
  request.path = std::move(path);
  request.what = "reading x";
  return request;
}

// Answers each connection with the next text and closes it.
class RawServer {
public:
  explicit RawServer(std::vector<std::string> answers) : answers_(std::move(answers)) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    ::listen(socket_, 16);
    thread_ = std::thread([this] { serve(); });
  }
  ~RawServer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  std::string url;

private:
  void serve() {
    for (const std::string& text : answers_) {
      int peer = ::accept(socket_, nullptr, nullptr);
      if (peer < 0) return;
      char buffer[4096];
      if (::recv(peer, buffer, sizeof buffer, 0) > 0) (void)::send(peer, text.data(), text.size(), MSG_NOSIGNAL);
      ::close(peer);
    }
  }
  std::vector<std::string> answers_;
  int socket_ = -1;
  std::thread thread_;
};
} // namespace

TEST(CurlTransport, SurvivesResetsAndTruncatedAnswers) {
  std::string good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
  std::string cut = "HTTP/1.1 200 OK\r\nContent-Length: 200\r\nConnection: close\r\n\r\n{\"items\":[";
  RawServer server({good, cut, "", "HTTP/1.1 503 no\r\nContent-Length: 4\r\nWarning: 299 - \"old\"\r\nConnection: close\r\n\r\nbusy", good});
  Loop loop(makeCurlTransport());
  Endpoint endpoint;
  endpoint.server = server.url;
  Client client(loop, endpoint);
  ASSERT_TRUE(bool(client.call(reading())));
  auto response = client.call(reading());
  ASSERT_TRUE(bool(response)) << chasi::plan::takeText(response.takeError()).message;
  EXPECT_EQ(response->body, "{}");
  EXPECT_EQ(response->tries, 4);
}

TEST(CurlTransport, RequestsMayBeginWhenAWatchBringsNews) {
  const std::string line = "{\"type\":\"ADDED\"}\n";
  std::string watch = "HTTP/1.1 200 OK\r\nContent-Length: 17\r\nConnection: close\r\n\r\n" + line;
  ASSERT_EQ(line.size(), 17U);
  RawServer server({watch, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"});
  Loop loop(makeCurlTransport());
  Endpoint endpoint;
  endpoint.server = server.url;
  Client client(loop, endpoint);
  std::vector<std::string> order;
  client.stream("/watch", [&](std::string_view text) {
    order.push_back("line");
    EXPECT_EQ(text, line.substr(0, 16));
    client.send(reading(), [&](llvm::Expected<Response> response) {
      EXPECT_TRUE(response && response->ok());
      order.push_back("answer");
    });
  }, [&](int status) {
    EXPECT_EQ(status, 200);
    order.push_back("end");
  });
  auto begin = std::chrono::steady_clock::now();
  loop.runUntil([&] { return order.size() == 3 || std::chrono::steady_clock::now() - begin > 5s; });
  EXPECT_EQ(order, (std::vector<std::string>{"line", "end", "answer"}));
}

TEST(CurlTransport, AWatchMayEndItselfWhenItBringsNews) {
  std::string watch = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\n{}\n{}\n{}";
  RawServer server({watch});
  Loop loop(makeCurlTransport());
  Endpoint endpoint;
  endpoint.server = server.url;
  Client client(loop, endpoint);
  bool stopped = false, ended = false;
  uint64_t id = client.stream("/watch", [&](std::string_view) {
    if (!stopped) client.stopStream(id);
    stopped = true;
  }, [&](int) { ended = true; });
  auto begin = std::chrono::steady_clock::now();
  loop.runUntil([&] { return std::chrono::steady_clock::now() - begin > (stopped ? 300ms : 5000ms); });
  EXPECT_TRUE(stopped);
  EXPECT_FALSE(ended);
}

TEST(CurlTransport, RefusedConnectionIsUnreachable) {
  Loop loop(makeCurlTransport());
  Endpoint endpoint;
  endpoint.server = "http://127.0.0.1:1";
  endpoint.describedAs = "context dead";
  Client client(loop, endpoint);
  auto response = client.call(reading());
  ASSERT_FALSE(bool(response));
  chasi::plan::FaultText text = chasi::plan::takeText(response.takeError());
  EXPECT_EQ(text.code, "CH6102");
  EXPECT_NE(text.message.find("http://127.0.0.1:1 (context dead) cannot be reached"), text.message.npos) << text.message;
}

TEST(Loop, PostedWorkRunsInTheLoop) {
  Loop loop(makeCurlTransport());
  std::atomic<bool> ran = false;
  std::thread other([&] { loop.post([&] { ran = true; }); });
  loop.runUntil([&] { return ran.load(); });
  other.join();
  EXPECT_TRUE(ran);
}
