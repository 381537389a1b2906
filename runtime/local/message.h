// A request and its answer, as the rooms behind the HTTP library see them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace chasi::local {

struct Request {
  std::string method; ///< "GET"
  std::string path;   ///< as it came, still percent-encoded, without the query
  std::multimap<std::string, std::string> query; ///< decoded
  std::string accept, contentType, userAgent, authorization, host, origin;
  std::string body;
  bool tooLarge = false; ///< the body was longer than is read

  /// The first value; empty when there is none.
  const std::string& param(const std::string& name) const {
    static const std::string none;
    auto at = query.find(name);
    return at == query.end() ? none : at->second;
  }
  bool flag(const std::string& name) const {
    auto at = query.find(name);
    return at != query.end() && (at->second.empty() || at->second == "true" || at->second == "1");
  }
};

/// An answer without an end: a watch. One thread asks for the pieces.
class Stream {
public:
  virtual ~Stream() = default;
  /// Waits up to half a second for something to send; `piece` may stay empty. False ends the stream.
  virtual bool next(std::string& piece) = 0;
};

struct Answer {
  int http = 200;
  std::string contentType = "application/json";
  std::string body;
  std::unique_ptr<Stream> stream; ///< instead of a body
  std::vector<std::string> warnings;
  std::vector<std::pair<std::string, std::string>> headers;
};

} // namespace chasi::local
