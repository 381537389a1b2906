#include "runtime/kube/port_forward.h"

#include "runtime/kube/curl_setup.h"
#include "runtime/kube/web_socket.h"
#include "runtime/plan/digest.h"
#include "runtime/plan/fault.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <list>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <random>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace chasi::kube {

using os::curl;
using plan::fault;

struct PortForward::State {
  Endpoint api;
  int listener = -1;
  int wake[2] = {-1, -1}; ///< the first is readable when all is to end; nobody reads it away
  int port = 0;
  std::thread accepts;
  mutable std::mutex mutex; ///< of all below
  ForwardTo to;
  std::string trouble;
  std::list<std::thread> connections;

  ~State() {
    for (int fd : {listener, wake[0], wake[1]})
      if (fd >= 0) ::close(fd);
  }
  void tell(std::string text) {
    const std::lock_guard lock(mutex);
    trouble = std::move(text);
  }
};

namespace {

constexpr size_t kChunk = 32 * 1024;
constexpr int kPatience = 30000; // ms, until the API server has agreed
constexpr char kData = 0, kError = 1;

std::array<uint8_t, 4> newMask() {
  static thread_local std::mt19937 random{std::random_device{}()};
  const auto bits = static_cast<uint32_t>(random());
  return {static_cast<uint8_t>(bits), static_cast<uint8_t>(bits >> 8), static_cast<uint8_t>(bits >> 16), static_cast<uint8_t>(bits >> 24)};
}

/// One connection: a local socket, and a WebSocket to the API server.
class Connection {
public:
  Connection(const Endpoint& api, ForwardTo to, int local, int wake) : api_(api), to_(std::move(to)), local_(local), wake_(wake) {}
  ~Connection() {
    ::close(local_);
    if (easy_) curl().easy_cleanup(easy_);
    if (connectTo_) curl().slist_free_all(connectTo_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Ends with either side. What went wrong; empty for a usual end.
  std::string run() {
    if (std::string why = connect(); !why.empty()) return why;
    if (std::string why = upgrade(); !why.empty()) return why;
    return pump();
  }

private:
  const Endpoint& api_;
  ForwardTo to_;
  int local_, wake_;
  CURL* easy_ = nullptr;
  curl_slist* connectTo_ = nullptr;
  int remote_ = -1;
  std::string in_;       // from the API server, not looked at yet
  std::string out_;      // to it
  std::string down_;     // to the local socket
  size_t heads_[2] = {0, 0}; // bytes of the port number that each channel begins with
  std::string error_;

  std::string connect() {
    if (!curl().why.empty()) return curl().why;
    easy_ = curl().easy_init();
    connectTo_ = setRoute(easy_, api_, "/");
    curl().easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl().easy_setopt(easy_, CURLOPT_CONNECT_ONLY, 1L);
    curl().easy_setopt(easy_, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl().easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
    if (CURLcode code = curl().easy_perform(easy_); code != CURLE_OK) return curl().easy_strerror(code);
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl().easy_getinfo(easy_, CURLINFO_ACTIVESOCKET, &socket);
    remote_ = socket;
    return {};
  }

  std::string upgrade() {
    const Address address = addressOf(api_.server);
    std::string key;
    for (int i = 0; i < 4; ++i)
      for (const uint8_t byte : newMask()) key.push_back(static_cast<char>(byte));
    std::string request = fmt::format("GET {}/api/v1/namespaces/{}/pods/{}/portforward?ports={} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                      "Sec-WebSocket-Key: {}\r\nSec-WebSocket-Protocol: v4.channel.k8s.io\r\nUser-Agent: chasic/" CHASI_VERSION "\r\n",
                                      address.prefix, to_.ns, to_.pod, to_.port, api_.tlsServerName.empty() ? address.host : api_.tlsServerName, plan::base64(key));
    if (!api_.token.empty()) request += "Authorization: Bearer " + api_.token + "\r\n";
    else if (!api_.username.empty()) request += "Authorization: Basic " + plan::base64(api_.username + ":" + api_.password) + "\r\n";
    if (!api_.impersonateUser.empty()) request += "Impersonate-User: " + api_.impersonateUser + "\r\n";
    if (!api_.impersonateUid.empty()) request += "Impersonate-Uid: " + api_.impersonateUid + "\r\n";
    for (const std::string& group : api_.impersonateGroups) request += "Impersonate-Group: " + group + "\r\n";
    out_ = request + "\r\n";
    for (;;) {
      if (!send()) return "the API server ended the connection";
      bool ended = !receive();
      const size_t end = in_.find("\r\n\r\n");
      if (end != in_.npos) {
        const std::string head = in_.substr(0, in_.find("\r\n"));
        if (head.find(" 101 ") == head.npos) return fmt::format("the API server does not forward to pod {}: {} {}", to_.pod, head, in_.substr(end + 4, 200));
        in_.erase(0, end + 4);
        return {};
      }
      if (ended || in_.size() > 65536) return "the API server ended the connection";
      if (!wait(false, kPatience)) return "the API server does not answer";
    }
  }

  // False when nothing came in time, or all is to end. Bytes that TLS holds already were read before.
  bool wait(bool both, int patience) {
    pollfd fds[3] = {{remote_, static_cast<short>(POLLIN | (out_.empty() ? 0 : POLLOUT)), 0}, {wake_, POLLIN, 0}, {local_, 0, 0}};
    // Neither side is read faster than the other takes.
    if (both) fds[2].events = static_cast<short>((out_.size() < 4 * kChunk ? POLLIN : 0) | (down_.empty() ? 0 : POLLOUT));
    if (both && down_.size() >= 4 * kChunk) fds[0].events = static_cast<short>(fds[0].events & ~POLLIN);
    const int ready = ::poll(fds, both ? 3 : 2, patience);
    return (ready > 0 || (ready < 0 && errno == EINTR)) && !(fds[1].revents & POLLIN);
  }

  bool send() {
    while (!out_.empty()) {
      size_t sent = 0;
      const CURLcode code = curl().easy_send(easy_, out_.data(), out_.size(), &sent);
      if (code == CURLE_AGAIN) return true;
      if (code != CURLE_OK) return false;
      out_.erase(0, sent);
    }
    return true;
  }

  bool receive() {
    char bytes[kChunk];
    while (in_.size() < 4 * kChunk) {
      size_t got = 0;
      const CURLcode code = curl().easy_recv(easy_, bytes, sizeof bytes, &got);
      if (code == CURLE_AGAIN) return true;
      if (code != CURLE_OK || got == 0) return false;
      in_.append(bytes, got);
    }
    return true;
  }

  // What the frames so far hold. False when the other side is done.
  bool unpack() {
    bool broken = false;
    while (auto frame = readFrame(in_, broken)) {
      if (frame->opcode == Opcode::Close) return false;
      if (frame->opcode == Opcode::Ping) out_ += writeFrame(Opcode::Pong, frame->payload, newMask());
      if (frame->opcode != Opcode::Binary || frame->payload.empty()) continue;
      const char channel = frame->payload.front();
      if (channel != kData && channel != kError) continue;
      std::string_view rest = std::string_view(frame->payload).substr(1);
      // Each channel begins with the number of the port, in two bytes.
      size_t& head = heads_[static_cast<size_t>(channel)];
      const size_t skipped = std::min(2 - head, rest.size());
      head += skipped;
      rest.remove_prefix(skipped);
      (channel == kData ? down_ : error_).append(rest);
    }
    if (broken) error_ = "the API server sent what is no WebSocket";
    return !broken;
  }

  std::string pump() {
    bool localOpen = true, remoteOpen = true;
    for (;;) {
      remoteOpen = remoteOpen && receive();
      if (!unpack()) remoteOpen = false;
      if (!error_.empty()) return error_;
      while (!down_.empty()) {
        const ssize_t sent = ::send(local_, down_.data(), down_.size(), MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) break;
        if (sent <= 0) return {};
        down_.erase(0, static_cast<size_t>(sent));
      }
      if (!remoteOpen && down_.empty()) return {};
      char bytes[kChunk];
      while (localOpen && out_.size() < 4 * kChunk) {
        const ssize_t got = ::recv(local_, bytes + 1, sizeof bytes - 1, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
        localOpen = got > 0;
        bytes[0] = kData;
        if (localOpen) out_ += writeFrame(Opcode::Binary, {bytes, static_cast<size_t>(got) + 1}, newMask());
      }
      if (remoteOpen && !send()) return {};
      if (!localOpen && out_.empty()) return {};
      if (!wait(true, -1)) return {};
    }
  }
};

void unblock(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL, 0) | O_NONBLOCK); }

} // namespace

PortForward::PortForward(std::shared_ptr<State> state) : state_(std::move(state)) {}

llvm::Expected<std::unique_ptr<PortForward>> PortForward::open(Endpoint api, ForwardTo to) {
  auto state = std::make_shared<State>();
  state->api = std::move(api);
  state->to = std::move(to);
  state->listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  const bool listens = state->listener >= 0 && ::bind(state->listener, plain, size) == 0 && ::listen(state->listener, 64) == 0 && ::getsockname(state->listener, plain, &size) == 0 && ::pipe2(state->wake, O_CLOEXEC) == 0;
  if (!listens) return fault("CH6102", fmt::format("no port of this machine can be forwarded: {}", std::strerror(errno)));
  state->port = ntohs(address.sin_port);
  unblock(state->listener);
  state->accepts = std::thread([own = state.get()] {
    for (;;) {
      pollfd fds[2] = {{own->listener, POLLIN, 0}, {own->wake[0], POLLIN, 0}};
      if (::poll(fds, 2, -1) < 0 && errno != EINTR) return;
      if (fds[1].revents) return;
      const int local = ::accept4(own->listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (local < 0) continue;
      const std::lock_guard lock(own->mutex);
      own->connections.emplace_back([own, local, to = own->to] {
        // Why it failed is told before whoever connected sees its end.
        Connection connection(own->api, to, local, own->wake[0]);
        if (std::string why = connection.run(); !why.empty()) own->tell(std::move(why));
      });
    }
  });
  return std::unique_ptr<PortForward>(new PortForward(std::move(state)));
}

PortForward::~PortForward() {
  const char end = 0;
  if (::write(state_->wake[1], &end, 1) < 0) return; // an empty pipe always takes a byte
  state_->accepts.join();
  for (std::thread& connection : state_->connections) connection.join();
}

int PortForward::localPort() const { return state_->port; }

void PortForward::retarget(ForwardTo to) {
  const std::lock_guard lock(state_->mutex);
  state_->to = std::move(to);
}

std::string PortForward::trouble() const {
  const std::lock_guard lock(state_->mutex);
  return state_->trouble;
}

} // namespace chasi::kube
