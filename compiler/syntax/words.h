// Numbers of 16 bits, lowest byte first: what the tables that are made while building consist of.
#pragma once

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Endian.h>

#include <cstdint>
#include <string>

namespace chasi::syntax {

inline void putWord(std::string& out, size_t number) {
  char bytes[2];
  llvm::support::endian::write16le(bytes, static_cast<uint16_t>(number));
  out.append(bytes, 2);
}

inline uint16_t wordAt(llvm::StringRef bytes, size_t index) { return llvm::support::endian::read16le(bytes.data() + 2 * index); }

} // namespace chasi::syntax
