#include "runtime/engine/image_worker.h"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <thread>

namespace chasi::engine {

// Outlives the worker when a build is still running.
struct ImageWorker::Shared {
  struct Task {
    ImageJob job;
    bool builds = true;
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

static llvm::Expected<ImageDone> buildAndPush(const ImageJob& job, const std::function<void(const std::string&)>& progress) {
  auto built = image::build(job.description, job.options);
  if (!built) return built.takeError();
  ImageDone done{fmt::format("{} {}", built->changed ? "built" : "unchanged", built->image.digest.str()), built->changed, ""};
  if (!job.push) return done;
  image::TransferOptions options;
  options.event = progress;
  auto pushed = image::push(job.options.layoutDir, built->reference, *job.push, options);
  if (!pushed) return pushed.takeError();
  done.text += fmt::format(", {} {}", pushed->changed ? "pushed to" : "there already:", job.push->str());
  done.changed |= pushed->changed;
  done.tells = tellPushed(*job.push, pushed->image.digest);
  return done;
}

static llvm::Expected<ImageDone> askPushed(const ImageJob& job) {
  auto planned = image::computeDigest(job.description, job.options);
  if (!planned) return planned.takeError();
  auto there = pushedDigest(*job.push);
  if (!there) return there.takeError();
  if (*there == planned->image.digest) return ImageDone{"", false, tellPushed(*job.push, planned->image.digest)};
  return plan::fault("CH7003", fmt::format("{} is not what the files make any more, or was not when the plan was made", job.push->str()), "plan again");
}

void ImageWorker::build(ImageJob job, Progress progress, Answer answer) { add(std::move(job), true, std::move(progress), std::move(answer)); }

void ImageWorker::ask(ImageJob job, Answer answer) {
  add(std::move(job), false, [](const std::string&) {}, std::move(answer));
}

void ImageWorker::add(ImageJob job, bool builds, Progress progress, Answer answer) {
  std::lock_guard lock(shared_->mutex);
  shared_->tasks.push_back({std::move(job), builds, std::move(progress), std::move(answer)});
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
      const auto tell = [shared, progress = task.progress](const std::string& text) { shared->post([progress, text] { progress(text); }); };
      task.job.options.event = [tell](const image::Event& event) { tell(event.text); };
      // An Expected cannot be copied into a task; its parts can.
      llvm::Expected<ImageDone> result = task.builds ? buildAndPush(task.job, tell) : askPushed(task.job);
      auto kept = std::make_shared<std::optional<ImageDone>>();
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
