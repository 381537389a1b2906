// What the language server is told about workspaces, locks and folders.
#pragma once

#include "compiler/lsp/server.h"

namespace chasi::driver {

lsp::Host editorHost();

} // namespace chasi::driver
