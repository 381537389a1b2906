// libcrypto, loaded when it is first needed: signing takes all of it, while sums (digest.cpp) take a few functions that are linked in.
#pragma once

#include "runtime/os/lazy_library.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

namespace chasi::image {

#define CHASI_CRYPTO_FUNCTIONS(X) \
  X(BIO_, new_mem_buf) X(BIO_, s_mem) X(BIO_, ctrl) X(BIO_, free_all) X(BIO, _new) \
  X(PEM_, read_bio_PrivateKey) X(PEM_, read_bio_PUBKEY) X(PEM_, write_bio_PKCS8PrivateKey) X(PEM_, write_bio_PUBKEY) \
  X(EVP_, PKEY_Q_keygen) X(EVP_, PKEY_free) X(EVP_, PKEY_get_base_id) X(EVP_, aes_256_cbc) X(EVP_, sha256) \
  X(EVP_, MD_CTX_new) X(EVP_, MD_CTX_free) X(EVP_, DigestSignInit) X(EVP_, DigestSign) X(EVP_, DigestVerifyInit) X(EVP_, DigestVerify)

CHASI_LAZY_LIBRARY(Crypto, libcrypto, CHASI_CRYPTO_FUNCTIONS, "libcrypto.so.3", "libssl3")

} // namespace chasi::image
