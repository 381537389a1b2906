// These functions of OpenSSL 1.1 are nothing but the sums; those of 3.0 bring along all of the library, to be set up by each process.
#define OPENSSL_API_COMPAT 0x10101000L

#include "runtime/image/digest.h"

#include "runtime/image/fault.h"

#include <llvm/ADT/StringExtras.h>
#include <openssl/sha.h>

#include <fmt/format.h>

namespace chasi::image {

llvm::Expected<Digest> Digest::parse(llvm::StringRef text) {
  auto [algorithm, hex] = text.split(':');
  const size_t want = algorithm == "sha256" ? 64 : algorithm == "sha512" ? 128 : 0;
  const bool fits = want != 0 && hex.size() == want &&
                    llvm::all_of(hex, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (!fits)
    return fault(FaultCode::BadLayout, fmt::format("\"{}\" is not a digest", text.take_front(100).str()),
                 "a digest is \"sha256:\" with 64 or \"sha512:\" with 128 lower-case hex digits");
  Digest digest;
  digest.text_ = text.str();
  return digest;
}

struct Hasher::State {
  bool wide = false; ///< SHA-512
  SHA256_CTX small;
  SHA512_CTX large;
};

Hasher::Hasher(llvm::StringRef algorithm) : state_(std::make_unique<State>()) {
  state_->wide = algorithm == "sha512";
  if (state_->wide) SHA512_Init(&state_->large);
  else SHA256_Init(&state_->small);
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(const void* data, size_t size) {
  if (state_->wide) SHA512_Update(&state_->large, data, size);
  else SHA256_Update(&state_->small, data, size);
}

Digest Hasher::finish() {
  std::array<uint8_t, SHA512_DIGEST_LENGTH> raw{};
  if (state_->wide) SHA512_Final(raw.data(), &state_->large);
  else SHA256_Final(raw.data(), &state_->small);
  const size_t size = state_->wide ? SHA512_DIGEST_LENGTH : SHA256_DIGEST_LENGTH;
  const std::string hex = llvm::toHex(llvm::ArrayRef<uint8_t>(raw.data(), size), /*LowerCase=*/true);
  return llvm::cantFail(Digest::parse((state_->wide ? "sha512:" : "sha256:") + hex));
}

Digest sha256(llvm::StringRef text) {
  Hasher hasher;
  hasher.update(text);
  return hasher.finish();
}

bool hasDigest(llvm::StringRef content, const Digest& digest) {
  Hasher hasher(digest.algorithm());
  hasher.update(content);
  return hasher.finish() == digest;
}

struct Sha1::State {
  SHA_CTX sum;
};

Sha1::Sha1() : state_(std::make_unique<State>()) { SHA1_Init(&state_->sum); }
Sha1::~Sha1() = default;

void Sha1::update(const void* data, size_t size) { SHA1_Update(&state_->sum, data, size); }

std::string Sha1::finish() {
  std::array<uint8_t, SHA_DIGEST_LENGTH> raw{};
  SHA1_Final(raw.data(), &state_->sum);
  return llvm::toHex(raw, /*LowerCase=*/true);
}

} // namespace chasi::image
