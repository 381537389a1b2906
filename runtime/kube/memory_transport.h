// A transport without a network, for tests: a function answers, time passes only when nothing else happens.
#pragma once

#include "runtime/kube/transport.h"

#include <deque>

namespace chasi::kube {

class MemoryTransport : public Transport {
public:
  using Server = std::function<HttpResponse(const HttpRequest&)>;
  explicit MemoryTransport(Server server) : server_(std::move(server)) {}

  uint64_t start(HttpRequest request, Done done, Data data) override {
    largest_ = std::max(largest_, waiting_.size() + 1);
    waiting_.push_back({++last_, std::move(request), std::move(done), std::move(data)});
    return last_;
  }
  void cancel(uint64_t id) override {
    std::erase_if(waiting_, [&](const Exchange& each) { return each.id == id; });
  }
  void drive(std::chrono::milliseconds longest) override {
    if (waiting_.empty()) { now_ += std::max(longest, std::chrono::milliseconds(1)); return; }
    Exchange exchange = std::move(waiting_.front());
    waiting_.pop_front();
    HttpResponse response = server_(exchange.request);
    if (exchange.data && response.status == 200) { exchange.data(response.body); response.body.clear(); }
    exchange.done(std::move(response));
  }
  void wake() override {}
  Time now() const override { return now_; }

  /// The most requests that were in flight at once.
  size_t largest() const { return largest_; }

private:
  struct Exchange {
    uint64_t id;
    HttpRequest request;
    Done done;
    Data data;
  };
  Server server_;
  std::deque<Exchange> waiting_;
  uint64_t last_ = 0;
  size_t largest_ = 0;
  Time now_{};
};

} // namespace chasi::kube
