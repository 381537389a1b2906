// Builds images on a thread of its own, one after the other: builds into one layout take turns anyway, and each uses all it can get.
#pragma once

#include "runtime/engine/image_job.h"
#include "runtime/kube/loop.h"

namespace chasi::engine {

/// What came of a job.
struct ImageDone {
  std::string text;     ///< "built sha256:…, pushed to registry.acme.io/team/tools:1.0"
  bool changed = false; ///< the layout or the registry
  std::string tells;    ///< see `tellPushed`; empty for what is not pushed
};

class ImageWorker {
public:
  /// Both are called from the loop.
  using Answer = std::function<void(llvm::Expected<ImageDone>)>;
  using Progress = std::function<void(const std::string&)>;

  explicit ImageWorker(kube::Loop& loop);
  /// Answers that are outstanding are not given. A build that runs is left to itself: it is safe to end at any moment.
  ~ImageWorker();
  ImageWorker(const ImageWorker&) = delete;
  ImageWorker& operator=(const ImageWorker&) = delete;

  /// Builds it, and pushes it where that is said.
  void build(ImageJob job, Progress progress, Answer answer);
  /// Builds nothing, and gives what a pushed image tells, as long as its registry has it.
  void ask(ImageJob job, Answer answer);

private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  void add(ImageJob job, bool builds, Progress progress, Answer answer);
};

} // namespace chasi::engine
