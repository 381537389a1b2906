// What can be chosen for a module: the parameters that it has.
#pragma once

#include "compiler/lsp/snapshot.h"

namespace chasi::lsp {

struct Parameter {
  std::string name, type;
  std::string value; ///< as JSON, with what is chosen now; "" when there is none, or it is a secret
  std::string doc;
};
/// Those of the module, in source order.
std::vector<Parameter> parametersOf(const Snapshot& snapshot);

} // namespace chasi::lsp
