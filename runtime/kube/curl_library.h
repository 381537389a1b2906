// libcurl, loaded when it is first needed: `curl().easy_init()` is curl_easy_init().
#pragma once

#include "runtime/plan/lazy_library.h"

#define CURL_DISABLE_TYPECHECK // its macros would stand in for the functions
#include <curl/curl.h>

namespace chasi::kube {

#define CHASI_CURL_FUNCTIONS(X) \
  X(global_init) X(easy_init) X(easy_cleanup) X(easy_reset) X(easy_setopt) X(easy_getinfo) X(easy_strerror) X(multi_init) X(multi_cleanup) \
  X(multi_setopt) X(multi_add_handle) X(multi_remove_handle) X(multi_strerror) X(multi_perform) X(multi_poll) X(multi_wakeup) X(multi_info_read) \
  X(slist_append) X(slist_free_all)

struct Curl {
#define CHASI_CURL(name) decltype(&::curl_##name) name = nullptr;
  CHASI_CURL_FUNCTIONS(CHASI_CURL)
#undef CHASI_CURL
  std::string why; ///< it cannot be used; empty when it can
};

inline const Curl& curl() {
  static const Curl loaded = [] {
    static plan::LazyLibrary library("libcurl.so.4", "libcurl4");
    Curl c;
#define CHASI_CURL(name) library.bind(c.name, "curl_" #name);
    CHASI_CURL_FUNCTIONS(CHASI_CURL)
#undef CHASI_CURL
    c.why = library.why();
    if (c.why.empty()) c.global_init(CURL_GLOBAL_DEFAULT);
    return c;
  }();
  return loaded;
}

} // namespace chasi::kube
