// CustomResourceDefinitions as a typed module.
#pragma once

#include <llvm/ADT/ArrayRef.h>

#include <nlohmann/json.hpp>

#include <string>

namespace chasi::import {

struct CrdModule {
  std::string text;
  std::vector<std::string> roots; ///< "Prometheus monitoring.coreos.com/v1"; none: these are no definitions
};

bool isDefinition(const nlohmann::ordered_json& object);

/// A schema for each version that is served, with apiVersion and kind filled in, and one for each object in it. Objects that are no
/// definitions are passed over. Of a kind, the version that is stored has the plain name.
CrdModule crdModule(llvm::ArrayRef<nlohmann::ordered_json> objects);

} // namespace chasi::import
