#include "runtime/engine/image_worker.h"

#include <condition_variable>
#include <deque>
#include <thread>

namespace chasi::engine {

// Outlives the worker when a build is still running.
struct ImageWorker::Shared {
  struct Task {
    ImageJob job;
    Progress progress;
    Answer answer;
  };
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Task> tasks;
  kube::Loop* loop = nullptr; // null when nobody waits any more
  bool started = false;

  void post(std::function<void()> task) {
    std::lock_guard lock(mutex);
    if (loop) loop->post(std::move(task));
  }
};

ImageWorker::ImageWorker(kube::Loop& loop) : shared_(std::make_shared<Shared>()) { shared_->loop = &loop; }

ImageWorker::~ImageWorker() {
  std::lock_guard lock(shared_->mutex);
  shared_->loop = nullptr;
  shared_->tasks.clear();
  shared_->changed.notify_all();
}

void ImageWorker::build(ImageJob job, Progress progress, Answer answer) {
  std::lock_guard lock(shared_->mutex);
  shared_->tasks.push_back({std::move(job), std::move(progress), std::move(answer)});
  shared_->changed.notify_all();
  if (shared_->started) return;
  shared_->started = true;
  std::thread([shared = shared_] {
    for (;;) {
      std::unique_lock wait(shared->mutex);
      shared->changed.wait(wait, [&] { return !shared->loop || !shared->tasks.empty(); });
      if (!shared->loop) return;
      Shared::Task task = std::move(shared->tasks.front());
      shared->tasks.pop_front();
      wait.unlock();
      task.job.options.event = [shared, progress = task.progress](const image::Event& event) {
        shared->post([progress, text = event.text] { progress(text); });
      };
      // An Expected cannot be copied into a task; its parts can.
      llvm::Expected<image::BuildResult> result = image::build(task.job.description, task.job.options);
      auto kept = std::make_shared<std::optional<image::BuildResult>>();
      auto said = std::make_shared<plan::FaultText>();
      if (result) kept->emplace(std::move(*result));
      else *said = plan::takeText(result.takeError());
      shared->post([answer = task.answer, kept, said] {
        if (*kept) answer(std::move(**kept));
        else answer(plan::fault(said->code.empty() ? "CH7006" : said->code, said->message, said->hint));
      });
    }
  }).detach();
}

} // namespace chasi::engine
