// libedit, loaded when it is first needed: `libedit().el_gets(…)`. Only `chasic repl` on a terminal needs it.
#pragma once

#include "runtime/os/lazy_library.h"

#include <histedit.h>

namespace chasi::driver {

#define CHASI_EDIT_FUNCTIONS(X) \
  X(, el_init) X(, el_end) X(, el_set) X(, el_get) X(, el_gets) X(, el_line) X(, el_insertstr) X(, history_init) X(, history_end) \
  X(, history)

CHASI_LAZY_LIBRARY(Edit, libedit, CHASI_EDIT_FUNCTIONS, "libedit.so.2", "libedit2")

} // namespace chasi::driver
