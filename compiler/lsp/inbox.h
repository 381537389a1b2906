// Messages that came and wait. A thread of its own reads them, so that a cancelled request is known of before it is its turn.
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <istream>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

namespace chasi::lsp {

/// Owns the reading thread, which ends with the input or with `exit`. Its members may be called from another one.
class Inbox {
public:
  explicit Inbox(std::istream& in);
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  enum class State : uint8_t { Message, Quiet, Ended };
  /// Waits for the next message. Quiet when none came for so long; without a time it waits for ever.
  State next(nlohmann::json& message, std::optional<std::chrono::milliseconds> most);
  /// The client has taken the request back; it is told once.
  bool cancelled(const nlohmann::json& id);
  /// Why it ended before its time; empty when it did not.
  std::string broken();
  /// A change of this document waits: what is answered now is of no use.
  bool changes(const std::string& uri);

private:
  std::istream& in_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<nlohmann::json> waiting_;
  std::set<std::string> cancelled_;
  bool ended_ = false;
  std::string broken_;
  std::thread reader_;

  void read();
};

} // namespace chasi::lsp
