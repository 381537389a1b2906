#include "runtime/plan/diff.h"

#include "runtime/plan/secrets.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace chasi::plan {

using nlohmann::json;

namespace {

// One step into an object: a field, or an element of a list by its keys or its place.
struct Part {
  enum Kind { Field, Keyed, Index } kind;
  std::string text; // the field's name, the element's keys as compact JSON, or the index
};

const std::set<std::string_view> kServerMetadata = {
    "managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink", "deletionTimestamp",
    "deletionGracePeriodSeconds"};

class Differ {
public:
  Differ(const json& before, const DiffOptions& options, bool secretObject)
      : options_(options), secretObject_(secretObject) {
    auto metadata = before.find("metadata");
    if (metadata != before.end() && metadata->contains("managedFields")) managed_ = &(*metadata)["managedFields"];
    for (const std::string& pointer : options.secrets) secrets_.insert(splitPointer(pointer));
    for (const auto& [pointer, known] : options.later) later_[splitPointer(pointer)] = known;
  }

  void compare(const json* before, const json* after) {
    if (skipped()) return;
    if (after && later_.contains(pointer_)) return emit(before, after);
    if (before && after && *before == *after) return;
    const json* some = after ? after : before;
    bool objects = (!before || before->is_object()) && (!after || after->is_object()) &&
                   ((before && !before->empty()) || (after && !after->empty()));
    if (objects) { compareObjects(before, after); return; }
    bool lists = (!before || before->is_array()) && (!after || after->is_array()) && some->is_array();
    std::vector<std::string> keys = lists ? keysOf(before, after) : std::vector<std::string>();
    if (!keys.empty()) { compareKeyed(before, after, keys); return; }
    bool holdsObjects = lists && std::any_of(some->begin(), some->end(), [](const json& e) { return e.is_structured(); });
    if (holdsObjects) { compareByPlace(before, after); return; }
    emit(before, after);
  }

  std::vector<FieldChange> changes;

private:
  void compareObjects(const json* before, const json* after) {
    std::set<std::string> names;
    for (const json* side : {before, after})
      if (side)
        for (auto& [name, value] : side->items()) names.insert(name);
    for (const std::string& name : names) {
      path_.push_back({Part::Field, name});
      pointer_.push_back(name);
      compare(member(before, name), member(after, name));
      path_.pop_back();
      pointer_.pop_back();
    }
  }

  void compareKeyed(const json* before, const json* after, const std::vector<std::string>& keys) {
    std::map<std::string, std::array<const json*, 2>> elements;
    std::map<std::string, size_t> places;
    for (int side = 0; side < 2; ++side) {
      const json* list = side ? after : before;
      if (!list) continue;
      for (size_t i = 0; i < list->size(); ++i) {
        std::string id = identity((*list)[i], keys);
        elements[id][static_cast<size_t>(side)] = &(*list)[i];
        places[id] = i;
      }
    }
    for (auto& [id, pair] : elements) step(Part::Keyed, id, places[id], pair[0], pair[1]);
  }

  void compareByPlace(const json* before, const json* after) {
    size_t size = std::max(before ? before->size() : 0, after ? after->size() : 0);
    for (size_t i = 0; i < size; ++i)
      step(Part::Index, std::to_string(i), i, before && i < before->size() ? &(*before)[i] : nullptr,
           after && i < after->size() ? &(*after)[i] : nullptr);
  }

  void step(Part::Kind kind, std::string text, size_t place, const json* before, const json* after) {
    path_.push_back({kind, std::move(text)});
    pointer_.push_back(std::to_string(place));
    compare(before, after);
    path_.pop_back();
    pointer_.pop_back();
  }

  static const json* member(const json* object, const std::string& name) {
    if (!object) return nullptr;
    auto at = object->find(name);
    return at == object->end() ? nullptr : &*at;
  }

  static std::string identity(const json& element, const std::vector<std::string>& keys) {
    json id = json::object();
    for (const std::string& key : keys)
      if (element.contains(key)) id[key] = element[key];
    return id.dump();
  }

  // Keys of a list, if they tell its elements apart on both sides.
  std::vector<std::string> keysOf(const json* before, const json* after) const {
    std::vector<std::string> keys;
    std::vector<std::string> fields;
    for (const Part& part : path_)
      if (part.kind == Part::Field) fields.push_back(part.text);
    if (options_.mergeKeys) keys = options_.mergeKeys(fields);
    else keys = {"name"};
    for (const json* list : {before, after}) {
      if (!list) continue;
      std::set<std::string> seen;
      for (const json& element : *list) {
        if (!element.is_object()) return {};
        std::string id = identity(element, keys);
        if (id == "{}" || !seen.insert(id).second) return {};
      }
    }
    return keys;
  }

  bool skipped() const {
    if (path_.empty() || options_.plain) return false;
    if (path_.size() == 1) return path_[0].text == "status";
    if (path_[0].text != "metadata") return false;
    if (path_.size() == 2) return kServerMetadata.count(path_[1].text) != 0;
    return path_.size() == 3 && path_[1].text == "labels" && path_[2].text == "applyset.kubernetes.io/part-of";
  }

  bool secret() const {
    if (secretObject_ && !path_.empty() && (path_[0].text == "data" || path_[0].text == "stringData")) return true;
    // kubectl keeps a copy of the whole object here, data of Secrets included.
    if (path_.size() >= 3 && path_[2].text == "kubectl.kubernetes.io/last-applied-configuration") return true;
    for (const auto& pointer : secrets_) {
      size_t common = std::min(pointer.size(), pointer_.size());
      if (std::equal(pointer.begin(), pointer.begin() + static_cast<long>(common), pointer_.begin())) return true;
    }
    return false;
  }

  void emit(const json* before, const json* after) {
    FieldChange change;
    change.path = pathText();
    if (const auto late = after ? later_.find(pointer_) : later_.end(); late != later_.end()) {
      change.later = late->second;
      after = nullptr;
    }
    change.secret = secret() || (options_.hideBefore && before && !after);
    if (!change.secret) {
      if (before && !options_.hideBefore) change.before = before->dump(-1, ' ', false, json::error_handler_t::replace);
      if (after) change.after = after->dump(-1, ' ', false, json::error_handler_t::replace);
    }
    if (before) change.manager = otherOwner();
    changes.push_back(std::move(change));
  }

  static bool plainName(const std::string& name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
  }

  std::string pathText() const {
    std::string text;
    for (const Part& part : path_) {
      if (part.kind == Part::Field && plainName(part.text)) {
        if (!text.empty()) text += '.';
        text += part.text;
      } else if (part.kind == Part::Field) {
        text += "[" + json(part.text).dump() + "]";
      } else if (part.kind == Part::Index) {
        text += "[" + part.text + "]";
      } else {
        text += "[";
        bool first = true;
        json keys = json::parse(part.text);
        for (auto& [key, value] : keys.items()) {
          text += (first ? "" : ",") + key + "=" + (value.is_string() ? value.get<std::string>() : value.dump());
          first = false;
        }
        text += "]";
      }
    }
    return text;
  }

  // A manager other than ours with this field in its set (fieldsV1: f:<name>, k:<keys>), or "". An entry for a whole
  // atomic list or struct ends above the field; it owns what is below.
  std::string otherOwner() const {
    if (!managed_ || !managed_->is_array()) return {};
    std::string other;
    for (const json& entry : *managed_) {
      auto fields = entry.find("fieldsV1");
      if (fields == entry.end() || !owns(*fields)) continue;
      std::string manager = entry.value("manager", "");
      if (manager == options_.ownManager) return {};
      if (other.empty()) other = manager;
    }
    return other;
  }

  bool owns(const json& fields) const {
    const json* at = &fields;
    size_t depth = 0;
    for (const Part& part : path_) {
      if (!at->is_object()) return false;
      const json* next = nullptr;
      if (part.kind == Part::Field) {
        auto found = at->find("f:" + part.text);
        if (found != at->end()) next = &*found;
      } else if (part.kind == Part::Keyed) {
        json wanted = json::parse(part.text);
        for (auto& [key, value] : at->items())
          if (key.rfind("k:", 0) == 0 && json::parse(key.substr(2), nullptr, false) == wanted) next = &value;
      }
      if (!next) return depth > 0 && at->empty();
      at = next;
      ++depth;
    }
    return at->is_object() && (at->empty() || at->contains("."));
  }

  const DiffOptions& options_;
  bool secretObject_;
  const json* managed_ = nullptr;
  std::set<std::vector<std::string>> secrets_;
  std::map<std::vector<std::string>, std::string> later_;
  std::vector<Part> path_;
  std::vector<std::string> pointer_;
};

bool isSecret(const json& object) {
  return object.is_object() && object.value("kind", "") == "Secret" && object.value("apiVersion", "v1") == "v1";
}

} // namespace

std::vector<FieldChange> diffObjects(const json& before, const json& after, const DiffOptions& options) {
  Differ differ(before, options, isSecret(before) || isSecret(after));
  differ.compare(&before, &after);
  std::stable_sort(differ.changes.begin(), differ.changes.end(),
                   [](const FieldChange& a, const FieldChange& b) { return a.path < b.path; });
  return std::move(differ.changes);
}

std::vector<FieldChange> describeNew(const json& object, const DiffOptions& options) {
  return diffObjects(json::object(), object, options);
}

} // namespace chasi::plan
