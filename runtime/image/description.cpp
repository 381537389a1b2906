#include "runtime/image/description.h"

#include "runtime/image/fault.h"

#include <llvm/ADT/StringExtras.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace chasi::image {

using nlohmann::json;

std::string Platform::str() const {
  return variant.empty() ? os + "/" + architecture : os + "/" + architecture + "/" + variant;
}

llvm::Expected<Platform> Platform::parse(llvm::StringRef text) {
  llvm::SmallVector<llvm::StringRef, 4> parts;
  text.split(parts, '/');
  const auto plain = [](llvm::StringRef part) {
    return !part.empty() && llvm::all_of(part, [](char c) { return llvm::isAlnum(c) || c == '_' || c == '.' || c == '-'; });
  };
  if (parts.size() < 2 || parts.size() > 3 || !llvm::all_of(parts, plain))
    return fault(FaultCode::BadDescription, fmt::format("\"{}\" is not a platform", text.str()),
                 "write os/architecture, such as linux/amd64");
  return Platform{parts[0].str(), parts[1].str(), parts.size() == 3 ? parts[2].str() : std::string()};
}

static json names(const std::vector<Platform>& platforms) {
  json list = json::array();
  for (const Platform& p : platforms) list.push_back(p.str());
  return list;
}

static json toJson(const FileItem& item) {
  json out = {{"to", item.to}};
  switch (item.kind) {
  case FileItem::Kind::Copy: out["from"] = item.from; break;
  case FileItem::Kind::Inline: out["content"] = item.content; break;
  case FileItem::Kind::Folder: out["folder"] = true; break;
  case FileItem::Kind::Symlink: out["link"] = item.link; break;
  }
  if (item.mode) out["mode"] = fmt::format("{:04o}", *item.mode);
  if (!item.exclude.empty()) out["exclude"] = item.exclude;
  return out;
}

static json toJson(const LayerDescription& layer) {
  json files = json::array();
  for (const FileItem& item : layer.files) files.push_back(toJson(item));
  json out = {{"files", std::move(files)}};
  if (!layer.remove.empty()) out["remove"] = layer.remove;
  if (!layer.platforms.empty()) out["platforms"] = names(layer.platforms);
  return out;
}

static json toJson(const RunConfig& config) {
  json out = json::object();
  if (config.entrypoint) out["entrypoint"] = *config.entrypoint;
  if (config.cmd) out["cmd"] = *config.cmd;
  if (!config.env.empty()) out["env"] = config.env;
  if (!config.labels.empty()) out["labels"] = config.labels;
  if (!config.workdir.empty()) out["workdir"] = config.workdir;
  if (!config.user.empty()) out["user"] = config.user;
  if (!config.exposedPorts.empty()) out["exposedPorts"] = config.exposedPorts;
  if (!config.volumes.empty()) out["volumes"] = config.volumes;
  return out;
}

static json toJson(const ImageSource& source) {
  if (!source.registry.empty()) return {{"registry", source.registry}, {"digest", source.digest}};
  json out = json::object();
  if (source.archive.empty()) out["layout"] = source.layout;
  else out["archive"] = source.archive;
  if (!source.ref.empty()) out["ref"] = source.ref;
  return out;
}

std::string toJson(const BuildDescription& d) {
  json out = {{"name", d.name}, {"platforms", names(d.platforms)}};
  if (!d.tag.empty()) out["tag"] = d.tag;
  if (d.base) out["base"] = toJson(*d.base);
  else out["base"] = "scratch";
  json layers = json::array();
  for (const LayerDescription& layer : d.layers) layers.push_back(toJson(layer));
  out["layers"] = std::move(layers);
  if (json config = toJson(d.config); !config.empty()) out["config"] = std::move(config);
  if (!d.annotations.empty()) out["annotations"] = d.annotations;
  if (!d.carry.empty()) {
    json carry = json::array();
    for (const ImageSource& source : d.carry) carry.push_back(toJson(source));
    out["carry"] = std::move(carry);
  }
  if (!d.launch.empty()) out["launch"] = d.launch;
  if (!d.parameters.empty()) out["parameters"] = d.parameters;
  if (d.compression == Compression::None) out["compression"] = "none";
  if (d.compression == Compression::Zstd) out["compression"] = "zstd";
  if (d.sbom || d.provenance) {
    out["attest"] = json::array();
    if (d.sbom) out["attest"].push_back("sbom");
    if (d.provenance) out["attest"].push_back("provenance");
  }
  if (d.created != 0) out["created"] = d.created;
  return out.dump();
}

} // namespace chasi::image
