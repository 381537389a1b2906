// A repository of an OCI registry (distribution-spec 1.1): what `chasic mod` reads packages from and publishes them to.
#pragma once

#include "runtime/image/layout.h"
#include "runtime/image/registry_auth.h"
#include "runtime/image/registry_http.h"

namespace chasi::image {

inline constexpr llvm::StringLiteral kRegistryScheme = "oci://";

/// "oci://registry.acme.io/team/acme.platform" in its parts.
struct RepositoryAddress {
  std::string host; ///< with its port, if any
  std::string path;
  std::string str() const { return host + "/" + path; }
};
/// CH7103 for what is no address.
llvm::Expected<RepositoryAddress> parseRepository(llvm::StringRef text);

/// Blocks while it asks; one thread. Credentials are looked up when the registry wants some. Loopback addresses are asked without TLS,
/// all others with it. Faults: CH7101 no answer, CH7102 not allowed, CH7103 not there, CH7104 an answer that makes no sense.
class Repository {
public:
  enum class Access : uint8_t { Pull, Push };
  Repository(RepositoryAddress address, Access access) : address_(std::move(address)), access_(access) {}

  const RepositoryAddress& address() const { return address_; }

  /// All of them, in the registry's order; none when the repository does not exist.
  llvm::Expected<std::vector<std::string>> tags();
  /// The text of the manifest with this tag or digest; nothing when there is none.
  llvm::Expected<std::optional<std::string>> manifest(const std::string& reference);
  /// The blob's content; size and digest are right.
  llvm::Expected<std::string> blob(const Descriptor& descriptor, uint64_t most);

  /// Uploads it unless it is there.
  llvm::Error pushBlob(const Digest& digest, llvm::StringRef content);
  llvm::Error pushManifest(const std::string& tag, const std::string& mediaType, llvm::StringRef text);

private:
  RepositoryAddress address_;
  Access access_;
  Web web_;
  std::string authorization_; ///< a header; empty before the registry asked for it

  std::string origin() const;
  std::string url(const std::string& rest) const;
  /// Logs in when the registry asks for it, and asks again.
  llvm::Expected<WebAnswer> ask(WebRequest request);
  llvm::Error logIn(const WebAnswer& answer);
  llvm::Expected<std::string> token(const Challenge& challenge, const Credentials& credentials);
  llvm::Error unreached(const std::string& who, const WebAnswer& answer) const;
  llvm::Error refused(const std::string& what, const WebAnswer& answer) const;
};

} // namespace chasi::image
