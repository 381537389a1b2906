#include "runtime/image/signing_key.h"

#include "runtime/image/crypto_library.h"

#include <fmt/format.h>

#include <cstring>

namespace chasi::image {

namespace {

struct BioDeleter {
  void operator()(BIO* bio) const { libcrypto().free_all(bio); }
};
using Bio = std::unique_ptr<BIO, BioDeleter>;

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { libcrypto().MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

llvm::Error badKey(const std::string& message, const std::string& hint = {}) { return fault(FaultCode::BadKey, message, hint); }

std::string contentOf(BIO* bio) {
  char* data = nullptr;
  const long size = libcrypto().ctrl(bio, BIO_CTRL_INFO, 0, &data);
  return size > 0 ? std::string(data, static_cast<size_t>(size)) : std::string();
}

/// OpenSSL asks for the passphrase only when the key is encrypted; without this it would ask the terminal.
int givePassphrase(char* buffer, int size, int, void* passphrase) {
  const auto& text = *static_cast<const std::string*>(passphrase);
  if (text.empty() || text.size() > static_cast<size_t>(size)) return -1;
  std::memcpy(buffer, text.data(), text.size());
  return static_cast<int>(text.size());
}

std::shared_ptr<void> owned(EVP_PKEY* key) {
  return {key, [](void* p) { libcrypto().PKEY_free(static_cast<EVP_PKEY*>(p)); }};
}

/// Ed25519 hashes by itself.
const EVP_MD* sumFor(const EVP_PKEY* key) { return libcrypto().PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : libcrypto().sha256(); }

const unsigned char* bytes(llvm::StringRef text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Bio reading(llvm::StringRef pem) { return Bio(libcrypto().new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

} // namespace

llvm::Expected<KeyPair> makeKeyPair(const std::string& passphrase) {
  if (!libcrypto().why.empty()) return badKey("no key can be made: " + libcrypto().why);
  const std::shared_ptr<void> made = owned(libcrypto().PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  auto* key = static_cast<EVP_PKEY*>(made.get());
  const Bio secret(libcrypto()._new(libcrypto().s_mem())), open(libcrypto()._new(libcrypto().s_mem()));
  const EVP_CIPHER* cipher = passphrase.empty() ? nullptr : libcrypto().aes_256_cbc();
  const bool done = key && libcrypto().write_bio_PKCS8PrivateKey(secret.get(), key, cipher, passphrase.data(), static_cast<int>(passphrase.size()), nullptr, nullptr) == 1 && libcrypto().write_bio_PUBKEY(open.get(), key) == 1;
  if (!done) return badKey("no key can be made: OpenSSL refuses");
  return KeyPair{contentOf(secret.get()), contentOf(open.get())};
}

llvm::Expected<Key> Key::readPrivate(llvm::StringRef pem, const std::string& passphrase, const std::string& where) {
  if (!libcrypto().why.empty()) return badKey(fmt::format("{} cannot be used: {}", where, libcrypto().why));
  if (pem.contains("ENCRYPTED SIGSTORE PRIVATE KEY") || pem.contains("ENCRYPTED COSIGN PRIVATE KEY"))
    return badKey(where + " is in cosign's own format, which only cosign reads", "sign with `cosign sign`, whose signatures are verified here; or make a key with `chasic image keygen`, which cosign takes by `cosign import-key-pair` when it has no passphrase");
  const Bio bio = reading(pem);
  if (EVP_PKEY* key = libcrypto().read_bio_PrivateKey(bio.get(), nullptr, givePassphrase, const_cast<std::string*>(&passphrase))) return Key(owned(key), where);
  if (pem.contains("ENCRYPTED")) return badKey(fmt::format("{} is encrypted, and {}", where, passphrase.empty() ? "there is no passphrase" : "the passphrase does not open it"), "--passphrase-file names a file with it, or CHASI_KEY_PASSPHRASE has it");
  if (pem.contains("PUBLIC KEY")) return badKey(where + " is a public key", "signing takes the private one, verifying the public one");
  return badKey(where + " is no private key in PEM", "`chasic image keygen` makes one");
}

llvm::Expected<Key> Key::readPublic(llvm::StringRef pem, const std::string& where) {
  if (!libcrypto().why.empty()) return badKey(fmt::format("{} cannot be used: {}", where, libcrypto().why));
  const Bio bio = reading(pem);
  if (EVP_PKEY* key = libcrypto().read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr)) return Key(owned(key), where);
  if (pem.contains("PRIVATE KEY")) return badKey(where + " is a private key", "signing takes the private one, verifying the public one");
  return badKey(where + " is no public key in PEM", "it begins with -----BEGIN PUBLIC KEY-----");
}

llvm::Expected<std::string> Key::sign(llvm::StringRef content) const {
  auto* key = static_cast<EVP_PKEY*>(key_.get());
  const Context context(libcrypto().MD_CTX_new());
  size_t size = 0;
  if (libcrypto().DigestSignInit(context.get(), nullptr, sumFor(key), nullptr, key) == 1 && libcrypto().DigestSign(context.get(), nullptr, &size, bytes(content), content.size()) == 1) {
    std::string out(size, '\0');
    if (libcrypto().DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes(content), content.size()) == 1) {
      out.resize(size);
      return out;
    }
  }
  return badKey(where_ + " is a key that cannot sign", "ECDSA on P-256 is the usual kind; `chasic image keygen` makes one");
}

bool Key::verifies(llvm::StringRef content, llvm::StringRef signature) const {
  auto* key = static_cast<EVP_PKEY*>(key_.get());
  const Context context(libcrypto().MD_CTX_new());
  return libcrypto().DigestVerifyInit(context.get(), nullptr, sumFor(key), nullptr, key) == 1 && libcrypto().DigestVerify(context.get(), bytes(signature), signature.size(), bytes(content), content.size()) == 1;
}

} // namespace chasi::image
