// libedit, loaded when it is first needed: `libedit().el_gets(…)`. Only `chasic repl` on a terminal needs it.
#pragma once

#include "runtime/plan/lazy_library.h"

#include <histedit.h>

namespace chasi::driver {

#define CHASI_EDIT_FUNCTIONS(X) \
  X(el_init) X(el_end) X(el_set) X(el_get) X(el_gets) X(el_line) X(el_insertstr) X(history_init) X(history_end) X(history)

struct Edit {
#define CHASI_EDIT(name) decltype(&::name) name = nullptr;
  CHASI_EDIT_FUNCTIONS(CHASI_EDIT)
#undef CHASI_EDIT
  std::string why; ///< it cannot be used; empty when it can
};

inline const Edit& libedit() {
  static const Edit loaded = [] {
    static plan::LazyLibrary library("libedit.so.2", "libedit2");
    Edit e;
#define CHASI_EDIT(name) library.bind(e.name, #name);
    CHASI_EDIT_FUNCTIONS(CHASI_EDIT)
#undef CHASI_EDIT
    e.why = library.why();
    return e;
  }();
  return loaded;
}

} // namespace chasi::driver
