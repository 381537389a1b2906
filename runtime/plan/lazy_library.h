// Shared libraries that are loaded when they are first needed. Those for the network bring some thirty others along, and
// most commands need none of them: loading takes 7 of the 11 ms that a start took (measured by `version`).
#pragma once

#include <dlfcn.h>

#include <string>

namespace chasi::plan {

/// Stays loaded until the process ends. Construct it once, as a static; all members may be called from any thread then.
class LazyLibrary {
public:
  /// `package` is what a person installs when it is missing.
  LazyLibrary(const char* file, const char* package) : handle_(::dlopen(file, RTLD_NOW | RTLD_LOCAL)) {
    if (!handle_) fail(file, package);
  }
  /// Sets `to` to the function; notes what is missing.
  template <class Function> void bind(Function*& to, const char* name) {
    to = handle_ ? reinterpret_cast<Function*>(::dlsym(handle_, name)) : nullptr;
    if (handle_ && !to && why_.empty()) why_ = std::string("the library has no ") + name;
  }
  /// Why it cannot be used; empty when it can.
  const std::string& why() const { return why_; }

private:
  void* handle_;
  std::string why_;

  void fail(const char* file, const char* package) {
    const char* said = ::dlerror();
    why_ = std::string(file) + " cannot be loaded (" + (said ? said : "no reason given") + "); install the package " + package;
  }
};

} // namespace chasi::plan
