// libmicrohttpd, loaded when it is first needed: `microhttpd().start_daemon(…)` is MHD_start_daemon(…).
#pragma once

#include "runtime/plan/lazy_library.h"

#include <microhttpd.h>

namespace chasi::local {

#define CHASI_MHD_FUNCTIONS(X) \
  X(start_daemon) X(stop_daemon) X(lookup_connection_value) X(get_connection_info) X(set_connection_option) X(create_response_from_callback) \
  X(create_response_from_buffer_with_free_callback_cls) X(add_response_header) X(queue_response) X(destroy_response)

struct Microhttpd {
#define CHASI_MHD(name) decltype(&::MHD_##name) name = nullptr;
  CHASI_MHD_FUNCTIONS(CHASI_MHD)
#undef CHASI_MHD
  std::string why; ///< it cannot be used; empty when it can
};

inline const Microhttpd& microhttpd() {
  static const Microhttpd loaded = [] {
    static plan::LazyLibrary library("libmicrohttpd.so.12", "libmicrohttpd12");
    Microhttpd m;
#define CHASI_MHD(name) library.bind(m.name, "MHD_" #name);
    CHASI_MHD_FUNCTIONS(CHASI_MHD)
#undef CHASI_MHD
    m.why = library.why();
    return m;
  }();
  return loaded;
}

} // namespace chasi::local
