#include "compiler/driver/report.h"
#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "runtime/image/unpack.h"

namespace chasi::driver {

int runImageUnpack(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  auto platform = image::Platform::parse(invocation.get("--platform", "linux/amd64"));
  if (!platform) return printError(platform.takeError(), terminal);
  auto result = image::unpack(invocation.word(0), invocation.word(1), *platform, invocation.word(2));
  if (!result) return printError(result.takeError(), terminal);
  if (invocation.get("--format", "text") == "json") llvm::outs() << nlohmann::ordered_json{{"manifest", result->manifest.digest.str()}, {"files", result->files}, {"bytes", result->bytes}}.dump(2) << '\n';
  else if (!terminal.quiet) llvm::errs() << fmt::format("{} files, {} bytes in {}\n", result->files, result->bytes, invocation.word(2));
  return kDone;
}

} // namespace chasi::driver
