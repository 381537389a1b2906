// The identity that a run shows to others.
#include "runtime/engine/engine.h"
#include "runtime/engine/lease.h"

#include "runtime/plan/digest.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <pwd.h>
#include <unistd.h>

namespace chasi::engine {

static std::string hostName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] ? std::string(name.data()) : std::string("unknown");
}

static std::string userName() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found) return found->pw_name;
  return fmt::format("uid-{}", ::geteuid());
}

// Process ids mean the same in two runs when both see the same boot and the same process namespace.
static std::string machineName() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string boot;
  std::getline(in, boot);
  std::array<char, 128> link{};
  ssize_t length = ::readlink("/proc/self/ns/pid", link.data(), link.size());
  if (boot.empty() || length <= 0) return {};
  return plan::hex(plan::sha256(boot + std::string(link.data(), static_cast<size_t>(length)))).substr(0, 20);
}

std::string userAtHost() { return userName() + "@" + hostName(); }

Holder makeHolder(const std::string& user, const std::string& run) {
  std::string who = user.empty() ? userAtHost() : user;
  return {fmt::format("{}/{}/{}", who, ::getpid(), run), machineName()};
}

bool hasEnded(const Holder& holder) {
  if (holder.machine.empty() || holder.machine != machineName()) return false;
  size_t end = holder.identity.rfind('/');
  size_t begin = end == 0 || end == holder.identity.npos ? holder.identity.npos : holder.identity.rfind('/', end - 1);
  if (begin == holder.identity.npos) return false;
  pid_t pid = 0;
  const char* last = holder.identity.data() + end;
  auto [at, error] = std::from_chars(holder.identity.data() + begin + 1, last, pid);
  if (error != std::errc() || at != last || pid <= 1) return false;
  return ::kill(pid, 0) != 0 && errno == ESRCH;
}

} // namespace chasi::engine
