// What the server says it can do.
#pragma once

#include "compiler/lsp/position.h"

namespace chasi::lsp {

nlohmann::json capabilities(Encoding encoding, bool pull);
/// Names of the legend, in the order of their numbers.
nlohmann::json tokenTypes();
nlohmann::json tokenModifiers();

} // namespace chasi::lsp
