// Sends HTTP requests without waiting for them. The seam between the client and the network: tests have a transport in
// memory with a clock of its own.
#pragma once

#include "runtime/kube/endpoint.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chasi::kube {

enum class Method : uint8_t { Get, Post, Put, Patch, Delete };
const char* name(Method method);

struct HttpRequest {
  Method method = Method::Get;
  std::shared_ptr<const Endpoint> endpoint;
  std::string path; ///< with its query
  std::string body;
  const char* contentType = nullptr; ///< of the body; static text
  const char* accept = nullptr;      ///< static text
  std::string ifNoneMatch;           ///< an ETag; empty: none
  std::string token;                 ///< bearer token, if any
  std::chrono::milliseconds timeout{60000}; ///< for the whole exchange; streams have none
  bool fresh = false; ///< on a new connection: the old one brought no answer
};

enum class Failure : uint8_t {
  None,
  Unreachable, ///< no connection: nothing was sent
  Tls,         ///< the server's certificate, or ours
  Broken,      ///< the connection ended before the whole answer came; the server may have acted
  Timeout,     ///< as Broken
  Cancelled,
};

struct HttpResponse {
  int status = 0; ///< 0 when there was no answer; then `failure` says why
  std::string body;
  std::string contentType;
  std::string etag;
  std::optional<int> retryAfter; ///< seconds
  std::vector<std::string> warnings; ///< texts of Warning: 299
  bool http2 = false;
  Failure failure = Failure::None;
  std::string failureText;
};

/// One thread drives a transport; `wake` alone may come from another.
class Transport {
public:
  using Time = std::chrono::steady_clock::time_point;
  using Done = std::function<void(HttpResponse)>;
  using Data = std::function<void(std::string_view)>;

  virtual ~Transport() = default;
  /// `done` is called exactly once from `drive`, unless the request is cancelled before. With `data` the answer's body is
  /// a stream: pieces go there and not to the response.
  virtual uint64_t start(HttpRequest request, Done done, Data data = {}) = 0;
  virtual void cancel(uint64_t id) = 0;
  /// Moves things forward, waiting up to `longest` for something to happen.
  virtual void drive(std::chrono::milliseconds longest) = 0;
  virtual void wake() = 0;
  virtual Time now() const { return std::chrono::steady_clock::now(); }
};

/// HTTP/2 with multiplexing where TLS offers it, otherwise HTTP/1.1 with kept connections.
std::unique_ptr<Transport> makeCurlTransport();

} // namespace chasi::kube
