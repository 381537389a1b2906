// Whatever the text: checking, evaluating and lowering end, with a result or with diagnostics that can be printed.
#include "compiler/lower/compile.h"

#include <cstdio>
#include <cstdlib>

namespace {

/// Nothing is there, so that no file of the machine takes part.
constexpr const char* kFolder = "/no-such-folder/fuzz";

chasi::lower::CompileInput inputOf(std::string text) {
  chasi::lower::CompileInput input;
  const std::string file = std::string(kFolder) + "/fuzz.chasi";
  input.load.workspaceRoot = kFolder;
  input.load.folder = kFolder;
  input.load.modulePath = "fuzz";
  input.load.files = {file};
  input.load.overlay[file] = std::move(text);
  input.workspaceName = "fuzz";
  return input;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chasi;
  const lower::CompileInput input = inputOf(std::string(reinterpret_cast<const char*>(data), size));
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  const lower::Compiled compiled = lower::compile(sources, diagnostics, input);
  std::string printed;
  llvm::raw_string_ostream stream(printed);
  source::printText(diagnostics, sources, stream, {});
  source::printJson(diagnostics, sources, stream);
  if (diagnostics.hasErrors() && printed.find("error") == std::string::npos) {
    std::fprintf(stderr, "errors were counted and none was printed\n");
    std::abort();
  }
  return 0;
}
