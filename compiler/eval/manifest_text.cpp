#include "compiler/eval/manifest_text.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

namespace chasi::eval {

namespace {

using Json = nlohmann::ordered_json;
using llvm::StringRef;

constexpr int kDeepestManifest = 200;
constexpr size_t kMostNodes = 2'000'000; ///< aliases let a small file stand for a large one

struct Unreadable {
  std::string why;
  uint32_t at;
};

uint32_t offset(const YAML::Mark& mark) { return mark.is_null() ? 0U : static_cast<uint32_t>(mark.pos); }

/// Thrown and caught in this file only, as those of yaml-cpp are.
class Reader {
public:
  Json read(const YAML::Node& node, int depth = 0) {
    if (depth > kDeepestManifest) throw Unreadable{fmt::format("this is nested more than {} levels deep", kDeepestManifest), offset(node.Mark())};
    if (++nodes_ > kMostNodes) throw Unreadable{fmt::format("this stands for more than {} values", kMostNodes), offset(node.Mark())};
    if (node.IsMap()) return map(node, depth);
    if (!node.IsSequence()) return node.IsScalar() ? Json(node.Scalar()) : Json();
    Json out = Json::array();
    for (const YAML::Node& item : node) out.push_back(read(item, depth + 1));
    return out;
  }

private:
  size_t nodes_ = 0;

  Json map(const YAML::Node& node, int depth) {
    Json out = Json::object();
    std::vector<YAML::Node> merged;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) throw Unreadable{"the key of an entry is a text; is this a template?", offset(entry.first.Mark())};
      const std::string& key = entry.first.Scalar();
      if (key == "<<") merged.push_back(entry.second);
      else if (!entry.second.IsNull()) out[key] = read(entry.second, depth + 1);
    }
    for (const YAML::Node& from : merged) merge(from, out, depth);
    return out;
  }

  void merge(const YAML::Node& from, Json& into, int depth) {
    if (from.IsSequence() && depth < kDeepestManifest)
      for (const YAML::Node& each : from) merge(each, into, depth + 1);
    if (!from.IsMap()) return;
    const Json members = read(from, depth + 1);
    for (const auto& [key, value] : members.items())
      if (!into.contains(key)) into[key] = value;
  }
};

/// The child of a step, also when it was merged in; not defined when there is none.
YAML::Node child(const YAML::Node& node, const std::string& step) {
  size_t index = 0;
  if (node.IsSequence() && !StringRef(step).getAsInteger(10, index) && index < node.size()) return node[index];
  if (!node.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
  for (const auto& entry : node)
    if (entry.first.IsScalar() && entry.first.Scalar() == step) return entry.second;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar() || entry.first.Scalar() != "<<") continue;
    if (entry.second.IsMap()) return child(entry.second, step);
    for (const YAML::Node& each : entry.second)
      if (YAML::Node found = child(each, step); found.IsDefined()) return found;
  }
  return YAML::Node(YAML::NodeType::Undefined);
}

bool isObject(const Json& value) { return value.is_object() && value.contains("apiVersion") && value.contains("kind") && value["apiVersion"].is_string() && value["kind"].is_string(); }

} // namespace

ManifestText readManifests(StringRef text) {
  ManifestText out;
  Reader reader;
  try {
    for (const YAML::Node& document : YAML::LoadAll(text.str())) {
      if (!document.IsDefined() || document.IsNull()) continue;
      Json object = reader.read(document);
      if (isObject(object)) out.objects.push_back({std::move(object), std::make_shared<const YAML::Node>(document)});
      else ++out.others;
    }
  } catch (const Unreadable& bad) {
    out.problem = bad.why;
    out.at = bad.at;
  } catch (const YAML::Exception& bad) {
    out.problem = fmt::format("this is no YAML: {}", bad.msg);
    out.at = std::min(offset(bad.mark), static_cast<uint32_t>(text.size()));
  }
  return out;
}

uint32_t offsetOf(const ManifestDocument& document, StringRef pointer) {
  try {
    YAML::Node node = *static_cast<const YAML::Node*>(document.node.get());
    uint32_t last = offset(node.Mark());
    while (pointer.consume_front("/")) {
      const StringRef raw = pointer.take_until([](char c) { return c == '/'; });
      pointer = pointer.drop_front(raw.size());
      std::string step;
      for (size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == '~' && i + 1 < raw.size()) step += raw[++i] == '1' ? '/' : '~';
        else step += raw[i];
      }
      const YAML::Node next = child(node, step);
      if (!next.IsDefined()) break;
      last = offset(next.Mark());
      node.reset(next);
    }
    return last;
  } catch (const YAML::Exception&) {
    return 0;
  }
}

bool isManifestName(StringRef name) {
  name.consume_back(".tmpl");
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
}

} // namespace chasi::eval
