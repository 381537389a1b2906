#include "runtime/engine/audit.h"

#include "runtime/plan/fault.h"
#include "runtime/plan/json_view.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace chasi::engine {

using plan::fault;
using plan::quoteJson;

namespace {

std::string objectKey(const std::string& operation, const std::string& target) { return operation + "\n" + target; }

std::string head(std::chrono::system_clock::time_point time, const std::string& run, const char* event) {
  return fmt::format(R"({{"time":"{}","run":{},"event":"{}")", timeText(time), quoteJson(run), event);
}

std::string member(const char* key, const std::string& value) { return value.empty() ? "" : fmt::format(",\"{}\":{}", key, quoteJson(value)); }

std::string jsonOf(const plan::ObjectRef& object) {
  return fmt::format(R"({{"apiVersion":{},"kind":{}{},"name":{}}})", quoteJson(object.apiVersion), quoteJson(object.kind), member("namespace", object.ns), quoteJson(object.name));
}

} // namespace

llvm::Expected<std::unique_ptr<AuditLog>> AuditLog::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fault("CH6229", fmt::format("the audit log {} cannot be opened: {}", path, std::strerror(errno)), "name a file in a folder that may be written; nothing was changed");
  return std::unique_ptr<AuditLog>(new AuditLog(path, fd));
}

AuditLog::~AuditLog() { ::close(fd_); }

void AuditLog::write(std::string line) {
  if (!trouble_.empty()) return;
  line += "}\n";
  ssize_t count = 0;
  do count = ::write(fd_, line.data(), line.size());
  while (count < 0 && errno == EINTR);
  if (count == static_cast<ssize_t>(line.size())) return;
  trouble_ = fmt::format("the audit log {} cannot be written: {}", path_, count < 0 ? std::strerror(errno) : "there is no room");
}

llvm::Error AuditLog::start(const plan::Plan& plan, const std::string& run, const std::string& who) {
  run_ = run;
  for (const plan::Operation& op : plan.desired.operations) objects_[objectKey(op.id, op.target)] = op.object;
  for (const plan::Prune& prune : plan.prunes) objects_[objectKey(prune.id.empty() ? describe(prune.object) : prune.id, prune.target)] = prune.object;
  write(head(std::chrono::system_clock::now(), run_, "start") + member("who", who) + member("workspace", plan.desired.workspace) + member("environment", plan.desired.environment) +
        member("commit", plan.commit) + (plan.dirty ? ",\"dirty\":true" : "") + member("planDigest", plan::planDigest(plan)) + member("sourceDigest", plan.desired.sourceDigest) +
        member("restores", plan.restores) + (plan.destroys ? ",\"destroys\":true" : "") + member("tool", CHASI_VERSION));
  return trouble_.empty() ? llvm::Error::success() : fault("CH6229", trouble_, "nothing was changed");
}

void AuditLog::add(const Event& event) {
  const bool ended = event.kind == EventKind::Done || event.kind == EventKind::Failed || event.kind == EventKind::Skipped;
  if (!ended) return;
  if (event.operation.empty()) {
    write(head(event.time, run_, "left out") + member("target", event.target) + member("code", event.code) + member("message", event.message));
    return;
  }
  if (event.action == plan::name(plan::Action::None) || event.action == "wait") return; // nothing was written
  std::string line = head(event.time, run_, "write") + member("operation", event.operation) + member("target", event.target) + member("action", event.action);
  if (const auto at = objects_.find(objectKey(event.operation, event.target)); at != objects_.end() && !at->second.kind.empty()) line += ",\"object\":" + jsonOf(at->second);
  const char* outcome = event.kind == EventKind::Done ? "done" : event.kind == EventKind::Failed ? "failed" : "skipped";
  write(line + member("outcome", outcome) + member("code", event.code) + member("message", event.message));
}

void AuditLog::end(const std::string& outcome, const std::string& message) {
  write(head(std::chrono::system_clock::now(), run_, "end") + member("outcome", outcome) + member("message", message));
}

} // namespace chasi::engine
