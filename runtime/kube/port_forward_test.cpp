// Port-forwarding against a server that speaks just enough of the kubelet's side.
#include "runtime/kube/port_forward.h"
#include "runtime/kube/web_socket.h"
#include "runtime/plan/fault.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <atomic>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace chasi;
using namespace chasi::kube;

namespace {

int listening(int& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(fd, 8), 0);
  EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port = ntohs(address.sin_port);
  return fd;
}

int connected(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return fd;
}

void sendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

/// Until so many bytes came, or the end.
std::string receiveAll(int fd, size_t most) {
  std::string out;
  char bytes[65536];
  while (out.size() < most) {
    const ssize_t got = ::recv(fd, bytes, sizeof bytes, 0);
    if (got <= 0) break;
    out.append(bytes, static_cast<size_t>(got));
  }
  return out;
}

/// Answers connections one after the other: with `refusal` if there is one, otherwise it gives back in capitals what it gets.
class Kubelet {
public:
  std::string refusal, error;
  std::string asked; ///< the last request

  Kubelet() : listener_(listening(port_)), thread_([this] { serve(); }) {}
  ~Kubelet() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  Endpoint endpoint() const {
    Endpoint out;
    out.server = "http://127.0.0.1:" + std::to_string(port_);
    out.token = "t0ken";
    return out;
  }

private:
  int port_ = 0;
  int listener_;
  std::thread thread_;

  void serve() {
    for (int fd; (fd = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(fd)) one(fd);
  }
  static std::string framed(char channel, const std::string& bytes) { return writeFrame(Opcode::Binary, channel + bytes, std::nullopt); }

  void one(int fd) {
    std::string in;
    char bytes[4096];
    while (in.find("\r\n\r\n") == in.npos) {
      const ssize_t got = ::recv(fd, bytes, sizeof bytes, 0);
      if (got <= 0) return;
      in.append(bytes, static_cast<size_t>(got));
    }
    asked = in.substr(0, in.find("\r\n\r\n"));
    in.erase(0, asked.size() + 4);
    if (!refusal.empty()) return sendAll(fd, refusal);
    const std::string port("\xFB\x20", 2); // 8443
    sendAll(fd, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n" + framed(0, port) + framed(1, port + error) + writeFrame(Opcode::Ping, "x", std::nullopt));
    for (;;) {
      bool broken = false;
      while (auto frame = readFrame(in, broken)) {
        if (frame->opcode != Opcode::Binary) continue;
        for (char& c : frame->payload) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        sendAll(fd, framed(0, frame->payload.substr(1)));
      }
      const ssize_t got = ::recv(fd, bytes, sizeof bytes, 0);
      if (broken || got <= 0) return;
      in.append(bytes, static_cast<size_t>(got));
    }
  }
};

std::unique_ptr<PortForward> opened(const Kubelet& kubelet) {
  auto forward = PortForward::open(kubelet.endpoint(), {"t1", "blue-0", 8443});
  if (forward) return std::move(*forward);
  ADD_FAILURE() << plan::takeText(forward.takeError()).message;
  return nullptr;
}

} // namespace

TEST(PortForward, BytesGoBothWays) {
  Kubelet kubelet;
  auto forward = opened(kubelet);
  ASSERT_TRUE(forward);
  const int fd = connected(forward->localPort());
  sendAll(fd, "hello");
  EXPECT_EQ(receiveAll(fd, 5), "HELLO");
  ::close(fd);
  EXPECT_EQ(kubelet.asked.find("GET /api/v1/namespaces/t1/pods/blue-0/portforward?ports=8443 HTTP/1.1\r\n"), 0U) << kubelet.asked;
  EXPECT_NE(kubelet.asked.find("Sec-WebSocket-Protocol: v4.channel.k8s.io\r\n"), std::string::npos);
  EXPECT_NE(kubelet.asked.find("Authorization: Bearer t0ken"), std::string::npos);
  forward->retarget({"t1", "blue-1", 8443});
  const int second = connected(forward->localPort());
  sendAll(second, "more");
  EXPECT_EQ(receiveAll(second, 4), "MORE");
  ::close(second);
  EXPECT_NE(kubelet.asked.find("/pods/blue-1/"), std::string::npos);
  EXPECT_EQ(forward->trouble(), "");
}

TEST(PortForward, MuchAtOnce) {
  Kubelet kubelet;
  auto forward = opened(kubelet);
  ASSERT_TRUE(forward);
  const int fd = connected(forward->localPort());
  const std::string much(3'000'000, 'a');
  std::thread writer([&] { sendAll(fd, much); });
  EXPECT_EQ(receiveAll(fd, much.size()), std::string(much.size(), 'A'));
  writer.join();
  ::close(fd);
}

TEST(PortForward, WhatIsRefusedIsTold) {
  Kubelet kubelet;
  kubelet.refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nnot yours";
  auto forward = opened(kubelet);
  ASSERT_TRUE(forward);
  int fd = connected(forward->localPort());
  EXPECT_EQ(receiveAll(fd, 1), "");
  ::close(fd);
  EXPECT_EQ(forward->trouble(), "the API server does not forward to pod blue-0: HTTP/1.1 403 Forbidden not yours");
  kubelet.refusal.clear();
  kubelet.error = "nothing listens on 8443";
  fd = connected(forward->localPort());
  EXPECT_EQ(receiveAll(fd, 1), "");
  ::close(fd);
  EXPECT_EQ(forward->trouble(), "nothing listens on 8443");
}

TEST(PortForward, EndsWhileConnectionsAreOpen) {
  Kubelet kubelet;
  auto forward = opened(kubelet);
  ASSERT_TRUE(forward);
  const int fd = connected(forward->localPort());
  sendAll(fd, "hello");
  EXPECT_EQ(receiveAll(fd, 5), "HELLO");
  forward.reset();
  EXPECT_EQ(receiveAll(fd, 1), "");
  ::close(fd);
}

TEST(WebSocket, FramesOfAllSizes) {
  for (const size_t size : {0UL, 1UL, 125UL, 126UL, 65535UL, 65536UL, 200000UL})
    for (const bool masked : {false, true}) {
      const std::string payload(size, 'x');
      const auto mask = masked ? std::optional(std::array<uint8_t, 4>{1, 2, 3, 250}) : std::nullopt;
      const std::string whole = writeFrame(Opcode::Binary, payload, mask);
      bool broken = false;
      std::string part = whole.substr(0, whole.size() - 1);
      EXPECT_FALSE(readFrame(part, broken));
      EXPECT_FALSE(broken);
      std::string bytes = whole + "rest";
      auto frame = readFrame(bytes, broken);
      ASSERT_TRUE(frame) << size;
      EXPECT_EQ(frame->payload, payload);
      EXPECT_EQ(bytes, "rest");
    }
  bool broken = false;
  std::string huge("\x82\x7F\x00\x00\x00\x01\x00\x00\x00\x00", 10);
  EXPECT_FALSE(readFrame(huge, broken));
  EXPECT_TRUE(broken);
  std::string reserved("\xF2\x00", 2);
  EXPECT_FALSE(readFrame(reserved, broken));
  EXPECT_TRUE(broken);
}
