#include "runtime/image/registry_http.h"

#include "runtime/os/curl_library.h"
#include "runtime/os/loopback.h"

#include <fmt/format.h>
#include <llvm/ADT/StringExtras.h>

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

namespace chasi::image {

using os::curl;

namespace {

constexpr int kTries = 3;
constexpr long kConnectSeconds = 15;
constexpr long kSilentSeconds = 30; ///< without a byte: the server is gone
constexpr uint64_t kMostWords = 1u << 20; ///< bytes of a refusal where a stream was asked for

struct Receiving {
  WebAnswer answer;
  uint64_t most = 0, got = 0;
  int status = 0; ///< of the answer that comes
  llvm::function_ref<bool(int, llvm::StringRef)> sink;
  WebFile file;
  uint64_t sent = 0;
};

size_t onBody(char* bytes, size_t, size_t size, void* user) {
  auto* receiving = static_cast<Receiving*>(user);
  const bool streams = receiving->sink && (receiving->status == 200 || receiving->status == 206);
  receiving->got += size;
  receiving->answer.tooLarge = receiving->got > (streams || !receiving->sink ? receiving->most : kMostWords);
  if (receiving->answer.tooLarge) return 0;
  if (streams) {
    receiving->answer.unwanted = !receiving->sink(receiving->status, {bytes, size});
    return receiving->answer.unwanted ? 0 : size;
  }
  receiving->answer.body.append(bytes, size);
  return size;
}

size_t onHeader(char* bytes, size_t, size_t size, void* user) {
  auto* receiving = static_cast<Receiving*>(user);
  const llvm::StringRef line = llvm::StringRef(bytes, size).trim();
  if (line.starts_with("HTTP/")) { // of the next answer of a chain of redirects
    receiving->answer.headers.clear();
    receiving->got = 0;
    if (line.split(' ').second.take_front(3).getAsInteger(10, receiving->status)) receiving->status = 0;
  }
  const auto [name, value] = line.split(':');
  if (!value.empty()) receiving->answer.headers[name.lower()] = value.trim().str();
  return size;
}

size_t onRead(char* bytes, size_t, size_t size, void* user) {
  auto* receiving = static_cast<Receiving*>(user);
  const WebFile& file = receiving->file;
  const size_t wanted = static_cast<size_t>(std::min<uint64_t>(size, file.size - receiving->sent));
  const ssize_t got = wanted ? ::pread(file.fd, bytes, wanted, static_cast<off_t>(file.offset + receiving->sent)) : 0;
  if (got < 0 || (got == 0 && wanted)) return CURL_READFUNC_ABORT;
  receiving->sent += static_cast<uint64_t>(got);
  return static_cast<size_t>(got);
}

/// Asked for when a body has to be sent once more, after a redirect or on another connection.
int onSeek(void* user, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Receiving*>(user)->sent = static_cast<uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

bool isUntrusted(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR;
}

bool mayComeBack(const WebAnswer& answer) {
  if (answer.status == 0) return !answer.untrusted && !answer.tooLarge && !answer.unwanted;
  return answer.status == 429 || answer.status == 502 || answer.status == 503 || answer.status == 504;
}

std::chrono::milliseconds pauseAfter(const WebAnswer& answer, int tries) {
  int seconds = 0;
  if (!llvm::StringRef(answer.header("retry-after")).getAsInteger(10, seconds) && seconds >= 0) return std::chrono::seconds(std::min(seconds, 30));
  return std::chrono::milliseconds(250 << tries);
}

} // namespace

Web::~Web() {
  if (easy_) curl().easy_cleanup(easy_);
}

WebAnswer Web::send(const WebRequest& request) {
  for (int tries = 1;; ++tries) {
    WebAnswer answer = once(request);
    const bool begun = answer.status == 0 && (request.sink || request.file); // how far it came its caller knows
    if (tries == kTries || begun || !mayComeBack(answer)) return answer;
    std::this_thread::sleep_for(pauseAfter(answer, tries));
  }
}

WebAnswer Web::once(const WebRequest& request) {
  Receiving receiving;
  receiving.most = request.most;
  receiving.sink = request.sink;
  if (!curl().why.empty()) {
    receiving.answer.why = curl().why;
    return std::move(receiving.answer);
  }
  if (!easy_) easy_ = curl().easy_init();
  else curl().easy_reset(easy_);
  CURL* easy = easy_;
  char reason[CURL_ERROR_SIZE] = {};
  curl_slist* headers = nullptr;
  for (const std::string& header : request.headers) headers = curl().slist_append(headers, header.c_str());
  const auto set = [easy](CURLoption option, auto value) { curl().easy_setopt(easy, option, value); };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "https,http");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "https,http");
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, 5L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, kSilentSeconds);
  set(CURLOPT_HTTPHEADER, headers);
  set(CURLOPT_USERAGENT, "chasic/" CHASI_VERSION);
  set(CURLOPT_ERRORBUFFER, reason);
  set(CURLOPT_WRITEFUNCTION, onBody);
  set(CURLOPT_WRITEDATA, &receiving);
  set(CURLOPT_HEADERFUNCTION, onHeader);
  set(CURLOPT_HEADERDATA, &receiving);
  const llvm::StringRef method(request.method);
  if (method == "HEAD") set(CURLOPT_NOBODY, 1L);
  else if (request.file) {
    receiving.file = *request.file;
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_CUSTOMREQUEST, request.method);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.file->size));
    set(CURLOPT_READFUNCTION, onRead);
    set(CURLOPT_READDATA, &receiving);
    set(CURLOPT_SEEKFUNCTION, onSeek);
    set(CURLOPT_SEEKDATA, &receiving);
  } else if (method != "GET") {
    set(CURLOPT_POSTFIELDS, request.body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_CUSTOMREQUEST, request.method);
  }
  // What is on this machine is never asked for through a proxy.
  if (os::isLoopback(llvm::StringRef(request.url).split("://").second.split('/').first)) set(CURLOPT_PROXY, "");
  if (const char* authorities = std::getenv("SSL_CERT_FILE"); authorities && *authorities) set(CURLOPT_CAINFO, authorities);
  const CURLcode code = curl().easy_perform(easy);
  curl().slist_free_all(headers);
  long status = 0;
  curl().easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  receiving.answer.status = static_cast<int>(status);
  if (code == CURLE_OK) return std::move(receiving.answer);
  receiving.answer.status = 0;
  receiving.answer.untrusted = isUntrusted(code);
  receiving.answer.why = receiving.answer.tooLarge ? fmt::format("it has more than {} bytes", request.most) : *reason ? reason : curl().easy_strerror(code);
  return std::move(receiving.answer);
}

} // namespace chasi::image
