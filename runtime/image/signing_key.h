// Keys in PEM, and what is signed with them: ECDSA on P-256 over SHA-256, as cosign has it; other keys that OpenSSL reads will do too.
#pragma once

#include "runtime/image/fault.h"

#include <llvm/ADT/StringRef.h>

#include <memory>

namespace chasi::image {

struct KeyPair {
  std::string privatePem; ///< PKCS#8; encrypted (AES-256) when there is a passphrase
  std::string publicPem;
};
llvm::Expected<KeyPair> makeKeyPair(const std::string& passphrase);

class Key {
public:
  /// `where` names the file in messages. CH7201 for what is no such key, and for a passphrase that is missing or wrong.
  static llvm::Expected<Key> readPrivate(llvm::StringRef pem, const std::string& passphrase, const std::string& where);
  static llvm::Expected<Key> readPublic(llvm::StringRef pem, const std::string& where);

  /// DER, for private keys.
  llvm::Expected<std::string> sign(llvm::StringRef content) const;
  bool verifies(llvm::StringRef content, llvm::StringRef signature) const;
  const std::string& where() const { return where_; }

private:
  Key(std::shared_ptr<void> key, std::string where) : key_(std::move(key)), where_(std::move(where)) {}
  std::shared_ptr<void> key_; ///< EVP_PKEY
  std::string where_;
};

} // namespace chasi::image
