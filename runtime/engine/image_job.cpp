#include "runtime/engine/image_job.h"

#include "runtime/engine/rendered.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/Support/Path.h>
#include <nlohmann/json.hpp>

namespace chasi::engine {

namespace {

using nlohmann::json;

/// Names under which images of the specification stand in their layouts.
std::set<std::pair<std::string, std::string>> declaredImages(const plan::Desired& desired) {
  std::set<std::pair<std::string, std::string>> out;
  for (const plan::Operation& op : desired.operations) {
    if (op.kind != plan::OpKind::Image) continue;
    const json payload = json::parse(op.payload, nullptr, false);
    if (!payload.is_object() || !payload.contains("image")) continue;
    auto description = image::parseDescription(payload["image"].dump());
    if (description) out.emplace(payload.value("layout", ""), description->reference());
    else llvm::consumeError(description.takeError()); // reported at that operation
  }
  return out;
}

} // namespace

llvm::Expected<ImageJob> imageJob(const plan::Operation& operation, const plan::Desired& desired, const ImageFolders& folders, std::vector<std::string> within) {
  const json payload = json::parse(operation.payload, nullptr, false);
  const auto names = [](const json& list) { return list.is_array() && llvm::all_of(list, [](const json& each) { return each.is_string(); }); };
  if (!payload.is_object() || !payload.contains("image") || !payload.contains("layout") || !payload["layout"].is_string() || (payload.contains("render") && !names(payload["render"])))
    return plan::fault("CH7001", fmt::format("{} describes no image", operation.id), "", operation.source);
  auto description = image::parseDescription(payload["image"].dump());
  if (!description) return description.takeError();
  ImageJob job;
  job.description = std::move(*description);
  if (payload.contains("render")) {
    const auto owners = payload["render"].get<std::vector<std::string>>();
    within.push_back(operation.id);
    auto told = withDigests(desired, owners, folders, within);
    if (!told) return told.takeError();
    auto layer = renderedLayer(*told, owners, operation);
    if (!layer) return layer.takeError();
    job.description.layers.push_back(std::move(*layer));
  }
  job.options.workspaceRoot = folders.workspaceRoot;
  job.options.cacheDir = folders.cacheDir;
  job.options.fetchedDir = folders.fetchedDir;
  job.options.offline = folders.offline;
  if (payload.contains("push") && payload["push"].is_string()) {
    auto address = image::parsePushAddress(payload["push"].get<std::string>(), job.description.tag);
    if (!address) return address.takeError();
    job.push = std::move(*address);
  }
  if (folders.layoutDir.empty()) {
    llvm::SmallString<256> layout(folders.workspaceRoot);
    llvm::sys::path::append(layout, payload["layout"].get<std::string>());
    job.options.layoutDir = layout.str().str();
    return job;
  }
  job.options.layoutDir = folders.layoutDir;
  const auto declared = declaredImages(desired);
  auto redirect = [&](image::ImageSource& source) {
    if (!source.layout.empty() && declared.contains({source.layout, source.ref})) source.layout = folders.layoutDir;
  };
  if (job.description.base) redirect(*job.description.base);
  for (image::ImageSource& source : job.description.carry) redirect(source);
  return job;
}

std::string tellPushed(const image::ImageAddress& address, const image::Digest& digest) {
  return json{{"pushed", address.repository.str() + "@" + digest.str()}}.dump();
}

llvm::Expected<std::optional<image::Digest>> pushedDigest(const image::ImageAddress& address) {
  auto found = image::Repository(address.repository, image::Repository::Access::Pull).fetchManifest(address.tag);
  if (!found) return found.takeError();
  return *found ? std::optional((*found)->digest) : std::nullopt;
}

} // namespace chasi::engine
