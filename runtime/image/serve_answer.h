// What a registry that only gives answers to a request (distribution-spec 1.1, "Pull" and "Content Discovery"), without any network.
#pragma once

#include "runtime/image/file_io.h"
#include "runtime/image/offer.h"

namespace chasi::image {

struct ServeRequest {
  std::string method;
  std::string path;  ///< decoded: "/v2/library/nginx/manifests/1.27"
  std::string range; ///< the header; empty when there is none
  std::optional<std::string> n, last, ns, artifactType; ///< of the query
};

struct ServeAnswer {
  int status = 200;
  std::string contentType = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  File file; ///< instead of `body`: `size` bytes from `offset`
  uint64_t offset = 0, size = 0;
};

ServeAnswer answer(const std::string& layout, const Offer& offer, const ServeRequest& request);

/// {"errors": [{"code", "message"}]}, as the specification has it.
ServeAnswer serveError(int status, const char* code, const std::string& message);

} // namespace chasi::image
