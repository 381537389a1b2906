#include "compiler/lower/describe.h"

#include "compiler/lower/lookup.h"
#include "compiler/lower/stack.h"
#include "compiler/lower/stakes.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace chasi::lower {

using namespace sema;

Identity identityOf(const MapValue& manifest) {
  Identity identity{textAt(manifest, {"apiVersion"}), textAt(manifest, {"kind"}), {}, {}};
  if (const Value* metadata = manifest.find("metadata"); metadata && metadata->tag == Tag::Map) {
    identity.ns = textAt(*metadata->map, {"namespace"});
    identity.name = textAt(*metadata->map, {"name"});
  }
  return identity;
}

void Describer::describe(Draft& draft, plan::Operation& op) {
  op.owner = ownerName(*draft.owner);
  if (op.kind != plan::OpKind::Object) return;
  const MapValue& manifest = *draft.manifest;
  const Identity identity = identityOf(manifest);
  op.target = draft.inside ? insideName(*draft.on, *draft.inside) : draft.on->name.str();
  op.object = {identity.apiVersion.str(), identity.kind.str(), identity.ns.str(), identity.name.str()};
  op.id.reserve(op.owner.size() + identity.kind.size() + identity.ns.size() + identity.name.size() + 3);
  op.id += op.owner;
  if (draft.inside) op.id += "/inside"; // the host may have an object of that name, too
  (op.id += '/') += identity.kind;
  if (!identity.ns.empty()) (op.id += '/') += identity.ns;
  (op.id += '/') += identity.name;
  draft.hash = nameHash(identity.kind, identity.ns, identity.name);
  draft.mentions = mentionsOf(manifest, identity.ns);
  if (!draft.unchecked) draft.stakes = stakesOf(identity, manifest, op.target);
  text_.clear();
  draft.data = eval::writeData(Value::of(&manifest), text_);
  if (!draft.data) return;
  op.payload = text_.str().str();
  draft.doubtful = !draft.unchecked && !accepted(identity, draft);
}

/// The thread, and what it shares with the one that makes the operations.
struct Pipeline::Worker {
  static constexpr size_t kBatch = 256; ///< smaller specifications need no thread

  Draft* const drafts;
  plan::Operation* const operations;
  std::mutex mutex;
  std::condition_variable more;
  size_t made = 0;   ///< so many may be described
  size_t taken = 0;  ///< so many are, or are being
  bool last = false; ///< nothing comes after what is made
  LargeStackThread thread;
  bool running = false;

  Worker(Draft* d, plan::Operation* o) : drafts(d), operations(o) {}

  /// Describes what is made, a batch at a time, until there is nothing left to wait for.
  void run() {
    Describer describer;
    std::unique_lock lock(mutex);
    for (;;) {
      more.wait(lock, [this] { return last || made >= taken + kBatch; });
      if (taken == made) return;
      const size_t begin = taken, end = std::min(made, taken + kBatch);
      taken = end;
      lock.unlock();
      for (size_t i = begin; i < end; ++i) describer.describe(drafts[i], operations[i]);
      lock.lock();
    }
  }
  void ready(size_t count) {
    if (count % kBatch) return;
    if (!running && std::thread::hardware_concurrency() > 1) running = thread.start([this] { run(); });
    {
      const std::lock_guard lock(mutex);
      made = count;
    }
    more.notify_one();
  }
  /// Describes together with the thread what is left.
  void finish(size_t count) {
    {
      const std::lock_guard lock(mutex);
      made = count;
      last = true;
    }
    more.notify_one();
    run();
    if (running) thread.join();
    running = false;
  }
  ~Worker() {
    if (running) finish(made);
  }
};

Pipeline::Pipeline(std::vector<Draft>& drafts, std::vector<plan::Operation>& operations) : worker_(std::make_unique<Worker>(drafts.data(), operations.data())) {}
Pipeline::~Pipeline() = default;
void Pipeline::ready(size_t count) { worker_->ready(count); }
void Pipeline::finish(size_t count) { worker_->finish(count); }

} // namespace chasi::lower
