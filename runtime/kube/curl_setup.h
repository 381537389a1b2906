// What every connection over libcurl sets: where it leads, and whom it trusts.
#pragma once

#include "runtime/kube/endpoint.h"
#include "runtime/os/curl_library.h"
#include "runtime/os/loopback.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace chasi::kube {

/// The parts of an endpoint's `server`; a port always.
struct Address {
  std::string scheme, host, port, prefix;
};

inline Address addressOf(const std::string& server) {
  Address address;
  size_t at = server.find("://");
  address.scheme = at == server.npos ? "https" : server.substr(0, at);
  size_t begin = at == server.npos ? 0 : at + 3;
  size_t slash = std::min(server.find('/', begin), server.size());
  address.prefix = server.substr(slash);
  std::string authority = server.substr(begin, slash - begin);
  size_t colon = authority.rfind(':');
  bool hasPort = colon != authority.npos && authority.find(']', colon) == authority.npos;
  address.host = authority.substr(0, hasPort ? colon : authority.size());
  address.port = hasPort ? authority.substr(colon + 1) : address.scheme == "https" ? "443" : "80";
  return address;
}

/// `pem` must live as long as the handle uses it.
inline void setBlob(CURL* easy, CURLoption option, const std::string& pem) {
  if (pem.empty()) return;
  curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_NOCOPY};
  os::curl().easy_setopt(easy, option, &blob);
}

inline void setTrust(CURL* easy, const Endpoint& to) {
  setBlob(easy, CURLOPT_CAINFO_BLOB, to.caPem);
  setBlob(easy, CURLOPT_SSLCERT_BLOB, to.certPem);
  setBlob(easy, CURLOPT_SSLKEY_BLOB, to.keyPem);
  if (!to.insecure) return;
  os::curl().easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
  os::curl().easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
}

/// URL, proxy and trust. The list is to be freed after the handle was used; it may be null.
inline curl_slist* setRoute(CURL* easy, const Endpoint& to, const std::string& path) {
  const Address address = addressOf(to.server);
  std::string url = to.server + path;
  curl_slist* connectTo = nullptr;
  // The name in the certificate differs from the address: ask for that name, but connect to the address.
  if (!to.tlsServerName.empty() && address.scheme == "https") {
    url = "https://" + to.tlsServerName + ":" + address.port + address.prefix + path;
    const std::string rule = fmt::format("{}:{}:{}:{}", to.tlsServerName, address.port, address.host, address.port);
    connectTo = os::curl().slist_append(nullptr, rule.c_str());
    os::curl().easy_setopt(easy, CURLOPT_CONNECT_TO, connectTo);
  }
  os::curl().easy_setopt(easy, CURLOPT_URL, url.c_str());
  setTrust(easy, to);
  // As Go's client does it: what is on this machine is never asked for through a proxy.
  if (!to.proxyUrl.empty()) {
    os::curl().easy_setopt(easy, CURLOPT_PROXY, to.proxyUrl.c_str());
    os::curl().easy_setopt(easy, CURLOPT_NOPROXY, ""); // NO_PROXY is about the proxy of the environment
  } else if (os::isLoopback(address.host)) os::curl().easy_setopt(easy, CURLOPT_PROXY, "");
  return connectTo;
}

} // namespace chasi::kube
