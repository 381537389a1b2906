#include "runtime/image/provenance.h"

#include "runtime/image/json_text.h"

namespace chasi::image {

using nlohmann::json;

/// The description as it counts: files by their digest, other images by their names. Where layouts lie is this machine's affair.
static json parameters(const BuildDescription& description) {
  json out = llvm::cantFail(parseJson(toJson(description), "the description"));
  if (out.contains("base") && out["base"].is_object()) out["base"].erase("layout");
  if (out.contains("carry"))
    for (json& source : out["carry"]) source.erase("layout");
  for (json& layer : out["layers"])
    if (layer.contains("files"))
      for (json& file : layer["files"])
        if (file.contains("content")) file["content"] = sha256(file["content"].get<std::string>()).str();
  return out;
}

static json digestOf(const Digest& digest) { return {{digest.algorithm().str(), digest.hex().str()}}; }

std::string provenanceOf(const BuildDescription& description, const Draft& draft, const Assembly& assembly) {
  json subjects = json::array({{{"name", description.reference()}, {"digest", digestOf(assembly.image.digest)}}});
  json dependencies = json::array();
  std::string sources;
  for (const BuiltPlatform& platform : assembly.platforms) {
    if (platform.manifest.digest != assembly.image.digest) subjects.push_back({{"name", description.reference() + " for " + platform.platform.str()}, {"digest", digestOf(platform.manifest.digest)}});
    for (const BuiltLayer& layer : platform.layers) sources += layer.diffId.str() + "\n";
  }
  for (const PlatformDraft& platform : draft.platforms)
    if (platform.base) dependencies.push_back({{"name", description.base->name() + " for " + platform.platform.str()}, {"digest", digestOf(platform.base->manifest.digest)}, {"annotations", {{"dev.chasi.use", "base"}}}});
  for (const CarriedImage& image : draft.carried) dependencies.push_back({{"name", image.ref}, {"digest", digestOf(image.root.digest)}, {"annotations", {{"dev.chasi.use", "carried"}}}});
  // What the files were: the archives of the layers before compression, one digest a line.
  if (!sources.empty()) dependencies.push_back({{"name", "sources"}, {"digest", digestOf(sha256(sources))}, {"annotations", {{"dev.chasi.use", "sources"}}}});
  const json statement = {
      {"_type", "https://in-toto.io/Statement/v1"},
      {"subject", std::move(subjects)},
      {"predicateType", "https://slsa.dev/provenance/v1"},
      {"predicate",
       {{"buildDefinition", {{"buildType", "https://chasi.dev/image/v1"}, {"externalParameters", {{"description", parameters(description)}}}, {"resolvedDependencies", std::move(dependencies)}}},
        {"runDetails", {{"builder", {{"id", "https://chasi.dev/chasic"}}}}}}}};
  return canonical(statement);
}

} // namespace chasi::image
