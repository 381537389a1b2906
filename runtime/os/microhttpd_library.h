// libmicrohttpd, loaded when it is first needed: `microhttpd().start_daemon(…)` is MHD_start_daemon(…).
#pragma once

#include "runtime/os/lazy_library.h"

#include <microhttpd.h>

namespace chasi::os {

#define CHASI_MHD_FUNCTIONS(X) \
  X(MHD_, start_daemon) X(MHD_, stop_daemon) X(MHD_, lookup_connection_value) X(MHD_, get_connection_info) \
  X(MHD_, set_connection_option) X(MHD_, create_response_from_callback) X(MHD_, create_response_from_buffer_with_free_callback_cls) \
  X(MHD_, create_response_from_fd_at_offset64) X(MHD_, get_connection_values) X(MHD_, is_feature_supported) \
  X(MHD_, add_response_header) X(MHD_, queue_response) X(MHD_, destroy_response)

CHASI_LAZY_LIBRARY(Microhttpd, microhttpd, CHASI_MHD_FUNCTIONS, "libmicrohttpd.so.12", "libmicrohttpd12")

} // namespace chasi::os
