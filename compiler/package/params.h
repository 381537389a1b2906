// Parameter files: values given from outside, by name.
#pragma once

#include "compiler/package/workspace_error.h"

#include <string>
#include <utility>
#include <vector>

namespace chasi::package {

/// A parameter and its value as compact JSON; what type it must have, its declaration says.
using ParamText = std::pair<std::string, std::string>;

/// A map of names to values, JSON when the file's name ends so, otherwise YAML (core schema; merge keys are not followed).
/// At most 4 MiB. CH8004 for what cannot be opened, CH8005 for what does not hold such a map, with line and column.
/// `whole` gets the text of the file.
llvm::Expected<std::vector<ParamText>> readParams(const std::string& file, std::string* whole = nullptr);

/// "NAME=VALUE" in two pieces, or CH8006.
llvm::Expected<ParamText> splitAssignment(const std::string& text, const std::string& flag);
/// "NAME=VARIABLE" in two pieces, or CH8006: what is behind the `=` is the name of an environment variable.
llvm::Expected<ParamText> splitVariable(const std::string& text, const std::string& flag);

} // namespace chasi::package
