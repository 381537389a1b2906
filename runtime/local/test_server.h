// For the tests of this room: a server in a folder that goes away, and a plain HTTP client.
#pragma once

#include "runtime/local/access.h"
#include "runtime/local/local.h"
#include "runtime/plan/fault.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <map>

namespace chasi::local::testing {

namespace fs = std::filesystem;

class TestFolder {
public:
  TestFolder() {
    std::string pattern = (fs::temp_directory_path() / "chasi-local-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TestFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
  std::string path_;
};

struct Reply {
  int http = 0;
  std::string head, body;
  Json json() const { return parseTrusted(body); }
  std::string text(Path path) const { return textAt(json(), path); }
  int64_t number(Path path) const { return numberAt(json(), path, -1); }
};

using Headers = std::map<std::string, std::string>;

/// One connection, kept between requests.
class Connection {
public:
  explicit Connection(uint16_t port) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    const int yes = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const timeval patience{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool connected() const { return connected_; }
  bool send(const std::string& bytes) { return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()); }
  void patience(int seconds) {
    const timeval time{seconds, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  }

  static std::string request(const std::string& method, const std::string& path, const std::string& body, Headers headers) {
    headers.try_emplace("Host", "127.0.0.1");
    headers.try_emplace("User-Agent", "tester/1.0");
    if (!body.empty()) headers.try_emplace("Content-Type", "application/json");
    headers.try_emplace("Content-Length", std::to_string(body.size()));
    std::string text = method + " " + path + " HTTP/1.1\r\n";
    for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
    return text + "\r\n" + body;
  }

  /// http is 0 when the connection ended before an answer.
  Reply call(const std::string& method, const std::string& path, const std::string& body = "", const Headers& headers = {}) {
    if (!send(request(method, path, body, headers))) return {};
    return read();
  }

  Reply read() {
    Reply reply;
    if (!readHead(reply)) return {};
    const size_t at = reply.head.find("Content-Length: ");
    const size_t length = at == reply.head.npos ? 0 : std::stoul(reply.head.substr(at + 16));
    while (buffer_.size() < length && more()) {}
    reply.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return reply;
  }

  bool readHead(Reply& reply) {
    size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == buffer_.npos)
      if (!more()) return false;
    reply.head = buffer_.substr(0, end);
    buffer_.erase(0, end + 4);
    reply.http = std::atoi(reply.head.c_str() + 9);
    return true;
  }

  /// The next line of a chunked body; empty at its end.
  std::string line() {
    for (;;) {
      if (const size_t end = lines_.find('\n'); end != lines_.npos) {
        std::string one = lines_.substr(0, end);
        lines_.erase(0, end + 1);
        return one;
      }
      size_t head = 0;
      while ((head = buffer_.find("\r\n")) == buffer_.npos)
        if (!more()) return "";
      const size_t length = std::stoul(buffer_.substr(0, head), nullptr, 16);
      if (length == 0) return "";
      while (buffer_.size() < head + 2 + length + 2)
        if (!more()) return "";
      lines_ += buffer_.substr(head + 2, length);
      buffer_.erase(0, head + 2 + length + 2);
    }
  }

private:
  int socket_ = -1;
  bool connected_ = false;
  std::string buffer_, lines_;

  bool more() {
    char piece[16384];
    const ssize_t size = ::recv(socket_, piece, sizeof piece, 0);
    if (size <= 0) return false;
    buffer_.append(piece, static_cast<size_t>(size));
    return true;
  }
};

/// A server, and a connection to it.
class Bench {
public:
  explicit Bench(ServeOptions options = {}) {
    options.file = folder / "cluster.db";
    start(options);
  }

  void start(const ServeOptions& options) {
    llvm::Expected<std::unique_ptr<Server>> started = Server::start(options);
    if (!started) {
      ADD_FAILURE() << plan::takeText(started.takeError()).message;
      return;
    }
    server = std::move(*started);
    connection = std::make_unique<Connection>(server->port());
  }
  ~Bench() { connection.reset(); }

  Reply get(const std::string& path, const Headers& headers = {}) { return connection->call("GET", path, "", headers); }
  Reply post(const std::string& path, const Json& body) { return connection->call("POST", path, dumpJson(body)); }
  Reply put(const std::string& path, const Json& body) { return connection->call("PUT", path, dumpJson(body)); }
  Reply remove(const std::string& path, const Json& options = nullptr) { return connection->call("DELETE", path, options.is_null() ? "" : dumpJson(options)); }
  Reply patch(const std::string& path, const Json& body, const char* type = "application/merge-patch+json") { return connection->call("PATCH", path, dumpJson(body), {{"Content-Type", type}}); }
  Reply apply(const std::string& path, const Json& body, const std::string& manager = "tester", const std::string& more = "") {
    return connection->call("PATCH", path + "?fieldManager=" + manager + more, dumpJson(body), {{"Content-Type", "application/apply-patch+yaml"}});
  }
  /// Asks again until the answer has that status, for at most ten seconds.
  Reply until(const std::string& path, int http) {
    Reply reply;
    for (int i = 0; i < 500; ++i) {
      reply = get(path);
      if (reply.http == http) break;
      ::usleep(20000);
    }
    return reply;
  }

  TestFolder folder;
  std::unique_ptr<Server> server;
  std::unique_ptr<Connection> connection;
};

inline Json configMap(const std::string& name, Json data = {{"a", "1"}}) { return {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", name}}}, {"data", std::move(data)}}; }
inline Json named(const char* version, const char* kind, const std::string& name) { return {{"apiVersion", version}, {"kind", kind}, {"metadata", {{"name", name}}}}; }
inline Json podTemplate() {
  return {{"metadata", {{"labels", {{"app", "x"}}}}}, {"spec", {{"containers", Json::array({{{"name", "c"}, {"image", "i"}}})}}}};
}
inline Json deployment(const std::string& name, int64_t replicas = 2) {
  Json object = named("apps/v1", "Deployment", name);
  object["spec"] = {{"replicas", replicas}, {"selector", {{"matchLabels", {{"app", "x"}}}}}, {"template", podTemplate()}};
  return object;
}

constexpr const char* kMaps = "/api/v1/namespaces/default/configmaps";
constexpr const char* kDeployments = "/apis/apps/v1/namespaces/default/deployments";

} // namespace chasi::local::testing
