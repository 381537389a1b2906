// What hangs on a manifest, as registries keep it (distribution-spec 1.1, "Listing Referrers", "Pushing Manifests with Subject" and
// "Unavailable Referrers API").
#include "runtime/image/json_text.h"
#include "runtime/image/referrer.h"
#include "runtime/image/registry.h"

#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>

namespace chasi::image {

using nlohmann::json;

namespace {

constexpr size_t kMost = 1000; ///< of one manifest; lists are read whole

llvm::Expected<std::vector<Descriptor>> listed(const std::string& text, const std::string& where) {
  auto index = parseJson(text, where, FaultCode::RegistryAnswer);
  if (!index) return index.takeError();
  auto found = children(*index, where);
  if (found && found->size() > kMost) return fault(FaultCode::RegistryAnswer, fmt::format("{} names more than {} manifests", where, kMost));
  return found;
}

} // namespace

llvm::Expected<std::vector<Descriptor>> Repository::listedByTag(const Digest& subject) {
  auto found = manifest(fallbackTag(subject));
  if (!found) return found.takeError();
  if (!*found) return std::vector<Descriptor>();
  return listed(**found, fmt::format("{}:{}", address_.str(), fallbackTag(subject)));
}

llvm::Expected<std::vector<Descriptor>> Repository::referrers(const Digest& subject) {
  std::vector<Descriptor> out;
  const std::string where = fmt::format("{}'s list of what hangs on {}", address_.host, subject.str());
  std::string next = noReferrers_ ? "" : url("referrers/" + subject.str());
  while (!next.empty()) {
    auto answer = ask({.url = next, .headers = {fmt::format("Accept: {}", media::index)}});
    if (!answer) return answer.takeError();
    if (answer->status == 429 || answer->status >= 500) return refused("does not list what hangs on " + subject.str(), *answer);
    // Only 404 is in the specification; registries from before it say other things about an address that they do not know.
    if (answer->status != 200) {
      noReferrers_ = true;
      break;
    }
    auto page = listed(answer->body, where);
    if (!page) return page.takeError();
    out.insert(out.end(), page->begin(), page->end());
    const std::string link = answer->header("link");
    const llvm::StringRef to = llvm::StringRef(link).split('<').second.split('>').first;
    const bool more = llvm::StringRef(link).contains("rel=\"next\"") && to.contains('?') && !page->empty();
    if (more && out.size() > kMost) return fault(FaultCode::RegistryAnswer, fmt::format("{} names more than {} manifests", where, kMost));
    next = more ? url("referrers/" + subject.str() + "?" + to.split('?').second.str()) : "";
  }
  return noReferrers_ ? listedByTag(subject) : std::move(out);
}

llvm::Error Repository::pushReferrer(const Digest& subject, const Descriptor& manifest, llvm::StringRef text) {
  auto put = putManifest(manifest.digest.str(), manifest.mediaType, text);
  if (!put) return put.takeError();
  if (!put->header("oci-subject").empty()) return llvm::Error::success(); // it lists it by itself
  auto rows = listedByTag(subject);
  if (!rows) return rows.takeError();
  if (llvm::any_of(*rows, [&](const Descriptor& d) { return d.digest == manifest.digest; })) return llvm::Error::success();
  rows->push_back(manifest);
  return pushManifest(fallbackTag(subject), media::index, canonical(referrersIndex(*rows)));
}

} // namespace chasi::image
