// A repository of an OCI registry (distribution-spec 1.1): what packages and images are read from and published to.
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

/// A manifest as a registry has it: its text is what the digest is of.
struct RegistryManifest {
  std::string text, mediaType;
  Digest digest;
  Descriptor descriptor() const;
};

/// Blocks while it asks; one thread. Credentials are looked up when the registry wants some. Loopback addresses are asked without TLS,
/// all others with it. Faults: CH7101 no answer, CH7102 not allowed, CH7103 not there, CH7104 an answer that makes no sense.
class Repository {
public:
  enum class Access : uint8_t { Pull, Push };
  Repository(RepositoryAddress address, Access access) : address_(std::move(address)), access_(access) {}

  const RepositoryAddress& address() const { return address_; }
  /// What is mounted from there needs a token that tells of both.
  void alsoRead(std::string path) { alsoRead_ = std::move(path); }

  /// All of them, in the registry's order; none when the repository does not exist.
  llvm::Expected<std::vector<std::string>> tags();
  /// The text of the manifest with this tag or digest; nothing when there is none.
  llvm::Expected<std::optional<std::string>> manifest(const std::string& reference);
  llvm::Expected<std::optional<RegistryManifest>> fetchManifest(const std::string& reference);
  /// The blob's content; size and digest are right.
  llvm::Expected<std::string> blob(const Descriptor& descriptor, uint64_t most);
  /// Hands over what comes behind the first `from` bytes, and goes on where it was when the connection breaks. That size is right is
  /// seen to here, the digest is the caller's affair.
  llvm::Error fetchBlob(const Descriptor& descriptor, uint64_t from, llvm::function_ref<llvm::Error(llvm::StringRef)> take);

  llvm::Expected<bool> hasBlob(const Digest& digest);
  /// Uploads it unless it is there.
  llvm::Error pushBlob(const Digest& digest, llvm::StringRef content);
  /// The same from a file of that size, open for reading; goes on where the registry is when the connection breaks. True when it was not there.
  llvm::Expected<bool> uploadBlob(const Descriptor& descriptor, int fd);
  /// From another repository of this registry, without its content going anywhere. False when the registry has or does no such thing.
  llvm::Expected<bool> mountBlob(const Digest& digest, const std::string& fromPath);
  llvm::Error pushManifest(const std::string& tag, const std::string& mediaType, llvm::StringRef text);

  /// What hangs on a manifest, also in registries that have no API for it: they keep a list under a tag (registry_referrers.cpp).
  llvm::Expected<std::vector<Descriptor>> referrers(const Digest& subject);
  /// Puts a manifest that has this subject, and sees to it that `referrers` tells of it.
  llvm::Error pushReferrer(const Digest& subject, const Descriptor& manifest, llvm::StringRef text);

private:
  RepositoryAddress address_;
  Access access_;
  std::string alsoRead_;
  Web web_;
  bool noReferrers_ = false; ///< the registry has no API for them
  std::string authorization_; ///< a header; empty before the registry asked for it

  std::string origin() const;
  std::string url(const std::string& rest) const;
  llvm::Expected<std::vector<Descriptor>> listedByTag(const Digest& subject);
  llvm::Expected<WebAnswer> putManifest(const std::string& reference, const std::string& mediaType, llvm::StringRef text);
  /// Logs in when the registry asks for it, and asks again. An answer that did not come is an error, unless `mayBreak`.
  llvm::Expected<WebAnswer> ask(WebRequest request, bool mayBreak = false);
  std::string placeOf(const WebAnswer& answer) const;
  llvm::Expected<std::string> beginUpload();
  llvm::Error pause(int& breaks, const WebAnswer& answer, const std::string& doing) const;
  llvm::Error logIn(const WebAnswer& answer);
  llvm::Expected<std::string> token(const Challenge& challenge, const Credentials& credentials);
  llvm::Error unreached(const std::string& who, const WebAnswer& answer) const;
  llvm::Error refused(const std::string& what, const WebAnswer& answer) const;
};

} // namespace chasi::image
