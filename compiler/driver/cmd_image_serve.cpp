#include "compiler/driver/planning.h"
#include "compiler/driver/run.h"
#include "compiler/driver/spec.h"
#include "runtime/image/file_io.h"
#include "runtime/image/server.h"

#include <thread>

namespace chasi::driver {

/// Both or none of the two files of TLS.
static llvm::Error readPair(const Invocation& invocation, image::ServeOptions& options) {
  for (const auto& [flag, place] : {std::pair{"--tls-cert", &options.certificate}, std::pair{"--tls-key", &options.key}}) {
    if (!invocation.has(flag)) continue;
    auto text = image::readWhole(invocation.get(flag), 1 << 20, image::FaultCode::CannotServe);
    if (!text) return text.takeError();
    *place = std::move(*text);
  }
  return llvm::Error::success();
}

int runImageServe(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  if (invocation.has("--tls-cert") != invocation.has("--tls-key")) {
    llvm::errs() << "chasic: --tls-cert and --tls-key are needed both\n";
    return kUsage;
  }
  image::ServeOptions options;
  options.layout = invocation.word(0);
  options.listen = invocation.get("--listen", options.listen.c_str());
  if (llvm::Error error = readPair(invocation, options)) return printError(std::move(error), terminal);
  const auto say = [](const std::string& line) { llvm::errs() << line << '\n'; };
  if (!terminal.quiet) options.event = say;
  if (terminal.verbose) options.request = say;
  catchInterrupts();
  auto server = image::LayoutServer::start(std::move(options));
  if (!server) return printError(server.takeError(), terminal);
  if (!terminal.quiet) llvm::errs() << fmt::format("serving {} at {}; Ctrl-C ends it\n", invocation.word(0), (*server)->url());
  while (interrupts().load() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return kDone;
}

} // namespace chasi::driver
