// Content digests as the OCI image specification writes them ("Digests" in descriptor.md).
#pragma once

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>

#include <cstdint>
#include <memory>
#include <string>

namespace chasi::image {

/// "sha256:<64 hex digits>" or "sha512:<128 hex digits>", lower case; nothing else can be constructed, so the parts
/// are safe as file names. The empty digest (default) stands for "none".
class Digest {
public:
  Digest() = default;
  static llvm::Expected<Digest> parse(llvm::StringRef text);

  const std::string& str() const { return text_; }
  llvm::StringRef algorithm() const { return llvm::StringRef(text_).take_front(6); }
  llvm::StringRef hex() const { return llvm::StringRef(text_).drop_front(text_.empty() ? 0 : 7); }
  bool empty() const { return text_.empty(); }

  auto operator<=>(const Digest&) const = default;

private:
  std::string text_;
};

/// Computes a digest over a stream. One thread.
class Hasher {
public:
  /// `algorithm` is "sha256" or "sha512".
  explicit Hasher(llvm::StringRef algorithm = "sha256");
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void update(const void* data, size_t size);
  void update(llvm::StringRef text) { update(text.data(), text.size()); }
  /// Ends the stream; the hasher is used up.
  Digest finish();

private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(llvm::StringRef text);
/// By the digest's own algorithm.
bool hasDigest(llvm::StringRef content, const Digest& digest);

/// Where a format asks for it beside a better one. One thread.
class Sha1 {
public:
  Sha1();
  ~Sha1();
  Sha1(const Sha1&) = delete;
  Sha1& operator=(const Sha1&) = delete;

  void update(const void* data, size_t size);
  /// In hex.
  std::string finish();

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace chasi::image
