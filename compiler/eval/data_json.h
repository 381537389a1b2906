// Data as JSON in memory, with what it says to be nothing.
#pragma once

#include "compiler/eval/evaluator.h"

#include <nlohmann/json_fwd.hpp>

namespace chasi::eval {

/// Entries without a value, which only `helmYaml` makes, are nulls. Anything that is no data is what `writeJson` says of it.
nlohmann::ordered_json dataJson(Evaluator& evaluator, const sema::Value& value);

} // namespace chasi::eval
