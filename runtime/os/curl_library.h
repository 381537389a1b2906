// libcurl, loaded when it is first needed: `curl().easy_init()` is curl_easy_init().
#pragma once

#include "runtime/os/lazy_library.h"

#define CURL_DISABLE_TYPECHECK // its macros would stand in for the functions
#include <curl/curl.h>

namespace chasi::os {

#define CHASI_CURL_FUNCTIONS(X) \
  X(curl_, global_init) X(curl_, easy_init) X(curl_, easy_cleanup) X(curl_, easy_reset) X(curl_, easy_setopt) X(curl_, easy_perform) X(curl_, easy_getinfo) X(curl_, easy_send) X(curl_, easy_recv) \
  X(curl_, easy_strerror) X(curl_, multi_init) X(curl_, multi_cleanup) X(curl_, multi_setopt) X(curl_, multi_add_handle) \
  X(curl_, multi_remove_handle) X(curl_, multi_strerror) X(curl_, multi_perform) X(curl_, multi_poll) X(curl_, multi_wakeup) \
  X(curl_, multi_info_read) X(curl_, slist_append) X(curl_, slist_free_all)

CHASI_LAZY_LIBRARY(Curl, loadedCurl, CHASI_CURL_FUNCTIONS, "libcurl.so.4", "libcurl4")

inline const Curl& curl() {
  static const Curl& ready = []() -> const Curl& {
    const Curl& loaded = loadedCurl();
    if (loaded.why.empty()) loaded.global_init(CURL_GLOBAL_DEFAULT);
    return loaded;
  }();
  return ready;
}

} // namespace chasi::os
