#include "runtime/image/sbom.h"

#include "runtime/image/base.h"
#include "runtime/image/json_text.h"
#include "runtime/image/layer_files.h"
#include "runtime/image/offer.h"
#include "runtime/plan/digest.h"

#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>

namespace chasi::image {

using nlohmann::json;

namespace {

constexpr const char* kNone = "NOASSERTION";

/// package-url, "oci": the name's last part, with the rest as where it is.
std::string purlOf(const std::string& reference, const Digest& digest) {
  const OfferedName parts = splitName(reference);
  const llvm::StringRef path = parts.path;
  std::string out = fmt::format("pkg:oci/{}@{}", llvm::StringRef(path).substr(path.rfind('/') + 1).lower(), plan::percentEncoded(digest.str()));
  const bool hosted = parts.name != parts.path && llvm::StringRef(parts.name).contains('/');
  if (hosted) out += "?repository_url=" + plan::percentEncoded(parts.registry + "/" + parts.path);
  if (!parts.tag.empty()) out += (hosted ? "&tag=" : "?tag=") + plan::percentEncoded(parts.tag);
  return out;
}

/// SPDX has seconds and no parts of them; anything else becomes the beginning of time.
std::string secondsOf(const std::string& time) {
  const llvm::StringRef text = time;
  if (text.size() < 20 || !text.ends_with("Z")) return "1970-01-01T00:00:00Z";
  return text.take_front(19).str() + "Z";
}

class Writing {
public:
  Writing(const std::string& layout, const std::string& name, const Descriptor& image, const std::vector<SbomBase>& base) : layout_(layout), name_(name), image_(image), base_(base) {}

  llvm::Expected<std::string> write() {
    addPackage("SPDXRef-Image", name_, image_.digest, "CONTAINER", purlOf(name_, image_.digest));
    relate("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Image");
    if (llvm::Error error = visit(image_, 0)) return error;
    for (const SbomBase& base : base_) {
      const std::string id = "SPDXRef-Base-" + base.image.hex().str();
      if (addPackage(id, base.name, base.image, "CONTAINER", purlOf(base.name, base.image))) relate("SPDXRef-Image", "DESCENDANT_OF", id);
    }
    const json document = {{"spdxVersion", "SPDX-2.3"}, {"dataLicense", "CC0-1.0"}, {"SPDXID", "SPDXRef-DOCUMENT"}, {"name", name_},
                           {"documentNamespace", fmt::format("https://spdx.org/spdxdocs/{}-{}", plan::percentEncoded(name_), image_.digest.hex().str())},
                           {"creationInfo", {{"created", created_.empty() ? "1970-01-01T00:00:00Z" : created_}, {"creators", json::array({"Tool: chasic"})}}},
                           {"packages", std::move(packages_)}, {"files", std::move(files_)}, {"relationships", std::move(relations_)}};
    return canonical(document);
  }

private:
  const std::string& layout_;
  const std::string& name_;
  const Descriptor& image_;
  const std::vector<SbomBase>& base_;
  json packages_ = json::array(), files_ = json::array(), relations_ = json::array();
  std::set<std::string> known_; ///< ids: layers are shared
  std::string created_;

  void relate(const std::string& from, const char* how, const std::string& to) { relations_.push_back({{"spdxElementId", from}, {"relationshipType", how}, {"relatedSpdxElement", to}}); }

  bool addPackage(const std::string& id, const std::string& name, const Digest& digest, const char* purpose, const std::string& purl = {}) {
    if (!known_.insert(id).second) return false;
    const std::string algorithm = digest.algorithm().upper();
    json package = {{"SPDXID", id}, {"name", name}, {"downloadLocation", kNone}, {"filesAnalyzed", false}, {"primaryPackagePurpose", purpose}, {"versionInfo", digest.str()},
                    {"licenseConcluded", kNone}, {"licenseDeclared", kNone}, {"copyrightText", kNone}, {"checksums", json::array({{{"algorithm", algorithm}, {"checksumValue", digest.hex().str()}}})}};
    if (!purl.empty()) package["externalRefs"] = json::array({{{"referenceCategory", "PACKAGE-MANAGER"}, {"referenceType", "purl"}, {"referenceLocator", purl}}});
    packages_.push_back(std::move(package));
    return true;
  }

  llvm::Error visit(const Descriptor& d, int depth) {
    if (depth > 8) return fault(FaultCode::BadLayout, blobPath(layout_, d.digest) + ": indexes are nested too deeply");
    if (media::isManifest(d.mediaType)) return platform(d);
    if (!media::isIndex(d.mediaType)) return llvm::Error::success();
    auto index = readJsonBlob(layout_, d, maxManifestSize);
    if (!index) return index.takeError();
    auto entries = children(*index, blobPath(layout_, d.digest));
    if (!entries) return entries.takeError();
    for (const Descriptor& child : *entries) {
      const auto mark = child.annotations.find(annotation::carried);
      if (mark == child.annotations.end() || mark->second == "*") {
        if (llvm::Error error = visit(child, depth + 1)) return error;
        continue;
      }
      const std::string id = "SPDXRef-Carried-" + child.digest.hex().str();
      if (addPackage(id, mark->second, child.digest, "CONTAINER", purlOf(mark->second, child.digest))) relate("SPDXRef-Image", "CONTAINS", id);
    }
    return llvm::Error::success();
  }

  llvm::Error platform(const Descriptor& manifest) {
    auto value = readJsonBlob(layout_, manifest, maxManifestSize);
    if (!value) return value.takeError();
    auto config = parseDescriptor(value->is_object() ? value->value("config", json()) : json(), blobPath(layout_, manifest.digest) + ": config");
    if (!config) return config.takeError();
    if (config->mediaType != media::config && config->mediaType != media::dockerConfig) return llvm::Error::success(); // no image
    auto image = loadManifest(layout_, manifest);
    if (!image) return image.takeError();
    if (created_.empty() && image->config.contains("created") && image->config["created"].is_string()) created_ = secondsOf(image->config["created"].get<std::string>());
    std::string id = "SPDXRef-Image";
    if (manifest.digest != image_.digest) {
      id = "SPDXRef-Platform-" + manifest.digest.hex().str();
      if (addPackage(id, fmt::format("{} for {}", name_, platformOf(image->config).str()), manifest.digest, "CONTAINER")) relate("SPDXRef-Image", "CONTAINS", id);
    }
    for (const Descriptor& layer : image->layers)
      if (llvm::Error error = this->layer(id, layer)) return error;
    return llvm::Error::success();
  }

  llvm::Error layer(const std::string& image, const Descriptor& layer) {
    const std::string id = "SPDXRef-Layer-" + layer.digest.hex().str();
    const bool added = addPackage(id, "layer " + layer.digest.hex().take_front(12).str(), layer.digest, "ARCHIVE");
    relate(image, "CONTAINS", id);
    const bool ofBase = llvm::any_of(base_, [&](const SbomBase& base) { return llvm::is_contained(base.layers, layer.digest); });
    if (!added || ofBase) return llvm::Error::success();
    auto files = filesOf(layout_, layer);
    if (!files) return files.takeError();
    std::vector<std::string> sums;
    for (size_t i = 0; i < files->size(); ++i) {
      const LayerFile& file = (*files)[i];
      const std::string fileId = fmt::format("SPDXRef-File-{}-{}", layer.digest.hex().take_front(16).str(), i + 1);
      files_.push_back({{"SPDXID", fileId}, {"fileName", "./" + file.path}, {"licenseConcluded", kNone}, {"copyrightText", kNone},
                        {"checksums", json::array({{{"algorithm", "SHA1"}, {"checksumValue", file.sha1}}, {{"algorithm", "SHA256"}, {"checksumValue", file.sha256}}})}});
      relate(id, "CONTAINS", fileId);
      sums.push_back(file.sha1);
    }
    if (files->empty()) return llvm::Error::success();
    // SPDX 2.3, 7.9: over the sums of all files, sorted and joined.
    llvm::sort(sums);
    json& package = packages_.back();
    package["filesAnalyzed"] = true;
    package["packageVerificationCode"] = {{"packageVerificationCodeValue", sha1Of(llvm::join(sums, ""))}};
    return llvm::Error::success();
  }
};

} // namespace

llvm::Expected<std::string> spdxOf(const std::string& layout, const std::string& name, const Descriptor& image, const std::vector<SbomBase>& base) { return Writing(layout, name, image, base).write(); }

} // namespace chasi::image
