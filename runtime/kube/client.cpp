#include "runtime/kube/client.h"

#include "runtime/kube/exec_credential.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace chasi::kube {

using plan::fault;
using std::chrono::milliseconds;

static constexpr std::chrono::seconds kLeeway{10}; // a credential is had anew so long before it runs out
static constexpr int kFirstTries = 4;              // while no answer came yet, each ended by a broken connection

struct Client::Job {
  Request request;
  Answer answer;
  Transport::Time until;
  int tries = 0;
  bool retriedLogin = false;
  int login = 0; // which login the last try used
  bool broken = false; // no answer came to the last try
};

Client::Client(Loop& loop, Endpoint endpoint) : loop_(loop), endpoint_(std::make_shared<Endpoint>(std::move(endpoint))) {}

Client::~Client() { *alive_ = false; }

size_t Client::window() const {
  size_t most = most_ ? most_ : http2_ ? 32 : 8;
  return std::clamp(static_cast<size_t>(window_), size_t{1}, most);
}

void Client::send(Request request, Answer answer) {
  auto job = std::make_shared<Job>();
  job->until = loop_.now() + request.deadline;
  job->request = std::move(request);
  job->answer = std::move(answer);
  if (job->request.urgent) return transmit(std::move(job));
  queue_.push_back(std::move(job));
  pump();
}

llvm::Expected<Response> Client::call(Request request) {
  std::optional<llvm::Expected<Response>> result;
  send(std::move(request), [&](llvm::Expected<Response> answer) { result.emplace(std::move(answer)); });
  loop_.runUntil([&] { return result.has_value(); });
  return std::move(*result);
}

void Client::pump() {
  Transport::Time now = loop_.now();
  if (now < pausedUntil_) {
    if (pumpTimer_ || queue_.empty()) return;
    auto pause = std::chrono::ceil<milliseconds>(pausedUntil_ - now);
    pumpTimer_ = loop_.after(pause, [this, alive = alive_] {
      if (!*alive) return;
      pumpTimer_ = 0;
      pump();
    });
    return;
  }
  while (!queue_.empty() && inFlight_ < window()) {
    std::shared_ptr<Job> job = std::move(queue_.front());
    queue_.pop_front();
    transmit(std::move(job));
  }
}

void Client::transmit(std::shared_ptr<Job> job) {
  llvm::Error refused = job->request.gate ? job->request.gate() : llvm::Error::success();
  if (llvm::Error error = refused ? std::move(refused) : login(false)) {
    finish(*job, std::move(error));
    return;
  }
  ++inFlight_;
  ++job->tries;
  ++counters_.sent;
  job->login = logins_;
  bool dryRun = job->request.path.find("dryRun=All") != std::string::npos;
  if (job->request.method != Method::Get && !dryRun) ++counters_.writes;
  HttpRequest http;
  http.method = job->request.method;
  http.endpoint = endpoint_;
  http.path = job->request.path;
  http.contentType = job->request.contentType;
  http.accept = job->request.accept;
  http.ifNoneMatch = job->request.ifNoneMatch;
  http.token = token_;
  http.fresh = job->broken;
  http.timeout = std::max(milliseconds(1000), std::chrono::ceil<milliseconds>(job->until - loop_.now()));
  if (job->request.once) http.body = std::move(job->request.body);
  else http.body = job->request.body;
  loop_.transport().start(std::move(http), [this, alive = alive_, job](HttpResponse response) mutable {
    if (*alive) receive(std::move(job), std::move(response));
  });
}

void Client::receive(std::shared_ptr<Job> job, HttpResponse response) {
  --inFlight_;
  job->broken = response.status == 0;
  if (response.status == 0) {
    // Who took the connection and then dropped it is there: a first contact is tried again too, but not for long.
    bool there = contacted_ || (response.failure == Failure::Broken && job->tries < kFirstTries);
    bool retry = there && response.failure != Failure::Tls && !job->request.once;
    milliseconds pause = backoff(job->tries);
    if (retry && loop_.now() + pause < job->until) retryLater(job, pause, response.failureText);
    else finish(*job, unreached(*job, response));
    pump();
    return;
  }
  contacted_ = true;
  Response result;
  result.http = response.status;
  result.warnings = std::move(response.warnings);
  result.etag = std::move(response.etag);
  result.tries = job->tries;
  if (!result.ok()) result.status = parseStatus(response.status, response.body);
  // Of a quota itself the same words mean that a precondition did not hold.
  if (job->request.path.find("/resourcequotas") != std::string::npos) result.status.quotaRace = false;
  Verdict verdict = judge(response.status, result.status);
  milliseconds pause = backoff(job->tries);
  if (verdict == Verdict::Throttled) {
    onThrottle(response);
    pause = std::max(pause, std::chrono::ceil<milliseconds>(pausedUntil_ - loop_.now()));
  }
  bool retry = verdict == Verdict::Throttled || (verdict == Verdict::Retry && !job->request.once);
  if (verdict == Verdict::Login && !job->retriedLogin) {
    // Many requests may come back with 401 at once; the first one logs in, the others use what it got.
    job->retriedLogin = true;
    llvm::Error error = job->login == logins_ ? login(true) : llvm::Error::success();
    if (error) finish(*job, std::move(error));
    else queue_.push_front(job);
  } else if (retry && loop_.now() + pause < job->until) {
    retryLater(job, pause, fmt::format("{} {}", response.status, result.status.message));
  } else if (verdict == Verdict::Login) {
    finish(*job, toFault(result.status, job->request.what));
  } else {
    if (verdict == Verdict::Done) onSuccess(response);
    result.body = std::move(response.body);
    finish(*job, std::move(result));
  }
  pump();
}

constexpr double kMost = 64;
constexpr size_t kPatience = 64;

// What is refused together counts once: of eight requests six may come back, and the server still takes two at a time.
void Client::onThrottle(const HttpResponse& response) {
  ++counters_.throttled;
  if (loop_.now() >= pausedUntil_) {
    if (step_ > 0) patience_ = std::min<size_t>(2 * patience_, 4096);
    step_ = 0;
  }
  answered_ = 0;
  ceiling_ = std::clamp(static_cast<double>(inFlight_), 1.0, ceiling_);
  window_ = std::max(1.0, ceiling_ / 2);
  // The pause is for all requests: the server said that it has too much to do, not that it dislikes this one.
  milliseconds pause = response.retryAfter ? milliseconds(1000L * std::clamp(*response.retryAfter, 0, 60)) : milliseconds(500);
  jitter_ = jitter_ * 1664525U + 1013904223U;
  pausedUntil_ = std::max(pausedUntil_, loop_.now() + pause + milliseconds(jitter_ % 100));
}

void Client::onSuccess(const HttpResponse& response) {
  http2_ = http2_ || response.http2;
  if (window_ < ceiling_) {
    window_ = std::min(ceiling_, window_ + 1.0 / window_);
  } else if (ceiling_ < kMost && ++answered_ >= patience_) {
    if (step_ > 0) patience_ = kPatience; // the last try held
    answered_ = 0;
    step_ = std::max(1.0, step_ * 2);
    window_ = ceiling_ = std::min(kMost, ceiling_ + step_);
  }
}

milliseconds Client::backoff(int tries) {
  jitter_ = jitter_ * 1664525U + 1013904223U;
  long base = 100L << std::min(tries - 1, 6);
  return milliseconds(std::min(base, 5000L) + static_cast<long>(jitter_ >> 16) % (base / 2 + 1));
}

void Client::retryLater(std::shared_ptr<Job> job, milliseconds pause, const std::string& why) {
  ++counters_.retries;
  if (notice_) notice_(job->request, why, pause);
  loop_.after(pause, [this, alive = alive_, job = std::move(job)]() mutable {
    if (!*alive) return;
    queue_.push_front(std::move(job));
    pump();
  });
}

void Client::finish(Job& job, llvm::Expected<Response> result) { job.answer(std::move(result)); }

llvm::Error Client::unreached(const Job& job, const HttpResponse& response) const {
  std::string where = endpoint_->server;
  if (!endpoint_->describedAs.empty()) where += " (" + endpoint_->describedAs + ")";
  if (response.failure == Failure::Tls)
    return fault("CH6105", fmt::format("{}: no trusted connection to {}: {}", job.request.what, where, response.failureText),
                 "check certificate-authority and tls-server-name in the kubeconfig");
  const char* how = response.failure == Failure::Unreachable ? "cannot be reached" : "does not answer";
  return fault("CH6102", fmt::format("{}: {} {}: {}", job.request.what, where, how, response.failureText),
               "check the address and the network; nothing that could not be read counts as deleted");
}

// Reads the token when it is needed: a token file at most once a minute (it is rotated in place), a program once until what it
// gave runs out, or the server refuses it.
llvm::Error Client::login(bool again) {
  if (endpoint_->unusable) return fault(*endpoint_->unusable);
  if (!endpoint_->tokenFile.empty()) {
    if (!again && loggedIn_ && loop_.now() - tokenRead_ < std::chrono::seconds(50)) return llvm::Error::success();
    std::ifstream in(endpoint_->tokenFile, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
    if (text.empty()) return fault("CH6103", fmt::format("the token file '{}' is missing or empty", endpoint_->tokenFile));
    token_ = std::move(text);
    tokenRead_ = loop_.now();
  } else if (endpoint_->exec && (again || !loggedIn_ || (expires_ && *expires_ - kLeeway < std::chrono::system_clock::now()))) {
    llvm::Expected<ExecCredential> credential = runExecPlugin(*endpoint_);
    if (!credential) return credential.takeError();
    again = again || expires_;
    expires_ = credential->expires;
    token_ = credential->token;
    if (!credential->certPem.empty()) {
      // Exchanges in flight keep the endpoint that they began with; a new one opens new connections.
      endpoint_ = std::make_shared<Endpoint>(*endpoint_);
      endpoint_->certPem = credential->certPem;
      endpoint_->keyPem = credential->keyPem;
    }
  } else if (!loggedIn_) {
    token_ = endpoint_->token;
  }
  if (again || !loggedIn_) ++logins_;
  loggedIn_ = true;
  return llvm::Error::success();
}

llvm::Expected<Endpoint> Client::credentials() {
  if (llvm::Error error = login(false)) return error;
  Endpoint now = *endpoint_;
  now.token = token_;
  now.tokenFile.clear();
  now.exec.reset();
  return now;
}

uint64_t Client::stream(const std::string& path, std::function<void(std::string_view)> line, std::function<void(int)> end) {
  HttpRequest http;
  http.endpoint = endpoint_;
  http.path = path;
  http.token = token_;
  ++counters_.sent;
  auto rest = std::make_shared<std::string>();
  auto onData = [rest, line = std::move(line), alive = alive_](std::string_view bytes) {
    rest->append(bytes);
    size_t begin = 0;
    for (size_t at; *alive && (at = rest->find('\n', begin)) != rest->npos; begin = at + 1)
      if (at > begin) line(std::string_view(*rest).substr(begin, at - begin));
    rest->erase(0, begin);
  };
  return loop_.transport().start(std::move(http),
                                 [end = std::move(end), alive = alive_](HttpResponse response) {
                                   if (*alive) end(response.status);
                                 },
                                 std::move(onData));
}

} // namespace chasi::kube
