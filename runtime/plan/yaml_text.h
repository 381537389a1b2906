// JSON text as YAML, for people and for `kubectl apply -f`.
#pragma once

#include <llvm/Support/raw_ostream.h>

#include <nlohmann/json_fwd.hpp>

namespace chasi::plan {

/// One document with its keys in the given order. Texts that another reader could take for numbers, booleans or dates are quoted.
void writeYaml(const nlohmann::ordered_json& value, llvm::raw_ostream& out);

} // namespace chasi::plan
