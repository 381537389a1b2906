#include "compiler/driver/run.h"

#include "compiler/driver/arguments.h"

namespace chasi::driver {

int runProgram(const std::vector<std::string>& arguments) {
  const Parsed parsed = parseArguments(arguments);
  return parsed.invocation ? parsed.invocation->command->run(*parsed.invocation) : parsed.code;
}

} // namespace chasi::driver
