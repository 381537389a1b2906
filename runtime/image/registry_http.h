// Requests to registries and to the services that give tokens for them: one at a time, on the thread that asks.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace chasi::image {

struct WebRequest {
  const char* method = "GET"; ///< static text
  std::string url;
  std::vector<std::string> headers; ///< "Accept: …"
  llvm::StringRef body;             ///< must live until the answer is there
  uint64_t most = 4u << 20;         ///< bytes that the answer may have
};

struct WebAnswer {
  int status = 0;                             ///< HTTP; 0 when no answer came
  std::string body;
  std::map<std::string, std::string> headers; ///< names in lower case; of the last answer when redirected
  std::string why;                            ///< no answer came, or not the whole of it
  bool tooLarge = false;                      ///< there was more than may be
  bool untrusted = false;                     ///< because of the server's certificate

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

  /// Tries again, three times in all, when the server is too busy or the connection broke.
  WebAnswer send(const WebRequest& request);

private:
  void* easy_ = nullptr; ///< CURL
  WebAnswer once(const WebRequest& request);
};

} // namespace chasi::image
