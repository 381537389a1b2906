// Requests to registries and to the services that give tokens for them: one at a time, on the thread that asks.
#pragma once

#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/StringRef.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace chasi::image {

/// A part of a file, sent as it is read.
struct WebFile {
  int fd = -1;
  uint64_t offset = 0, size = 0;
};

struct WebRequest {
  const char* method = "GET"; ///< static text
  std::string url;
  std::vector<std::string> headers; ///< "Accept: …"
  llvm::StringRef body;             ///< must live until the answer is there
  uint64_t most = 4u << 20;         ///< bytes that the answer may have
  std::optional<WebFile> file;      ///< instead of `body`; the file stays open until the answer is there
  /// Takes what comes with 200 or 206 instead of the answer's `body`; false ends the transfer. The status is that of the answer.
  llvm::function_ref<bool(int status, llvm::StringRef bytes)> sink;
};

struct WebAnswer {
  int status = 0;                             ///< HTTP; 0 when no answer came
  std::string body;
  std::map<std::string, std::string> headers; ///< names in lower case; of the last answer when redirected
  std::string why;                            ///< no answer came, or not the whole of it
  bool tooLarge = false;                      ///< there was more than may be
  bool untrusted = false;                     ///< because of the server's certificate
  bool unwanted = false;                      ///< the sink ended it

  std::string header(const std::string& name) const {
    const auto at = headers.find(name);
    return at == headers.end() ? "" : at->second;
  }
};

/// Keeps connections between requests. One thread. Redirects are followed; credentials do not follow them to another host. Proxies
/// as `https_proxy` and `no_proxy` say; SSL_CERT_FILE names other authorities than the system's.
class Web {
public:
  Web() = default;
  ~Web();
  Web(const Web&) = delete;
  Web& operator=(const Web&) = delete;

  /// Tries again, three times in all, when the server is too busy or the connection broke; never what streams, which its caller continues.
  WebAnswer send(const WebRequest& request);

private:
  void* easy_ = nullptr; ///< CURL
  WebAnswer once(const WebRequest& request);
};

} // namespace chasi::image
