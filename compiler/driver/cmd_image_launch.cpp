#include "compiler/driver/report.h"
#include "compiler/driver/run.h"
#include "runtime/image/inspect.h"
#include "runtime/image/json_text.h"
#include "runtime/image/unpack.h"

#include <llvm/Support/MemoryBuffer.h>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace chasi::driver {

namespace {

/// The image's parameters with those of --set; one that it does not have is a mistake.
llvm::Expected<std::map<std::string, std::string>> parametersFor(const Invocation& invocation, std::map<std::string, std::string> all) {
  for (const std::string& each : invocation.all("--set")) {
    const auto [name, value] = llvm::StringRef(each).split('=');
    const auto at = all.find(name.str());
    std::vector<std::string> names;
    for (const auto& [known, unused] : all) names.push_back(known);
    if (at == all.end() || !llvm::StringRef(each).contains('='))
      return plan::fault("CH7005", fmt::format("the image has no parameter `{}`", name.str()), names.empty() ? "it has none" : fmt::format("it has {}", fmt::join(names, ", ")));
    at->second = value.str();
  }
  return all;
}

/// The files of the image in the folder, where an earlier run may have put them.
llvm::Error filesIn(const std::string& folder, const std::string& layout, const image::ReferenceInfo& info, const image::Platform& platform, const Terminal& terminal) {
  const std::string mark = folder + "/.chasi-image", digest = info.target.digest.str() + "\n";
  if (auto there = llvm::MemoryBuffer::getFile(mark); there && (*there)->getBuffer() == digest) {
    if (!terminal.quiet) llvm::errs() << fmt::format("the files of {} are in {} already\n", info.name, folder);
    return llvm::Error::success();
  }
  auto unpacked = image::unpack(layout, info.name, platform, folder);
  return unpacked ? writeFile(mark, digest) : unpacked.takeError();
}

/// In the folder, by a shell, with what it prints going where ours goes. What went wrong, or nothing.
std::string runThere(const std::string& command, const std::string& folder, const std::map<std::string, std::string>& parameters) {
  std::vector<std::string> variables, words = {"sh", "-ec", "cd \"$1\"; eval \"$2\"", "sh", folder, command};
  for (char** each = environ; *each; ++each)
    if (!parameters.contains(llvm::StringRef(*each).split('=').first.str())) variables.emplace_back(*each);
  for (const auto& [name, value] : parameters) variables.push_back(name + "=" + value);
  const auto pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (std::string& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
  };
  pid_t child = 0;
  int status = 0;
  if (const int error = ::posix_spawnp(&child, "sh", nullptr, nullptr, pointers(words).data(), pointers(variables).data())) return fmt::format("there is no shell: {}", std::strerror(error));
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return std::strerror(errno);
  if (WIFSIGNALED(status)) return fmt::format("it was ended by signal {}", WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? "" : fmt::format("it ended with exit code {}", WEXITSTATUS(status));
}

} // namespace

int runImageLaunch(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const std::string layout = invocation.word(0), name = invocation.word(1), folder = invocation.word(2);
  auto platform = image::Platform::parse(invocation.get("--platform", "linux/amd64"));
  if (!platform) return printError(platform.takeError(), terminal);
  auto found = image::inspect(layout, name);
  if (!found) return printError(found.takeError(), terminal);
  const image::ReferenceInfo& info = found->front();
  if (info.launch.empty()) return printError(plan::fault("CH7005", fmt::format("{} brings no commands", name), "`launch` of an image says what they are; `chasic image unpack` gives its files"), terminal);
  auto parameters = parametersFor(invocation, info.parameters);
  if (!parameters) return printError(parameters.takeError(), terminal);
  for (const auto& [key, value] : *parameters) llvm::errs() << fmt::format("{}={}\n", image::printable(key), image::printable(value));
  for (const std::string& command : info.launch) llvm::errs() << "$ " << image::printable(command) << '\n';
  int exit = kDone;
  if (!agreedTo(invocation, fmt::format("Run this in {}?", folder), exit)) return exit;
  if (llvm::Error error = filesIn(folder, layout, info, *platform, terminal)) return printError(std::move(error), terminal);
  for (const std::string& command : info.launch) {
    const std::string why = runThere(command, folder, *parameters);
    if (!why.empty()) return printError(plan::fault("CH7016", fmt::format("`{}` of {} failed: {}", command, name, why), "see what it printed; run this again when the cause is gone"), terminal);
  }
  return kDone;
}

} // namespace chasi::driver
