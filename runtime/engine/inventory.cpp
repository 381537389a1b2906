#include "runtime/engine/inventory.h"

#include "runtime/plan/digest.h"
#include "runtime/plan/fault.h"
#include "runtime/plan/json_view.h"

#include <fmt/format.h>
#include <llvm/ADT/StringRef.h>
#include <zlib.h>

#include <charconv>

namespace chasi::engine {

using plan::fault;
using plan::JsonValue;
using plan::JsonView;
using plan::quoteJson;

namespace {

constexpr size_t kLargestShard = size_t{64} << 20;
constexpr const char* kPrefix = "applyset.kubernetes.io/";

void appendField(std::string& line, const std::string& text) {
  for (char c : text) line += c == '\t' || c == '\n' ? ' ' : c;
  line += '\t';
}

std::string lineOf(const Stamp& stamp) {
  std::string line;
  for (const std::string* field : {&stamp.object.apiVersion, &stamp.object.kind, &stamp.object.ns, &stamp.object.name, &stamp.uid,
                                   &stamp.resourceVersion, &stamp.intent, &stamp.projection})
    appendField(line, *field);
  appendField(line, stamp.secrets ? "s" : "");
  appendField(line, std::to_string(stamp.level));
  appendField(line, stamp.id);
  appendField(line, stamp.owner);
  if (stamp.fought) appendField(line, std::to_string(stamp.fought));
  line.back() = '\n';
  return line;
}

bool readLine(std::string_view line, Stamp& stamp) {
  std::vector<std::string_view> fields;
  for (size_t begin = 0; begin <= line.size();) {
    size_t end = std::min(line.find('\t', begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  if (fields.size() != 12 && fields.size() != 13) return false;
  auto text = [&](size_t i) { return std::string(fields[i]); };
  stamp.object = {text(0), text(1), text(2), text(3)};
  stamp.uid = text(4);
  stamp.resourceVersion = text(5);
  stamp.intent = text(6);
  stamp.projection = text(7);
  stamp.secrets = fields[8] == "s";
  std::from_chars(fields[9].data(), fields[9].data() + fields[9].size(), stamp.level);
  stamp.id = text(10);
  stamp.owner = text(11);
  if (fields.size() == 13) std::from_chars(fields[12].data(), fields[12].data() + fields[12].size(), stamp.fought);
  return true;
}

std::set<std::string> splitList(const std::string& text) {
  std::set<std::string> parts;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) parts.insert(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::string joinList(const std::set<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
  return text;
}

void readStamps(JsonValue configMap, Inventory& inventory) {
  std::string packed, text;
  if (!plan::fromBase64(std::string(configMap["binaryData"]["stamps"].chars()), packed) || !unpack(packed, text)) return;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size());
    Stamp stamp;
    if (readLine(std::string_view(text).substr(begin, end - begin), stamp)) {
      std::string key = keyOf(stamp.object);
      inventory.stamps[key] = std::move(stamp);
    }
    begin = end + 1;
  }
}

} // namespace

std::string pack(const std::string& text) {
  uLongf size = compressBound(text.size());
  std::string packed(size + 4, '\0');
  auto length = static_cast<uint32_t>(text.size());
  for (int i = 0; i < 4; ++i) packed[static_cast<size_t>(i)] = static_cast<char>(length >> (8 * i) & 0xFF);
  compress2(reinterpret_cast<Bytef*>(packed.data() + 4), &size, reinterpret_cast<const Bytef*>(text.data()), text.size(), 1);
  packed.resize(size + 4);
  return packed;
}

bool unpack(const std::string& packed, std::string& text) {
  if (packed.size() < 4) return false;
  size_t length = 0;
  for (size_t i = 0; i < 4; ++i) length |= static_cast<size_t>(static_cast<uint8_t>(packed[i])) << (8 * i);
  if (length > kLargestShard) return false;
  text.resize(length);
  uLongf size = length;
  int code = uncompress(reinterpret_cast<Bytef*>(text.data()), &size, reinterpret_cast<const Bytef*>(packed.data() + 4), packed.size() - 4);
  return code == Z_OK && size == length;
}

std::string groupKindOf(const plan::ObjectRef& object) {
  std::string group = kube::splitApiVersion(object.apiVersion).first;
  return group.empty() ? object.kind : object.kind + "." + group;
}

std::string keyOf(const std::string& groupKind, const std::string& ns, const std::string& name) {
  return groupKind + "\n" + ns + "\n" + name;
}

std::string keyOf(const plan::ObjectRef& object) { return keyOf(groupKindOf(object), object.ns, object.name); }

bool mayOutliveItsKind(const Inventory& inventory, const std::string& groupKind) {
  const size_t point = groupKind.find('.');
  const std::string suffix = point == groupKind.npos ? "" : groupKind.substr(point);
  return std::none_of(inventory.stamps.begin(), inventory.stamps.end(), [&](const auto& entry) {
    const plan::ObjectRef& object = entry.second.object;
    return !suffix.empty() && object.kind == "CustomResourceDefinition" && object.name.ends_with(suffix);
  });
}

std::string inventoryName(const std::string& workspace) {
  std::string name = "chasi-";
  for (char c : workspace) {
    bool fit = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (c >= 'A' && c <= 'Z') name += static_cast<char>(c + 32);
    else name += fit ? c : '-';
  }
  // Names that were changed must not meet: "a_b" and "a.b" are two workspaces.
  if (name == "chasi-" + workspace && name.size() <= 200 && name.back() != '-') return name;
  return name.substr(0, 200) + "-" + plan::hex(plan::sha256(workspace)).substr(0, 8);
}

std::string shardName(const std::string& workspace, size_t shard) {
  std::string name = inventoryName(workspace);
  return shard == 0 ? name : fmt::format("{}.stamps.{}", name, shard);
}

std::string applySetId(const std::string& parentName, const std::string& ns) {
  plan::Sha256 digest = plan::sha256(parentName + "." + ns + ".ConfigMap.");
  return "applyset-" + plan::base64Url(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size())) + "-v1";
}

std::string inventoryPath(const std::string& name) {
  return fmt::format("/api/v1/namespaces/{}/configmaps{}{}", kNamespace, name.empty() ? "" : "/", name);
}

std::vector<std::pair<std::string, std::string>> encodeInventory(const Inventory& inventory, const std::string& workspace,
                                                                 const std::string& runId) {
  std::vector<std::string> shards(1);
  size_t count = 0;
  for (const auto& [key, stamp] : inventory.stamps) {
    if (count++ == kStampsPerShard) {
      shards.emplace_back();
      count = 1;
    }
    shards.back() += lineOf(stamp);
  }
  std::vector<std::pair<std::string, std::string>> bodies;
  std::string parent = inventoryName(workspace);
  for (size_t i = shards.size(); i-- > 0;) {
    std::string name = shardName(workspace, i);
    std::string labels = i == 0 ? fmt::format("\"applyset.kubernetes.io/id\":\"{}\"", applySetId(parent))
                                : fmt::format("\"chasi.dev/stamps-of\":\"{}\"", applySetId(parent));
    std::string annotations;
    std::set<std::string> namespaces = inventory.namespaces;
    namespaces.erase(kNamespace);
    if (i == 0)
      annotations = fmt::format(R"(,"annotations":{{"{0}tooling":"chasic/{1}","{0}contains-group-kinds":{2},"{0}additional-namespaces":{3},)"
                                R"("chasi.dev/workspace":{4},"chasi.dev/epoch":{5},"chasi.dev/shards":"{6}","chasi.dev/run":{7}}})",
                                kPrefix, CHASI_VERSION, quoteJson(joinList(inventory.groupKinds)), quoteJson(joinList(namespaces)),
                                quoteJson(workspace), quoteJson(inventory.epoch), shards.size(), quoteJson(runId));
    bodies.emplace_back(name, fmt::format(R"({{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":{},"namespace":"{}","labels":{{{}}}{}}},)"
                                          R"("binaryData":{{"stamps":"{}"}}}})",
                                          quoteJson(name), kNamespace, labels, annotations, plan::base64(pack(shards[i]))));
  }
  return bodies;
}

llvm::Error decodeParent(const std::string& configMap, const std::string& workspace, Inventory& inventory) {
  llvm::Expected<JsonView> view = JsonView::parse(configMap);
  if (!view) return view.takeError();
  JsonValue metadata = view->root()["metadata"], annotations = metadata["annotations"];
  std::string name = metadata["name"].string();
  std::string tooling = annotations["applyset.kubernetes.io/tooling"].string();
  std::string where = fmt::format("ConfigMap/{} in {}", name, kNamespace);
  if (tooling.rfind("chasic/", 0) != 0)
    return fault("CH6213", fmt::format("{} belongs to {}, not to chasic", where, tooling.empty() ? "somebody else" : tooling),
                 "give the workspace another name");
  if (std::string made = annotations["chasi.dev/workspace"].string(); made != workspace)
    return fault("CH6213", fmt::format("{} is the inventory of workspace '{}', not of '{}'", where, made, workspace));
  if (!annotations["applyset.kubernetes.io/contains-group-kinds"])
    return fault("CH6213", fmt::format("{} does not say which kinds it owns", where), "restore its annotations, or delete it and adopt the objects");
  inventory.exists = true;
  inventory.groupKinds = splitList(annotations["applyset.kubernetes.io/contains-group-kinds"].string());
  inventory.namespaces = splitList(annotations["applyset.kubernetes.io/additional-namespaces"].string());
  inventory.epoch = annotations["chasi.dev/epoch"].string();
  const std::string run = annotations["chasi.dev/run"].string();
  inventory.open = !run.empty() && !llvm::StringRef(run).ends_with("/end");
  std::string shards = annotations["chasi.dev/shards"].string();
  inventory.shards = 1;
  std::from_chars(shards.data(), shards.data() + shards.size(), inventory.shards);
  inventory.shards = std::clamp(inventory.shards, size_t{1}, size_t{1000});
  readStamps(view->root(), inventory);
  return llvm::Error::success();
}

void decodeShard(const std::string& configMap, Inventory& inventory) {
  llvm::Expected<JsonView> view = JsonView::parse(configMap);
  if (view) readStamps(view->root(), inventory);
  else llvm::consumeError(view.takeError());
}

} // namespace chasi::engine
