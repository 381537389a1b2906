#include "compiler/driver/clusters.h"
#include "compiler/driver/planning.h"
#include "compiler/driver/run.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/Program.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

namespace chasi::driver {

namespace {

using namespace std::chrono_literals;

/// The cluster's file for PATH; a folder without a specification still has a place for one.
llvm::Expected<std::string> fileFor(const Invocation& invocation) {
  if (invocation.words.empty()) return clusterFile(stateHere());
  auto found = package::findWorkspace(invocation.word(0));
  if (!found) return found.takeError();
  return clusterFile(stateFolder(*found));
}

std::string kubeconfigFile(const std::string& file) { return llvm::sys::path::parent_path(file).str() + "/kubeconfig"; }

/// Asks for the file's server until `wanted` says so, at most ten seconds.
template <class Wanted> llvm::Expected<local::Running> waitFor(const std::string& file, Wanted wanted) {
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (true) {
    auto running = local::whoServes(file);
    if (!running || wanted(*running) || std::chrono::steady_clock::now() > end) return running;
    std::this_thread::sleep_for(20ms);
  }
}

int serve(const std::string& file, const Invocation& invocation, const Terminal& terminal) {
  local::ServeOptions options;
  options.file = file;
  if (llvm::StringRef(invocation.get("--port", "0")).getAsInteger(10, options.port)) {
    llvm::errs() << "chasic: --port takes a number up to 65535\n";
    return kUsage;
  }
  catchInterrupts();
  auto server = local::Server::start(options);
  if (!server) return printError(server.takeError(), terminal);
  if (llvm::Error error = writeFile(kubeconfigFile(file), local::kubeconfigFor((*server)->url()))) return printError(std::move(error), terminal);
  if (!terminal.quiet) llvm::errs() << fmt::format("serving {} at {}; Ctrl-C ends it\n", file, (*server)->url());
  while (interrupts().load() == 0) std::this_thread::sleep_for(50ms);
  return kDone;
}

/// Starts this program again, detached, as the server. Its messages go to a log beside the file.
llvm::Expected<local::Running> spawn(const std::string& file, const Invocation& invocation) {
  const std::string program = llvm::sys::fs::getMainExecutable(nullptr, nullptr);
  const std::string log = llvm::sys::path::parent_path(file).str() + "/server.log";
  std::vector<std::string> words = {program, "local", "up", "--foreground"};
  if (invocation.has("--port")) words.insert(words.end(), {"--port", invocation.get("--port")});
  for (const std::string& w : invocation.words) words.push_back(w);
  std::vector<char*> argv;
  for (std::string& w : words) argv.push_back(w.data());
  argv.push_back(nullptr);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const pid_t pid = out < 0 ? -1 : fork();
  if (pid < 0) return plan::fault("CH6302", fmt::format("the server cannot be started: {}", std::strerror(errno)));
  if (pid == 0) {
    setsid();
    const int nothing = ::open("/dev/null", O_RDONLY);
    dup2(nothing, 0);
    dup2(out, 1);
    dup2(out, 2);
    execv(program.c_str(), argv.data());
    _exit(127);
  }
  ::close(out);
  bool ended = false;
  auto running = waitFor(file, [&](const local::Running& r) {
    int status = 0;
    ended = ended || waitpid(pid, &status, WNOHANG) == pid;
    return ended || (r.pid == pid && llvm::sys::fs::exists(kubeconfigFile(file)));
  });
  if (running && !ended && !running->url.empty()) return running;
  if (!running) return running;
  source::SourceSet logs;
  auto said = logs.open(log);
  const std::string text = said ? logs.text(*said).trim().str() : "";
  if (!said) llvm::consumeError(said.takeError());
  return plan::fault("CH6302", fmt::format("the server did not come up{}", text.empty() ? "" : ": " + text), fmt::format("its messages are in {}", log));
}

} // namespace

int runLocalUp(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  auto file = fileFor(invocation);
  if (!file) return printError(file.takeError(), terminal);
  if (invocation.has("--foreground")) return serve(*file, invocation, terminal);
  auto running = local::whoServes(*file);
  if (!running) return printError(running.takeError(), terminal);
  const bool before = !running->url.empty();
  if (!before) running = spawn(*file, invocation);
  if (!running) return printError(running.takeError(), terminal);
  if (!terminal.quiet)
    llvm::errs() << fmt::format("the embedded cluster {} at {} (process {})\nNo pods run in it; a simulation marks workloads ready.\n\n", before ? "runs already" : "runs", running->url, running->pid);
  llvm::outs() << "export KUBECONFIG=" << kubeconfigFile(*file) << '\n';
  return kDone;
}

int runLocalDown(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  auto file = fileFor(invocation);
  if (!file) return printError(file.takeError(), terminal);
  auto running = local::whoServes(*file);
  if (!running) return printError(running.takeError(), terminal);
  if (running->pid == 0) {
    if (!terminal.quiet) llvm::errs() << "no server runs for " << *file << '\n';
    return kDone;
  }
  kill(running->pid, SIGTERM);
  auto after = waitFor(*file, [](const local::Running& r) { return r.pid == 0; });
  if (!after) return printError(after.takeError(), terminal);
  if (after->pid != 0) {
    llvm::errs() << fmt::format("chasic: process {} did not end within ten seconds; nothing is lost when it is killed\n", after->pid);
    return kUnreachable;
  }
  llvm::sys::fs::remove(kubeconfigFile(*file));
  if (!terminal.quiet) llvm::errs() << "stopped; what it holds stays in " << *file << '\n';
  return kDone;
}

int runLocalReset(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  auto file = fileFor(invocation);
  if (!file) return printError(file.takeError(), terminal);
  auto running = local::whoServes(*file);
  if (!running) return printError(running.takeError(), terminal);
  if (running->pid != 0) {
    llvm::errs() << fmt::format("chasic: process {} serves this cluster at {}; `chasic local down` first\n", running->pid, running->url);
    return kUnreachable;
  }
  if (!invocation.has("--yes")) {
    const Answer answer = confirm(fmt::format("Delete everything in {}?", *file));
    if (!answer.asked) {
      llvm::errs() << "chasic: nothing is deleted without a confirmation; without a terminal, say --yes\n";
      return kUsage;
    }
    if (!answer.yes) return kDone;
  }
  for (const char* suffix : {"", "-wal", "-shm"})
    if (const std::error_code code = llvm::sys::fs::remove(*file + suffix)) {
      llvm::errs() << fmt::format("chasic: {}{} cannot be deleted: {}\n", *file, suffix, code.message());
      return kUnreachable;
    }
  if (!terminal.quiet) llvm::errs() << "the embedded cluster is empty\n";
  return kDone;
}

int runLocalKubeconfig(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  auto file = fileFor(invocation);
  if (!file) return printError(file.takeError(), terminal);
  auto running = local::whoServes(*file);
  if (!running) return printError(running.takeError(), terminal);
  if (running->url.empty()) {
    llvm::errs() << "chasic: no server runs for this workspace; `chasic local up` starts one\n";
    return kUnreachable;
  }
  llvm::outs() << local::kubeconfigFor(running->url);
  return kDone;
}

int runLocalStatus(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  auto file = fileFor(invocation);
  if (!file) return printError(file.takeError(), terminal);
  auto running = local::whoServes(*file);
  if (!running) return printError(running.takeError(), terminal);
  if (running->url.empty()) llvm::outs() << "not running; " << (llvm::sys::fs::exists(*file) ? "its state is in " : "nothing stored yet in ") << *file << '\n';
  else llvm::outs() << fmt::format("running at {} (process {}), stored in {}\n", running->url, running->pid, *file);
  return running->url.empty() ? kIncomplete : kDone;
}

} // namespace chasi::driver
