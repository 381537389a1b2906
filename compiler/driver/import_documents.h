// What the commands of `chasic import` have in common.
#pragma once

#include "compiler/driver/command.h"
#include "compiler/driver/terminal.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace chasi::driver {

/// The documents of a YAML or JSON file, as kubectl reads them; `-` is standard input. What is wrong is printed at its place; `exit` says so then.
std::vector<nlohmann::ordered_json> documents(const std::string& path, const Terminal& terminal, int& exit);

/// To the file of `--out`, or to standard output. Returns what the program ends with.
int writeModule(const Invocation& invocation, const std::string& text, const Terminal& terminal);

} // namespace chasi::driver
