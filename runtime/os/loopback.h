// Addresses of this very machine: asked without a proxy, and trusted without TLS.
#pragma once

#include <llvm/ADT/StringRef.h>

namespace chasi::os {

/// A host as URLs have it, with or without a port: "localhost", "127.0.0.1:5000", "[::1]:5000".
inline bool isLoopback(llvm::StringRef host) {
  const llvm::StringRef name = host.starts_with("[") ? host.take_until([](char c) { return c == ']'; }).drop_front() : host.split(':').first;
  return name == "localhost" || name == "::1" || name.starts_with("127.");
}

} // namespace chasi::os
