#include "runtime/image/digest.h"

#include "runtime/image/fault.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/ErrorHandling.h>
#include <openssl/evp.h>

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
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::string algorithm;
  ~State() { EVP_MD_CTX_free(context); }
};

Hasher::Hasher(llvm::StringRef algorithm) : state_(std::make_unique<State>()) {
  state_->algorithm = algorithm.str();
  const EVP_MD* kind = algorithm == "sha512" ? EVP_sha512() : EVP_sha256();
  if (!state_->context || EVP_DigestInit_ex(state_->context, kind, nullptr) != 1)
    llvm::report_fatal_error("OpenSSL has no SHA-2");
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(const void* data, size_t size) { EVP_DigestUpdate(state_->context, data, size); }

Digest Hasher::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
  unsigned size = 0;
  EVP_DigestFinal_ex(state_->context, raw.data(), &size);
  const std::string hex = llvm::toHex(llvm::ArrayRef<uint8_t>(raw.data(), size), /*LowerCase=*/true);
  return llvm::cantFail(Digest::parse(state_->algorithm + ":" + hex));
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

} // namespace chasi::image
