#include "runtime/kube/curl_setup.h"
#include "runtime/kube/transport.h"
#include "runtime/plan/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <unordered_map>

namespace chasi::kube {

using os::curl;

const char* name(Method method) {
  switch (method) {
  case Method::Get: return "GET";
  case Method::Post: return "POST";
  case Method::Put: return "PUT";
  case Method::Patch: return "PATCH";
  case Method::Delete: return "DELETE";
  }
  return "";
}

namespace {

// One exchange; lives until curl is done with it.
struct Exchange {
  uint64_t id = 0;
  HttpRequest request;
  HttpResponse response;
  Transport::Done done;
  Transport::Data data;
  std::string streamed;                   // of the answer's body, not given to `data` yet
  std::vector<uint64_t>* fresh = nullptr; // the transport's list of exchanges with such bytes
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  curl_slist* connectTo = nullptr;
  char error[CURL_ERROR_SIZE] = {};
};

size_t onBody(char* bytes, size_t, size_t size, void* user) {
  auto* exchange = static_cast<Exchange*>(user);
  long status = 0;
  curl().easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
  // The error answer to a watch is a document, not a stream.
  if (exchange->data && status == 200) {
    // Whoever gets it may start requests, which curl refuses from within this call.
    if (exchange->streamed.empty()) exchange->fresh->push_back(exchange->id);
    exchange->streamed.append(bytes, size);
  } else {
    exchange->response.body.append(bytes, size);
  }
  return size;
}

bool isHeader(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return false;
  return std::equal(name.begin(), name.end(), line.begin(), [](char a, char b) {
    return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b);
  });
}

std::string_view valueOf(std::string_view line) {
  line.remove_prefix(line.find(':') + 1);
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  return line;
}

// RFC 7234 5.5: 299 agent "text"
std::string warningText(std::string_view value) {
  size_t begin = value.find('"');
  size_t end = value.rfind('"');
  return begin < end ? std::string(value.substr(begin + 1, end - begin - 1)) : std::string(value);
}

size_t onHeader(char* bytes, size_t, size_t size, void* user) {
  auto* exchange = static_cast<Exchange*>(user);
  std::string_view line(bytes, size);
  if (isHeader(line, "content-type")) exchange->response.contentType = std::string(valueOf(line));
  else if (isHeader(line, "etag")) exchange->response.etag = std::string(valueOf(line));
  else if (isHeader(line, "warning")) exchange->response.warnings.push_back(warningText(valueOf(line)));
  else if (isHeader(line, "retry-after")) {
    int seconds = 0;
    std::string_view value = valueOf(line);
    if (std::from_chars(value.data(), value.data() + value.size(), seconds).ec == std::errc()) exchange->response.retryAfter = seconds;
  }
  return size;
}

Failure failureOf(CURLcode code) {
  switch (code) {
  case CURLE_COULDNT_RESOLVE_HOST: case CURLE_COULDNT_RESOLVE_PROXY: case CURLE_COULDNT_CONNECT: case CURLE_PROXY:
  case CURLE_URL_MALFORMAT: case CURLE_UNSUPPORTED_PROTOCOL: case CURLE_FAILED_INIT:
    return Failure::Unreachable;
  case CURLE_SSL_CONNECT_ERROR: case CURLE_PEER_FAILED_VERIFICATION: case CURLE_SSL_CERTPROBLEM: case CURLE_SSL_CIPHER:
  case CURLE_SSL_CACERT_BADFILE: case CURLE_SSL_ISSUER_ERROR: case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    return Failure::Tls;
  case CURLE_OPERATION_TIMEDOUT: return Failure::Timeout;
  default: return Failure::Broken;
  }
}

constexpr long kStill = 20; // seconds without a byte

class CurlTransport : public Transport {
public:
  CurlTransport() {
    if (!curl().why.empty()) return; // each exchange will say so
    multi_ = curl().multi_init();
    curl().multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl().multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 64L);
  }

  ~CurlTransport() override {
    for (auto& [id, exchange] : running_) release(*exchange, false);
    running_.clear();
    if (!multi_) return;
    for (CURL* easy : idle_) curl().easy_cleanup(easy);
    curl().multi_cleanup(multi_);
  }

  uint64_t start(HttpRequest request, Done done, Data data) override {
    auto owned = std::make_unique<Exchange>();
    Exchange& x = *owned;
    x.id = ++last_;
    x.request = std::move(request);
    x.done = std::move(done);
    x.data = std::move(data);
    x.fresh = &fresh_;
    if (!curl().why.empty()) {
      x.response.failure = Failure::Broken;
      x.response.failureText = curl().why;
      refused_.push_back(x.id);
      running_.emplace(x.id, std::move(owned));
      return x.id;
    }
    if (idle_.empty()) x.easy = curl().easy_init();
    else { x.easy = idle_.back(); idle_.pop_back(); }
    prepare(x);
    running_.emplace(x.id, std::move(owned));
    if (CURLMcode code = curl().multi_add_handle(multi_, x.easy); code != CURLM_OK) {
      x.response.failure = Failure::Broken;
      x.response.failureText = curl().multi_strerror(code);
      refused_.push_back(x.id);
    }
    return x.id;
  }

  void cancel(uint64_t id) override {
    auto at = running_.find(id);
    if (at == running_.end()) return;
    release(*at->second, false);
    running_.erase(at);
  }

  void drive(std::chrono::milliseconds longest) override {
    int active = 0;
    curl().multi_perform(multi_, &active);
    if (happened()) return;
    curl().multi_poll(multi_, nullptr, 0, static_cast<int>(longest.count()), nullptr);
    curl().multi_perform(multi_, &active);
    happened();
  }

  void wake() override { curl().multi_wakeup(multi_); }

private:
  void prepare(Exchange& x) {
    const Endpoint& to = *x.request.endpoint;
    CURL* easy = x.easy;
    x.connectTo = setRoute(easy, to, x.request.path);
    curl().easy_setopt(easy, CURLOPT_PRIVATE, &x);
    curl().easy_setopt(easy, CURLOPT_ERRORBUFFER, x.error);
    curl().easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl().easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl().easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
    curl().easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
    curl().easy_setopt(easy, CURLOPT_BUFFERSIZE, 131072L);
    curl().easy_setopt(easy, CURLOPT_WRITEFUNCTION, onBody);
    curl().easy_setopt(easy, CURLOPT_WRITEDATA, &x);
    curl().easy_setopt(easy, CURLOPT_HEADERFUNCTION, onHeader);
    curl().easy_setopt(easy, CURLOPT_HEADERDATA, &x);
    if (x.data || x.request.fresh) curl().easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    if (!x.data) curl().easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(x.request.timeout.count()));
    // An answer that stands still comes on a new connection, long before the time is over.
    if (!x.data && x.request.method == Method::Get) {
      curl().easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
      curl().easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, kStill);
    }
    if (addressOf(to.server).scheme == "https" && !x.data) curl().easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    setMessage(x, to);
  }

  static void setMessage(Exchange& x, const Endpoint& to) {
    CURL* easy = x.easy;
    auto header = [&](const std::string& line) { x.headers = curl().slist_append(x.headers, line.c_str()); };
    header(std::string("Accept: ") + (x.request.accept ? x.request.accept : "application/json"));
    header("User-Agent: chasic/" CHASI_VERSION);
    header("Expect:");
    if (x.request.contentType) header(std::string("Content-Type: ") + x.request.contentType);
    if (!x.request.ifNoneMatch.empty()) header("If-None-Match: " + x.request.ifNoneMatch);
    if (!x.request.token.empty()) header("Authorization: Bearer " + x.request.token);
    if (!to.impersonateUser.empty()) header("Impersonate-User: " + to.impersonateUser);
    if (!to.impersonateUid.empty()) header("Impersonate-Uid: " + to.impersonateUid);
    for (const std::string& group : to.impersonateGroups) header("Impersonate-Group: " + group);
    for (const auto& [key, values] : to.impersonateExtra)
      for (const std::string& value : values) header("Impersonate-Extra-" + plan::percentEncoded(key) + ": " + value);
    curl().easy_setopt(easy, CURLOPT_HTTPHEADER, x.headers);
    if (x.request.token.empty() && !to.username.empty()) {
      curl().easy_setopt(easy, CURLOPT_USERNAME, to.username.c_str());
      curl().easy_setopt(easy, CURLOPT_PASSWORD, to.password.c_str());
    }
    if (x.request.method == Method::Get) return;
    curl().easy_setopt(easy, CURLOPT_CUSTOMREQUEST, name(x.request.method));
    curl().easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(x.request.body.size()));
    curl().easy_setopt(easy, CURLOPT_POSTFIELDS, x.request.body.data());
  }

  // What a stream brought comes before its end.
  bool happened() {
    bool brought = deliver();
    return finish() || brought;
  }

  // The callback may cancel any exchange, its own too.
  bool deliver() {
    std::vector<uint64_t> ids;
    ids.swap(fresh_);
    for (uint64_t id : ids) {
      auto at = running_.find(id);
      if (at == running_.end()) continue;
      std::string bytes = std::move(at->second->streamed);
      at->second->streamed.clear();
      Data data = at->second->data;
      data(bytes);
    }
    return !ids.empty();
  }

  // Callbacks may start and cancel requests, so they run when curl's list of news is read.
  bool finish() {
    std::vector<std::unique_ptr<Exchange>> ready;
    for (uint64_t id : refused_)
      if (auto at = running_.find(id); at != running_.end()) {
        ready.push_back(std::move(at->second));
        running_.erase(at);
        release(*ready.back(), false);
      }
    refused_.clear();
    int left = 0;
    while (CURLMsg* message = curl().multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      Exchange* x = nullptr;
      curl().easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &x);
      complete(*x, message->data.result);
      auto at = running_.find(x->id);
      ready.push_back(std::move(at->second));
      running_.erase(at);
      release(*ready.back(), true);
    }
    for (auto& exchange : ready) exchange->done(std::move(exchange->response));
    return !ready.empty();
  }

  static void complete(Exchange& x, CURLcode code) {
    long value = 0;
    if (code == CURLE_OK) {
      curl().easy_getinfo(x.easy, CURLINFO_RESPONSE_CODE, &value);
      x.response.status = static_cast<int>(value);
      curl().easy_getinfo(x.easy, CURLINFO_HTTP_VERSION, &value);
      x.response.http2 = value == CURL_HTTP_VERSION_2_0;
      return;
    }
    x.response.failure = failureOf(code);
    curl_off_t connected = 0;
    curl().easy_getinfo(x.easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
    if (code == CURLE_OPERATION_TIMEDOUT && connected == 0) x.response.failure = Failure::Unreachable;
    x.response.failureText = x.error[0] ? x.error : curl().easy_strerror(code);
    x.response.body.clear();
  }

  void release(Exchange& x, bool reuse) {
    curl().multi_remove_handle(multi_, x.easy);
    curl().slist_free_all(x.headers);
    curl().slist_free_all(x.connectTo);
    x.headers = x.connectTo = nullptr;
    if (reuse && idle_.size() < 64) {
      curl().easy_reset(x.easy);
      idle_.push_back(x.easy);
    } else {
      curl().easy_cleanup(x.easy);
    }
    x.easy = nullptr;
  }

  CURLM* multi_ = nullptr;
  uint64_t last_ = 0;
  std::unordered_map<uint64_t, std::unique_ptr<Exchange>> running_;
  std::vector<CURL*> idle_;
  std::vector<uint64_t> fresh_;   // exchanges with bytes for their `data`
  std::vector<uint64_t> refused_; // exchanges that curl did not take
};

} // namespace

std::unique_ptr<Transport> makeCurlTransport() { return std::make_unique<CurlTransport>(); }

} // namespace chasi::kube
