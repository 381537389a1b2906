#include "runtime/engine/rendered.h"

#include "runtime/engine/cluster_facts.h"
#include "runtime/engine/image_facts.h"
#include "runtime/engine/image_job.h"
#include "runtime/plan/fact.h"
#include "runtime/plan/manifest_text.h"
#include "runtime/plan/secrets.h"

#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>

namespace chasi::engine {

namespace {

using plan::fault;

/// Those of the owners, and what they need, by their places. Images are built where the specification is.
std::vector<bool> chosen(const plan::Desired& desired, const std::vector<std::string>& owners) {
  std::vector<bool> wanted(desired.operations.size());
  for (size_t i = desired.operations.size(); i-- > 0;) { // what needs stands behind what is needed
    const plan::Operation& op = desired.operations[i];
    if (op.kind == plan::OpKind::Image) {
      wanted[i] = false;
      continue;
    }
    if (llvm::is_contained(owners, op.owner)) wanted[i] = true;
    if (wanted[i])
      for (const uint32_t need : op.needs) wanted[need] = true;
  }
  return wanted;
}

llvm::Error refuseWhatStays(const plan::Operation& op, const plan::Desired& desired, const plan::Operation& image) {
  for (const plan::SecretRef& ref : op.secrets)
    for (const plan::SecretRef& source : plan::sourcesOf(ref))
      if (source.provider == plan::kLiteral || source.provider == plan::kWithheld)
        return fault("CH7015", fmt::format("{} has a secret whose value stands in the specification, and {} would carry it in clear", describe(op.object), image.owner),
                     "say where the value is on the site: secret(\"env/NAME\"), secret(\"file/PATH\") or secret(\"k8s/NAMESPACE/NAME\", \"KEY\")", op.source);
  for (const plan::Fact& fact : plan::factsOf(op))
    for (const plan::Operation& teller : desired.operations)
      if (teller.id == fact.operation && teller.kind == plan::OpKind::Image)
        return fault("CH7015", fmt::format("{} is told something by {}, which is built here and not where {} arrives", describe(op.object), teller.owner, image.owner), "name the image by its tag or digest there", op.source);
  return llvm::Error::success();
}

/// The operations without those that stay, and `needs` by their new places.
plan::Desired reduced(const plan::Desired& desired, const std::vector<bool>& wanted) {
  plan::Desired out;
  std::vector<uint32_t> place(desired.operations.size());
  std::set<std::string> targets, owners;
  for (size_t i = 0; i < desired.operations.size(); ++i) {
    if (!wanted[i]) continue;
    place[i] = static_cast<uint32_t>(out.operations.size());
    plan::Operation& op = out.operations.emplace_back(desired.operations[i]);
    llvm::erase_if(op.needs, [&](uint32_t need) { return !wanted[need]; });
    for (uint32_t& need : op.needs) need = place[need];
    op.source = {};
    targets.insert(op.target);
    owners.insert(op.owner);
  }
  for (const plan::Target& target : desired.targets) { // a host stands in front of its virtual clusters or behind them
    if (!targets.contains(target.name)) continue;
    if (target.inside) targets.insert(target.inside->host);
  }
  for (plan::Target target : desired.targets) {
    target.source = {};
    if (targets.contains(target.name)) out.targets.push_back(std::move(target));
  }
  for (plan::Rollout rollout : desired.rollouts) {
    rollout.source = {};
    for (plan::Rollout::Wave& wave : rollout.waves) llvm::erase_if(wave.owners, [&](const std::string& owner) { return !owners.contains(owner); });
    llvm::erase_if(rollout.waves, [](const plan::Rollout::Wave& wave) { return wave.owners.empty(); });
    if (!rollout.waves.empty()) out.rollouts.push_back(std::move(rollout));
  }
  return out;
}

} // namespace

llvm::Expected<plan::Desired> withDigests(const plan::Desired& desired, const std::vector<std::string>& owners, const ImageFolders& folders, const std::vector<std::string>& within) {
  const std::vector<bool> wanted = chosen(desired, owners);
  std::set<std::string> asked;
  for (size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i])
      for (const plan::Fact& fact : plan::factsOf(desired.operations[i])) asked.insert(fact.operation);
  ClusterFacts facts;
  for (const plan::Operation& teller : desired.operations) {
    if (teller.kind != plan::OpKind::Image || !asked.contains(teller.id)) continue;
    if (llvm::is_contained(within, teller.id)) return fault("CH7015", fmt::format("{} renders what runs {} itself by its digest", teller.owner, teller.owner), "an image cannot hold its own digest: name it by its tag there", teller.source);
    llvm::Expected<ImageJob> job = imageJob(teller, desired, folders, within);
    if (!job) return job.takeError();
    llvm::Expected<image::PlannedImage> planned = image::computeDigest(job->description, job->options);
    if (!planned) return planned.takeError();
    if (job->push) facts.tell(teller.id, tellPushed(*job->push, planned->image.digest));
  }
  std::optional<plan::Desired> filled = withPushed(desired, facts.reader(plan::readSecret));
  return filled ? std::move(*filled) : desired;
}

static llvm::Expected<plan::Plan> planInImage(const plan::Desired& desired, const std::vector<std::string>& owners, const plan::Operation& image) {
  for (const std::string& owner : owners)
    if (llvm::none_of(desired.operations, [&](const plan::Operation& op) { return op.owner == owner && op.kind != plan::OpKind::Image; }))
      return fault("CH7015", fmt::format("{} renders {}, which makes no objects", image.owner, owner), "leave it out of `render`", image.source);
  const std::vector<bool> wanted = chosen(desired, owners);
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i]) continue;
    plan::Operation sealed = desired.operations[i];
    sealSecret(sealed);
    if (llvm::Error error = refuseWhatStays(sealed, desired, image)) return error;
  }
  plan::Desired out = reduced(desired, wanted);
  out.workspace = fmt::format("{}-{}", desired.workspace, llvm::StringRef(image.owner).rsplit('.').second.str());
  out.environment = desired.environment;
  return compareOffline(std::move(out));
}

llvm::Expected<image::LayerDescription> renderedLayer(const plan::Desired& desired, const std::vector<std::string>& owners, const plan::Operation& image) {
  auto plan = planInImage(desired, owners, image);
  if (!plan) return plan.takeError();
  for (const plan::Operation& op : plan->desired.operations)
    if (op.kind == plan::OpKind::Object)
      if (llvm::Error error = plan::refuseLater(op)) return error;
  image::LayerDescription layer;
  const auto add = [&](std::string to, std::string content) {
    image::FileItem file;
    file.kind = image::FileItem::Kind::Inline;
    file.to = std::move(to);
    file.content = std::move(content);
    layer.files.push_back(std::move(file));
  };
  for (auto& [name, text] : plan::manifestFiles(plan->desired.operations, false)) add("/manifests/" + name, text);
  std::string text;
  llvm::raw_string_ostream out(text);
  plan::writePlan(*plan, out);
  add("/plan.json", std::move(text));
  return layer;
}

} // namespace chasi::engine
