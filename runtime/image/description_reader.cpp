// From the JSON form to a BuildDescription. Strict: what is not understood is an error, never ignored.
#include "runtime/image/description.h"
#include "runtime/image/json_text.h"
#include "runtime/image/transfer.h"

#include <llvm/ADT/StringExtras.h>

#include <fmt/format.h>

namespace chasi::image {

using nlohmann::json;

namespace {

/// Collects the first mistake and lets the reader run on, so that the code below reads like the format.
class Reader {
public:
  std::string problem;

  void fail(const std::string& where, const std::string& what) {
    if (problem.empty()) problem = where.empty() ? what : where + ": " + what;
  }
  bool object(const json& value, const std::string& where, std::initializer_list<const char*> known) {
    if (!value.is_object()) return fail(where, "an object is expected"), false;
    for (const auto& [key, unused] : value.items())
      if (std::none_of(known.begin(), known.end(), [&](const char* k) { return key == k; }))
        fail(where, fmt::format("unknown field \"{}\"", key));
    return true;
  }
  std::string text(const json& value, const std::string& where) {
    if (!value.is_string()) return fail(where, "a text is expected"), std::string();
    std::string out = value.get<std::string>();
    if (out.find('\0') != std::string::npos) fail(where, "a text without NUL is expected");
    return out;
  }
  std::string absolute(const json& value, const std::string& where) {
    std::string out = text(value, where);
    if (out.empty() || out[0] != '/') fail(where, fmt::format("\"{}\" is not an absolute path", out));
    return out;
  }
  std::vector<std::string> texts(const json& value, const std::string& where) {
    std::vector<std::string> out;
    each(value, where, [&](const json& item, const std::string& at) { out.push_back(text(item, at)); });
    return out;
  }
  std::map<std::string, std::string> textMap(const json& value, const std::string& where) {
    std::map<std::string, std::string> out;
    if (!value.is_object()) return fail(where, "an object is expected"), out;
    for (const auto& [key, item] : value.items()) out[key] = text(item, where + "." + key);
    return out;
  }
  template <typename F> void each(const json& value, const std::string& where, F&& visit) {
    if (!value.is_array()) return fail(where, "a list is expected");
    for (size_t i = 0; i < value.size(); ++i) visit(value[i], fmt::format("{}[{}]", where, i));
  }
  std::vector<Platform> platforms(const json& value, const std::string& where) {
    std::vector<Platform> out;
    each(value, where, [&](const json& item, const std::string& at) {
      auto platform = Platform::parse(text(item, at));
      if (!platform) {
        llvm::consumeError(platform.takeError());
        return fail(at, "a platform is written os/architecture, such as \"linux/amd64\"");
      }
      if (std::find(out.begin(), out.end(), *platform) != out.end()) fail(at, "named twice: " + platform->str());
      out.push_back(std::move(*platform));
    });
    return out;
  }
};

uint32_t readMode(Reader& r, const json& value, const std::string& where) {
  const std::string text = r.text(value, where);
  uint32_t mode = 0;
  if (llvm::StringRef(text).getAsInteger(8, mode) || mode > 07777)
    r.fail(where, "permissions are written as an octal text, such as \"0755\"");
  return mode;
}

FileItem readItem(Reader& r, const json& value, const std::string& where) {
  FileItem item;
  if (!r.object(value, where, {"from", "content", "folder", "link", "to", "mode", "exclude"})) return item;
  const size_t kinds = value.count("from") + value.count("content") + value.count("folder") + value.count("link");
  if (kinds != 1) r.fail(where, "exactly one of \"from\", \"content\", \"folder\" and \"link\" is expected");
  if (!value.contains("to")) return r.fail(where, "\"to\" is missing"), item;
  item.to = r.absolute(value["to"], where + ".to");
  if (value.contains("from")) item.from = r.text(value["from"], where + ".from");
  if (value.contains("content")) {
    item.kind = FileItem::Kind::Inline;
    item.content = value["content"].is_string() ? value["content"].get<std::string>() : r.text(value["content"], where + ".content");
  }
  if (value.contains("folder")) {
    item.kind = FileItem::Kind::Folder;
    if (value["folder"] != true) r.fail(where + ".folder", "only true makes sense here");
  }
  if (value.contains("link")) {
    item.kind = FileItem::Kind::Symlink;
    item.link = r.text(value["link"], where + ".link");
    if (item.link.empty()) r.fail(where + ".link", "a link points somewhere");
  }
  if (value.contains("mode")) {
    if (item.kind == FileItem::Kind::Symlink) r.fail(where + ".mode", "a link has no permissions");
    item.mode = readMode(r, value["mode"], where + ".mode");
  }
  if (value.contains("exclude")) {
    if (item.kind != FileItem::Kind::Copy) r.fail(where + ".exclude", "only copied folders have exclusions");
    item.exclude = r.texts(value["exclude"], where + ".exclude");
  }
  return item;
}

LayerDescription readLayer(Reader& r, const json& value, const std::string& where) {
  LayerDescription layer;
  if (!r.object(value, where, {"files", "remove", "platforms"})) return layer;
  if (value.contains("files"))
    r.each(value["files"], where + ".files",
           [&](const json& item, const std::string& at) { layer.files.push_back(readItem(r, item, at)); });
  if (value.contains("remove"))
    r.each(value["remove"], where + ".remove",
           [&](const json& item, const std::string& at) { layer.remove.push_back(r.absolute(item, at)); });
  if (value.contains("platforms")) layer.platforms = r.platforms(value["platforms"], where + ".platforms");
  return layer;
}

RunConfig readConfig(Reader& r, const json& value) {
  RunConfig config;
  if (!r.object(value, "config", {"entrypoint", "cmd", "env", "labels", "workdir", "user", "exposedPorts", "volumes"}))
    return config;
  if (value.contains("entrypoint")) config.entrypoint = r.texts(value["entrypoint"], "config.entrypoint");
  if (value.contains("cmd")) config.cmd = r.texts(value["cmd"], "config.cmd");
  if (value.contains("env")) config.env = r.textMap(value["env"], "config.env");
  for (const auto& [key, unused] : config.env)
    if (key.empty() || key.find('=') != std::string::npos)
      r.fail("config.env", fmt::format("\"{}\" cannot name a variable", key));
  if (value.contains("labels")) config.labels = r.textMap(value["labels"], "config.labels");
  if (value.contains("workdir")) config.workdir = r.absolute(value["workdir"], "config.workdir");
  if (value.contains("user")) config.user = r.text(value["user"], "config.user");
  if (value.contains("exposedPorts")) config.exposedPorts = r.texts(value["exposedPorts"], "config.exposedPorts");
  if (value.contains("volumes")) config.volumes = r.texts(value["volumes"], "config.volumes");
  return config;
}

/// An address counts by its digest only. Without one nobody has looked yet what it leads to.
void readRegistry(Reader& r, const json& value, const std::string& where, ImageSource& source) {
  if (!r.object(value, where, {"registry", "digest"})) return;
  source.registry = r.text(value["registry"], where + ".registry");
  if (auto address = parseImageAddress(source.registry); !address) r.fail(where + ".registry", plan::takeText(address.takeError()).message);
  if (!value.contains("digest")) return r.fail(where, fmt::format("{} is not pinned to a digest; `chasic image pin` asks the registry for it", source.registry));
  source.digest = r.text(value["digest"], where + ".digest");
  if (auto digest = Digest::parse(source.digest); !digest) r.fail(where + ".digest", plan::takeText(digest.takeError()).message);
}

ImageSource readSource(Reader& r, const json& value, const std::string& where) {
  ImageSource source;
  if (value.is_object() && value.contains("registry")) return readRegistry(r, value, where, source), source;
  const char* place = value.is_object() && value.contains("archive") ? "archive" : "layout";
  if (!r.object(value, where, {place, "ref"})) return source;
  const bool archive = place == llvm::StringRef("archive");
  if (!value.contains(place) || (!archive && !value.contains("ref"))) return r.fail(where, "\"layout\" and \"ref\", \"archive\", or \"registry\" and \"digest\" are needed"), source;
  std::string& file = archive ? source.archive : source.layout;
  file = r.text(value[place], where + "." + place);
  if (value.contains("ref")) source.ref = r.text(value["ref"], where + ".ref");
  if (file.empty() || (value.contains("ref") && source.ref.empty())) r.fail(where, fmt::format("\"{}\" and \"ref\" must not be empty", place));
  return source;
}

/// The grammar of org.opencontainers.image.ref.name (annotations.md): components of letters and digits, joined by
/// single separators or "--", and "/" between components.
bool isReferenceName(llvm::StringRef name) {
  bool afterWord = false;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (llvm::isAlnum(c)) {
      afterWord = true;
      continue;
    }
    if (!afterWord || !llvm::StringRef("-._:@+/").contains(c)) return false;
    if (name.substr(i).starts_with("--")) ++i;
    afterWord = false;
  }
  return afterWord;
}

void readRest(Reader& r, const json& value, BuildDescription& d) {
  if (value.contains("config")) d.config = readConfig(r, value["config"]);
  if (value.contains("annotations")) d.annotations = r.textMap(value["annotations"], "annotations");
  if (value.contains("launch")) d.launch = r.texts(value["launch"], "launch");
  if (value.contains("parameters")) d.parameters = r.textMap(value["parameters"], "parameters");
  if (value.contains("carry"))
    r.each(value["carry"], "carry",
           [&](const json& item, const std::string& at) { d.carry.push_back(readSource(r, item, at)); });
  if (value.contains("compression")) {
    const std::string name = r.text(value["compression"], "compression");
    if (name == "none") d.compression = Compression::None;
    else if (name == "zstd") d.compression = Compression::Zstd;
    else if (name != "gzip") r.fail("compression", "one of \"gzip\", \"zstd\" and \"none\" is expected");
  }
  if (value.contains("attest"))
    for (const std::string& what : r.texts(value["attest"], "attest")) {
      if (what == "sbom") d.sbom = true;
      else if (what == "provenance") d.provenance = true;
      else r.fail("attest", "\"sbom\" and \"provenance\" are expected");
    }
  if (value.contains("created")) {
    const json& created = value["created"];
    // Up to the year 2242: what a ustar header can hold.
    if (!created.is_number_unsigned() || created.get<uint64_t>() > 077777777777ULL)
      r.fail("created", "seconds since 1970 are expected");
    else d.created = created.get<int64_t>();
  }
}

} // namespace

llvm::Expected<BuildDescription> parseDescription(llvm::StringRef text) {
  auto value = parseJson(text, "the build description", FaultCode::BadDescription);
  if (!value) return value.takeError();
  Reader r;
  BuildDescription d;
  if (r.object(*value, "", {"name", "tag", "base", "platforms", "layers", "config", "annotations", "carry", "launch",
                            "parameters", "compression", "attest", "created"})) {
    const json& v = *value;
    if (v.contains("name")) d.name = r.text(v["name"], "name");
    if (v.contains("tag")) d.tag = r.text(v["tag"], "tag");
    if (!isReferenceName(d.reference())) r.fail("name", fmt::format("\"{}\" cannot name an image", d.reference()));
    if (!v.contains("base")) r.fail("base", "missing; write \"scratch\" for an empty base");
    else if (v["base"].is_object()) d.base = readSource(r, v["base"], "base");
    else if (v["base"] != "scratch") r.fail("base", "\"scratch\" or an object that names an image is expected");
    if (v.contains("platforms")) d.platforms = r.platforms(v["platforms"], "platforms");
    if (d.platforms.empty()) r.fail("platforms", "at least one is needed, such as \"linux/amd64\"");
    if (v.contains("layers"))
      r.each(v["layers"], "layers",
             [&](const json& item, const std::string& at) { d.layers.push_back(readLayer(r, item, at)); });
    readRest(r, v, d);
  }
  if (!r.problem.empty())
    return fault(FaultCode::BadDescription, fmt::format("image \"{}\": {}", d.name, r.problem));
  return d;
}

} // namespace chasi::image
