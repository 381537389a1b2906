// The HTTP/1.1 listener. The only place that sees the HTTP library.
#pragma once

#include "runtime/local/message.h"

#include <llvm/Support/Error.h>

#include <functional>
#include <memory>

namespace chasi::local {

class Listener {
public:
  /// Called from a thread of each connection; must not throw.
  using Handler = std::function<Answer(const Request&)>;
  /// On 127.0.0.1; 0 takes a free port. CH6303 when the port is taken.
  static llvm::Expected<std::unique_ptr<Listener>> open(uint16_t port, Handler handler);
  /// Takes no more requests and waits for those that run; streams must have been told to end before.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  uint16_t port() const { return port_; }
  const Handler& handler() const { return handler_; }

private:
  explicit Listener(Handler handler) : handler_(std::move(handler)) {}
  Handler handler_;
  uint16_t port_ = 0;
  void* daemon_ = nullptr;
};

} // namespace chasi::local
