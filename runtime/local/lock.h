// Who serves a file: a lock that dies with its process, and a note beside it for people.
#pragma once

#include "runtime/local/local.h"

namespace chasi::local {

class Lock {
public:
  /// CH6301 when another process, or another server of this one, holds it; CH6302 when the folder cannot be written.
  static llvm::Expected<Lock> take(const std::string& file);
  Lock(Lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Lock& operator=(Lock&&) = delete;
  ~Lock();
  /// Leaves the note that `whoServes` reads.
  void note(const std::string& url) const;

private:
  explicit Lock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

} // namespace chasi::local
