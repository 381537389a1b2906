// OpenAPI v3 documents of an API server as a typed module.
#pragma once

#include <llvm/ADT/ArrayRef.h>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace chasi::import {

struct OpenApiModule {
  std::string text;
  std::vector<std::string> kinds;   ///< all that the documents have, sorted
  std::vector<std::string> unknown; ///< of those asked for
};

/// Whether an OpenAPI document describes kinds of objects.
bool hasKinds(const nlohmann::ordered_json& document);

/// A schema for each kind of objects with metadata, in each version, and for what they refer to. `asked` names kinds; none: all of them.
/// Of a kind, the newest stable version has the plain name.
OpenApiModule openApiModule(llvm::ArrayRef<nlohmann::ordered_json> documents, llvm::ArrayRef<std::string> asked);

} // namespace chasi::import
