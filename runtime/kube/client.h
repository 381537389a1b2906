// Talks to one API server: credentials, a bounded window of requests, and retries of what may be retried.
#pragma once

#include "runtime/kube/loop.h"
#include "runtime/kube/status.h"

#include <llvm/ADT/FunctionExtras.h>

#include <deque>

namespace chasi::kube {

/// All requests of the engine are idempotent: reads, apply patches, deletes and puts with preconditions. A create by POST is not,
/// and is sent with `once`.
struct Request {
  Method method = Method::Get;
  std::string path; ///< "/api/v1/namespaces/a/configmaps?limit=1"
  std::string body;
  const char* contentType = nullptr; ///< static text
  const char* accept = nullptr;      ///< static text
  std::string ifNoneMatch;           ///< an ETag that is here; the answer is 304 when it still holds
  std::string what;                  ///< for messages: "applying Deployment/api in payments"
  bool once = false;                 ///< never sent twice
  std::function<llvm::Error()> gate; ///< asked whenever it is about to be sent, however long it stood in a queue; its error is the answer
  bool urgent = false;               ///< past the window and its pauses: what a run that ends, or its lock, cannot wait for
  std::chrono::milliseconds deadline{60000}; ///< for all tries together
};

struct Response {
  int http = 0;
  std::string body, etag;
  ApiStatus status; ///< only when not ok()
  std::vector<std::string> warnings;
  int tries = 1;
  bool ok() const { return http >= 200 && http < 300; }
};

/// An error means that no final answer came: unreachable (CH6102), certificate (CH6105), credentials (CH6103, CH6110), overload
/// (CH6109). A refusal is a Response. Called from the loop.
using Answer = llvm::unique_function<void(llvm::Expected<Response>)>;

/// Called before a pause: what for, and how long.
using RetryNotice = std::function<void(const Request&, const std::string& why, std::chrono::milliseconds pause)>;

class Client {
public:
  Client(Loop& loop, Endpoint endpoint);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Sends when the window has room.
  void send(Request request, Answer answer);
  /// Sends and runs the loop until the answer is there.
  llvm::Expected<Response> call(Request request);

  /// Streams the lines of a watch; `end` comes once, with the HTTP status (0 when the connection broke).
  uint64_t stream(const std::string& path, std::function<void(std::string_view line)> line, std::function<void(int)> end);
  void stopStream(uint64_t id) { loop_.transport().cancel(id); }

  const Endpoint& endpoint() const { return *endpoint_; }
  /// The endpoint with what its token file or program gives now, for connections that somebody else opens.
  llvm::Expected<Endpoint> credentials();
  Loop& loop() { return loop_; }
  void onRetry(RetryNotice notice) { notice_ = std::move(notice); }
  /// The largest number of requests in flight; the default is 8 connections or 32 streams of HTTP/2.
  void limitWindow(size_t most) { most_ = most; }

  struct Counters {
    size_t sent = 0, writes = 0, retries = 0, throttled = 0; ///< `writes` leaves dry runs out
  };
  const Counters& counters() const { return counters_; }

private:
  struct Job;
  void pump();
  void transmit(std::shared_ptr<Job> job);
  void receive(std::shared_ptr<Job> job, HttpResponse response);
  void retryLater(std::shared_ptr<Job> job, std::chrono::milliseconds pause, const std::string& why);
  void finish(Job& job, llvm::Expected<Response> result);
  void onThrottle(const HttpResponse& response);
  void onSuccess(const HttpResponse& response);
  llvm::Error unreached(const Job& job, const HttpResponse& response) const;
  llvm::Error login(bool again);
  std::chrono::milliseconds backoff(int tries);
  size_t window() const;

  Loop& loop_;
  std::shared_ptr<Endpoint> endpoint_;
  std::deque<std::shared_ptr<Job>> queue_;
  size_t inFlight_ = 0;
  size_t most_ = 0;
  double window_ = 8;
  double ceiling_ = 64;  // up to here the window grows with every answer, and past it only to try
  double step_ = 0;      // of the try that is on; larger each time
  size_t patience_ = 64; // answers before a try; twice as many after one that was refused
  size_t answered_ = 0;  // since the last refusal or try
  bool http2_ = false;
  bool contacted_ = false; // some answer came from this server in this run
  bool loggedIn_ = false;
  Transport::Time pausedUntil_{};
  Transport::Time tokenRead_{};
  std::optional<std::chrono::system_clock::time_point> expires_; // of what a credential program gave
  std::string token_;
  uint64_t pumpTimer_ = 0;
  uint32_t jitter_ = 1;
  int logins_ = 0;
  Counters counters_;
  RetryNotice notice_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

} // namespace chasi::kube
