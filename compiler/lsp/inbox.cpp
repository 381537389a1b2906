#include "compiler/lsp/inbox.h"

#include "compiler/lsp/framing.h"

namespace chasi::lsp {

using nlohmann::json;

Inbox::Inbox(std::istream& in) : in_(in), reader_([this] { read(); }) {}

Inbox::~Inbox() { reader_.join(); }

static bool isCall(const json& m, const char* method) { return m.is_object() && m.contains("method") && m["method"] == method; }

void Inbox::read() {
  bool more = true;
  while (more) {
    std::string broken;
    auto message = readMessage(in_, &broken);
    const std::scoped_lock lock(mutex_);
    broken_ = std::move(broken);
    more = message && !isCall(*message, "exit");
    if (!message) ended_ = true;
    else if (isCall(*message, "$/cancelRequest") && message->contains("/params/id"_json_pointer)) cancelled_.insert((*message)["params"]["id"].dump());
    else waiting_.push_back(std::move(*message));
    came_.notify_one();
  }
}

Inbox::State Inbox::next(json& message, std::optional<std::chrono::milliseconds> most) {
  std::unique_lock lock(mutex_);
  const auto ready = [&] { return !waiting_.empty() || ended_; };
  if (!most) came_.wait(lock, ready);
  else if (!came_.wait_for(lock, *most, ready)) return State::Quiet;
  if (waiting_.empty()) return State::Ended;
  message = std::move(waiting_.front());
  waiting_.pop_front();
  return State::Message;
}

bool Inbox::cancelled(const json& id) {
  const std::scoped_lock lock(mutex_);
  return cancelled_.erase(id.dump()) != 0;
}

std::string Inbox::broken() {
  const std::scoped_lock lock(mutex_);
  return broken_;
}

bool Inbox::changes(const std::string& uri) {
  const std::scoped_lock lock(mutex_);
  for (const json& m : waiting_)
    if (isCall(m, "textDocument/didChange") && m.contains("/params/textDocument/uri"_json_pointer) && m["params"]["textDocument"]["uri"] == uri) return true;
  return false;
}

} // namespace chasi::lsp
