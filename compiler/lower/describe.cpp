#include "compiler/lower/describe.h"

#include "compiler/lower/stack.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace chasi::lower {

using namespace sema;

Identity identityOf(const MapValue& manifest) {
  return {textAt(manifest, {"apiVersion"}), textAt(manifest, {"kind"}), textAt(manifest, {"metadata", "namespace"}), textAt(manifest, {"metadata", "name"})};
}

void Describer::describe(Made& made) {
  if (made.kind != plan::OpKind::Object) return;
  const MapValue& manifest = *made.draft.manifest;
  const Identity identity = identityOf(manifest);
  made.draft.mentions = mentionsOf(manifest, identity.ns);
  text_.clear();
  made.data = eval::writeData(Value::of(&manifest), text_);
  if (!made.data) return;
  made.payload = text_.str().str();
  made.draft.doubtful = !accepted(identity, manifest);
}

namespace {
constexpr size_t kBatch = 256; ///< smaller specifications need no thread

struct Batch {
  size_t number = 0;
  std::vector<Made> list;

  void describe(Describer& describer) {
    for (Made& made : list) describer.describe(made);
  }
};
} // namespace

/// The thread, and what it shares with the one that makes the batches.
struct Pipeline::Worker {
  std::mutex mutex;
  std::condition_variable more;
  std::deque<Batch> waiting;
  bool last = false; ///< nothing comes after what is waiting
  std::vector<Batch> done;
  size_t handed = 0;
  LargeStackThread thread;
  bool running = false;

  Worker() {
    if (std::thread::hardware_concurrency() > 1) running = thread.start([this] { run(); });
  }

  void run() {
    Describer describer;
    std::unique_lock lock(mutex);
    for (;;) {
      more.wait(lock, [this] { return last || !waiting.empty(); });
      if (waiting.empty()) return;
      describeOne(describer, lock);
    }
  }
  /// Takes one that is waiting, and gives the lock back meanwhile.
  void describeOne(Describer& describer, std::unique_lock<std::mutex>& lock) {
    Batch batch = std::move(waiting.front());
    waiting.pop_front();
    lock.unlock();
    batch.describe(describer);
    lock.lock();
    done.push_back(std::move(batch));
  }
  void hand(std::vector<Made> list) {
    {
      const std::lock_guard lock(mutex);
      waiting.push_back({handed++, std::move(list)});
    }
    more.notify_one();
  }
  /// Describes together with the thread what is waiting.
  void end() {
    std::unique_lock lock(mutex);
    last = true;
    more.notify_one();
    Describer describer;
    while (!waiting.empty()) describeOne(describer, lock);
    lock.unlock();
    if (running) thread.join();
    running = false;
  }
  ~Worker() { end(); }
};

Pipeline::Pipeline() { batch_.reserve(kBatch); }
Pipeline::~Pipeline() = default;

Made& Pipeline::next() {
  if (batch_.size() == kBatch) {
    if (!worker_) worker_ = std::make_unique<Worker>();
    worker_->hand(std::move(batch_));
    batch_ = {};
    batch_.reserve(kBatch);
  }
  return batch_.emplace_back();
}

void Pipeline::drop() { batch_.pop_back(); }

std::vector<std::vector<Made>> Pipeline::finish() {
  Batch rest{worker_ ? worker_->handed : 0, std::move(batch_)};
  std::vector<std::vector<Made>> all(rest.number + 1);
  if (worker_) {
    worker_->hand(std::move(rest.list));
    worker_->end();
    for (Batch& batch : worker_->done) all[batch.number] = std::move(batch.list);
    worker_.reset();
  } else {
    Describer describer;
    rest.describe(describer);
    all.front() = std::move(rest.list);
  }
  return all;
}

} // namespace chasi::lower
