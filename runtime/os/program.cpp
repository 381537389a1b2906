#include "runtime/os/program.h"

#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringRef.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char** environ;

namespace chasi::os {

namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
  int ends[2] = {-1, -1};
  ~Pipe() {
    for (int end : ends)
      if (end >= 0) close(end);
  }
  bool open() { return pipe2(ends, O_CLOEXEC) == 0; }
  void closeWriter() {
    close(ends[1]);
    ends[1] = -1;
  }
};

enum class Read { Whole, TooMuch, TooLate };

int millisecondsUntil(Clock::time_point end) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

Read readAll(int fd, Clock::time_point end, size_t most, std::string& text) {
  for (;;) {
    pollfd wait{fd, POLLIN, 0};
    const int ready = poll(&wait, 1, millisecondsUntil(end));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Read::TooLate;
    char buffer[4096];
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Read::Whole;
    text.append(buffer, static_cast<size_t>(got));
    if (text.size() > most) return Read::TooMuch;
  }
}

/// A program may close its output and go on. False when the time is over.
bool awaitEnd(pid_t child, Clock::time_point end, int& status) {
  for (;;) {
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) return true;
    if (ended < 0 && errno != EINTR) return false;
    if (Clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// What the program is given replaces what this process has under the same name: of two, programs see the first.
std::vector<std::string> environmentOf(const Program& program) {
  std::vector<std::string> out = program.environment;
  for (char** each = environ; *each; ++each) {
    const llvm::StringRef line(*each), name = line.take_front(line.find('=') + 1);
    if (llvm::none_of(program.environment, [&](const std::string& given) { return llvm::StringRef(given).starts_with(name); })) out.push_back(line.str());
  }
  return out;
}

int start(const Program& program, int input, int output, pid_t& child) {
  std::vector<std::string> arguments = program.arguments, environment = environmentOf(program);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  if (!program.complains) posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // A group of its own, so that its children can be ended with it; and it dies of a closed pipe as programs expect, also when we do not.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  const int failed = posix_spawnp(&child, arguments.front().c_str(), &actions, &attributes, pointers(arguments).data(), pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

ProgramOutcome wrong(std::string why) { return {"", std::move(why)}; }

} // namespace

ProgramOutcome run(const Program& program) {
  Pipe in, out;
  // The whole input fits into the pipe, so nobody has to wait for a program that reads late or never.
  const bool ready = in.open() && out.open() && write(in.ends[1], program.input.data(), program.input.size()) == static_cast<ssize_t>(program.input.size());
  if (!ready) return wrong(fmt::format("cannot be started: {}", std::strerror(errno)));
  in.closeWriter();
  pid_t child = 0;
  if (const int code = start(program, in.ends[0], out.ends[1], child)) return wrong(fmt::format("cannot be started: {}", std::strerror(code)));
  out.closeWriter();
  const Clock::time_point end = Clock::now() + program.time;
  ProgramOutcome outcome;
  const Read read = readAll(out.ends[0], end, program.output, outcome.output);
  int status = 0;
  const bool ended = read == Read::Whole && awaitEnd(child, end, status);
  if (!ended) {
    kill(-child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    if (read == Read::TooMuch) return wrong(fmt::format("printed more than {} bytes", program.output));
    return wrong(fmt::format("did not end within {} s", std::chrono::duration<double>(program.time).count()));
  }
  if (WIFSIGNALED(status)) outcome.why = fmt::format("was ended by signal {}", WTERMSIG(status));
  else if (WEXITSTATUS(status) != 0) outcome.why = fmt::format("failed with exit code {}", WEXITSTATUS(status));
  return outcome;
}

} // namespace chasi::os
