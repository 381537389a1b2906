#include "runtime/engine/image_facts.h"

#include "runtime/engine/image_job.h"
#include "runtime/plan/fact.h"

#include <nlohmann/json.hpp>

namespace chasi::engine {

using nlohmann::ordered_json;

/// Ids of the images that tell something.
static std::set<std::string> telling(const plan::Desired& desired) {
  std::set<std::string> images, out;
  for (const plan::Operation& op : desired.operations)
    if (op.kind == plan::OpKind::Image) images.insert(op.id);
  if (images.empty()) return out;
  for (const plan::Operation& op : desired.operations)
    for (const plan::Fact& fact : plan::factsOf(op))
      if (images.contains(fact.operation)) out.insert(fact.operation);
  return out;
}

void tellImages(const plan::Desired& desired, Connections& connections, const ImageFolders& folders) {
  const std::set<std::string> asked = telling(desired);
  for (const plan::Operation& op : desired.operations) {
    if (!asked.contains(op.id)) continue;
    llvm::Expected<ImageJob> job = imageJob(op, desired, folders);
    if (!job || !job->push) {
      llvm::consumeError(job.takeError()); // told where it is built
      continue;
    }
    llvm::Expected<image::PlannedImage> planned = image::computeDigest(job->description, job->options);
    if (planned) connections.facts.tell(op.id, tellPushed(*job->push, planned->image.digest));
    else llvm::consumeError(planned.takeError());
  }
}

std::optional<plan::Desired> withPushed(const plan::Desired& desired, const plan::SecretReader& reader) {
  const std::set<std::string> asked = telling(desired);
  if (asked.empty()) return std::nullopt;
  plan::Desired out = desired;
  for (plan::Operation& op : out.operations) {
    if (op.later.empty()) continue;
    ordered_json payload = ordered_json::parse(op.payload, nullptr, false);
    std::erase_if(op.later, [&](const plan::SecretRef& ref) {
      plan::Operation one;
      one.later = {ref};
      const std::vector<plan::Fact> facts = plan::factsOf(one);
      if (!std::all_of(facts.begin(), facts.end(), [&](const plan::Fact& fact) { return asked.contains(fact.operation); })) return false;
      llvm::Expected<std::string> value = plan::laterJson(op, ref, reader);
      if (!value) return llvm::consumeError(value.takeError()), false;
      payload[ordered_json::json_pointer(ref.pointer)] = ordered_json::parse(*value, nullptr, false);
      return true;
    });
    op.payload = payload.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  }
  return out;
}

} // namespace chasi::engine
