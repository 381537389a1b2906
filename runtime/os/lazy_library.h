// Shared libraries that are loaded when they are first needed. Those for the network bring some thirty others along, and
// most commands need none of them: loading takes 7 of the 11 ms that a start took (measured by `version`).
#pragma once

#include <dlfcn.h>

#include <string>

namespace chasi::os {

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
    if (handle_ && !to && why_.empty()) why_.append("the library has no ").append(name);
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

/// `struct Type` with the functions of a library as members, `why` it cannot be used (empty when it can), and `accessor()`, which
/// loads it when it is first called, from any thread. FUNCTIONS(X) lists X(prefix, name): the function is `prefix##name` in the library.
#define CHASI_LAZY_LIBRARY(Type, accessor, FUNCTIONS, file, package) \
  struct Type { \
    FUNCTIONS(CHASI_LAZY_MEMBER) \
    std::string why; \
  }; \
  inline const Type& accessor() { \
    static const Type loaded = [] { \
      static ::chasi::os::LazyLibrary library(file, package); \
      Type out; \
      FUNCTIONS(CHASI_LAZY_BIND) \
      out.why = library.why(); \
      return out; \
    }(); \
    return loaded; \
  }
#define CHASI_LAZY_MEMBER(prefix, name) decltype(&::prefix##name) name = nullptr;
#define CHASI_LAZY_BIND(prefix, name) library.bind(out.name, #prefix #name);

} // namespace chasi::os
