// How one proves who one is to a registry: what the login of another tool has left behind, and what the registry asks for
// (docs.docker.com, "Token Authentication Specification"; RFC 7235 for the challenge).
#pragma once

#include "runtime/image/fault.h"

#include <llvm/ADT/StringRef.h>

#include <map>
#include <string>

namespace chasi::image {

struct Credentials {
  std::string user, password;
  std::string identityToken; ///< stands for both, at the service that gives tokens

  bool any() const { return !user.empty() || !identityToken.empty(); }
  /// The header of HTTP basic authentication.
  std::string basic() const;
};

/// From the first file that knows the repository: REGISTRY_AUTH_FILE, or else ~/.docker/config.json (DOCKER_CONFIG names another
/// folder) and then auth.json of skopeo and podman; credential helpers are asked. None at all is no fault, what cannot be read is one
/// (CH7102). `repository` is "registry.acme.io/team/pay": files may have it by host or by the beginning of its path.
llvm::Expected<Credentials> credentialsFor(const std::string& repository);

/// The same from the text of one file; `where` names it in messages.
llvm::Expected<Credentials> credentialsIn(llvm::StringRef text, const std::string& where, const std::string& repository);

/// What WWW-Authenticate asks for.
struct Challenge {
  std::string scheme;                            ///< lower case: "basic", "bearer"
  std::map<std::string, std::string> parameters; ///< names in lower case: "realm", "service", "scope"

  std::string get(const std::string& name) const {
    const auto at = parameters.find(name);
    return at == parameters.end() ? "" : at->second;
  }
};
Challenge parseChallenge(llvm::StringRef header);

} // namespace chasi::image
