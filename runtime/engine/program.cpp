#include "runtime/engine/program.h"

#include "runtime/plan/fault.h"

#include <fmt/format.h>

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

namespace chasi::engine {

using plan::fault;

namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
  int ends[2] = {-1, -1};
  ~Pipe() {
    for (int end : ends)
      if (end >= 0) close(end);
  }
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

int start(const std::vector<std::string>& arguments, int output, pid_t& child) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // A group of its own, so that its children can be ended with it.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  const int failed = posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

llvm::Error failed(const std::string& program, const std::string& why) {
  return fault("CH6212", fmt::format("the program '{}' for a secret {}", program, why), "run it by hand to see why");
}

} // namespace

llvm::Expected<std::string> outputOf(const std::vector<std::string>& arguments, const ProgramLimits& limits) {
  const std::string& program = arguments.front();
  Pipe out;
  if (pipe2(out.ends, O_CLOEXEC) != 0) return failed(program, fmt::format("cannot be started: {}", std::strerror(errno)));
  pid_t child = 0;
  if (const int code = start(arguments, out.ends[1], child)) return failed(program, fmt::format("cannot be started: {}", std::strerror(code)));
  out.closeWriter();
  const Clock::time_point end = Clock::now() + limits.time;
  std::string text;
  const Read read = readAll(out.ends[0], end, limits.output, text);
  int status = 0;
  const bool ended = read == Read::Whole && awaitEnd(child, end, status);
  if (!ended) {
    kill(-child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    if (read == Read::TooMuch) return failed(program, fmt::format("printed more than {} bytes", limits.output));
    return failed(program, fmt::format("did not end within {} s", std::chrono::duration<double>(limits.time).count()));
  }
  if (WIFSIGNALED(status)) return failed(program, fmt::format("was ended by signal {}", WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0) return failed(program, fmt::format("failed with exit code {}", WEXITSTATUS(status)));
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.empty()) return failed(program, "printed nothing");
  return text;
}

} // namespace chasi::engine
