// Builds images on a thread of its own, one after the other: builds into one layout take turns anyway, and each uses all it can get.
#pragma once

#include "runtime/engine/image_job.h"
#include "runtime/kube/loop.h"

namespace chasi::engine {

class ImageWorker {
public:
  /// Both are called from the loop.
  using Answer = std::function<void(llvm::Expected<image::BuildResult>)>;
  using Progress = std::function<void(const std::string&)>;

  explicit ImageWorker(kube::Loop& loop);
  /// Answers that are outstanding are not given. A build that runs is left to itself: it is safe to end at any moment.
  ~ImageWorker();
  ImageWorker(const ImageWorker&) = delete;
  ImageWorker& operator=(const ImageWorker&) = delete;

  void build(ImageJob job, Progress progress, Answer answer);

private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

} // namespace chasi::engine
