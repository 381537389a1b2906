#include "runtime/engine/field_answers.h"

#include "runtime/engine/inventory.h"
#include "runtime/plan/json_view.h"
#include "runtime/plan/secrets.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace chasi::engine {

using nlohmann::json;
using plan::Answer;
using plan::FieldAnswer;
using plan::FieldPath;
using plan::PathStep;

namespace {

// A place in several sets of fields (fieldsV1) at once: null where a set has nothing there.
using Sets = std::vector<const json*>;

const json* below(const json* fields, const std::string& key) {
  if (!fields) return nullptr;
  const auto found = fields->find(key);
  return found == fields->end() ? nullptr : &*found;
}

Sets below(const Sets& sets, const std::string& key) {
  Sets result;
  for (const json* each : sets)
    if (const json* next = below(each, key)) result.push_back(next);
  return result;
}

/// A field without parts is owned with all that is below it.
bool whole(const json& fields) { return fields.empty() || (fields.size() == 1 && fields.contains(".")); }
/// Whether one of them owns all below a place. Where another set has parts, that is a map, and who owns it whole said it with nothing in it.
bool anyWhole(const Sets& sets, const json* own) {
  const bool parts = std::any_of(sets.begin(), sets.end(), [](const json* each) { return !whole(*each); }) || (own && !whole(*own));
  return !sets.empty() && !parts;
}

std::vector<std::pair<std::string, std::string>> keysOf(const json& values) {
  std::vector<std::pair<std::string, std::string>> keys;
  for (auto& [key, value] : values.items()) keys.emplace_back(key, plan::keyText(value));
  return keys;
}

/// The key in a set of fields for one step of a path; empty when there is none.
std::string keyIn(const json& fields, const PathStep& step) {
  if (step.isField()) return "f:" + step.name;
  for (auto& [key, rest] : fields.items()) {
    if (key.rfind("k:", 0) != 0) continue;
    const json values = json::parse(key.substr(2), nullptr, false);
    if (!values.is_object()) continue;
    auto all = keysOf(values);
    std::sort(all.begin(), all.end());
    if (all == step.keys) return key;
  }
  return {};
}

Sets belowStep(const Sets& sets, const PathStep& step) {
  Sets result;
  for (const json* each : sets)
    if (const json* found = below(each, keyIn(*each, step))) result.push_back(found);
  return result;
}

bool isOurs(const json& entry) {
  return entry.value("manager", "") == kManager && entry.value("operation", "") == "Apply" && entry.value("subresource", "").empty();
}

/// One operation's payload on its way to the server.
class Answering {
public:
  Answering(json& payload, const json& live) : payload_(payload), live_(live) {
    const auto metadata = live.find("metadata");
    if (metadata == live.end() || !metadata->contains("managedFields")) return;
    for (const json& entry : (*metadata)["managedFields"])
      if (entry.contains("fieldsV1")) (isOurs(entry) ? own_ : others_).push_back(&entry["fieldsV1"]);
  }

  void ignore(const FieldPath& path) {
    remove(path);
    keep(path);
  }

  /// What others set, as it is.
  void share(const FieldPath& path) {
    json* wanted = plan::findField(payload_, path);
    const json* there = plan::findField(live_, path);
    if (!wanted || !there) return;
    const json* own = own_.empty() ? nullptr : own_.front();
    Sets others = others_;
    for (const PathStep& step : path) {
      if (others.empty()) return;
      if (anyWhole(others, own)) break;
      others = belowStep(others, step);
      own = own ? below(own, keyIn(*own, step)) : nullptr;
    }
    agree(*wanted, *there, own, others);
  }

private:
  json& payload_;
  const json& live_;
  Sets own_, others_;

  /// With the fields that are empty without it.
  void remove(FieldPath path) {
    while (!path.empty()) {
      const PathStep last = path.back();
      path.pop_back();
      json* holder = plan::findField(payload_, path);
      if (!holder) return;
      if (last.isField() && holder->is_object()) holder->erase(last.name);
      else if (json* element = holder->is_array() ? plan::findField(*holder, {last}) : nullptr) holder->erase(holder->begin() + (element - &(*holder)[0]));
      if (!holder->empty()) return;
    }
  }

  /// What nobody but us owns stays as it is.
  void keep(const FieldPath& path) {
    const json* there = plan::findField(live_, path);
    if (!there || own_.empty()) return;
    const json* own = own_.front();
    Sets others = others_;
    for (const PathStep& step : path) {
      if (!own || anyWhole(others, own)) return;
      own = below(own, keyIn(*own, step));
      others = belowStep(others, step);
    }
    if (own) keepOwned(*own, *there, others, path);
  }

  void keepOwned(const json& own, const json& there, const Sets& others, const FieldPath& path) {
    if (whole(own) || !there.is_structured()) {
      if (others.empty()) put(path, there);
      return;
    }
    json values = json::array();
    for (auto& [key, rest] : own.items()) {
      FieldPath next = path;
      const std::string name = key.size() > 2 ? key.substr(2) : "";
      if (key.rfind("f:", 0) == 0) next.push_back({name, {}, {}});
      else if (key.rfind("k:", 0) == 0) next.push_back({"", keysOf(json::parse(name, nullptr, false)), {}});
      else if (key.rfind("v:", 0) == 0 && below(others, key).empty()) values.push_back(json::parse(name, nullptr, false));
      if (next.size() == path.size()) continue;
      if (const json* part = plan::findField(there, {next.back()})) keepOwned(rest, *part, below(others, key), next);
    }
    if (!values.empty()) put(path, values);
  }

  /// Makes the way there where the payload has none.
  void put(const FieldPath& path, const json& value) {
    json* at = &payload_;
    const json* there = &live_;
    for (const PathStep& step : path) {
      const json* next = plan::findField(*there, {step});
      if (step.isField()) {
        at = &(*at)[step.name];
      } else {
        json* element = at->is_array() ? plan::findElement(*at, step.keys) : nullptr;
        if (!element) {
          at->push_back(json::object());
          element = &at->back();
          for (const auto& [key, text] : step.keys)
            if (next && next->contains(key)) (*element)[key] = (*next)[key];
        }
        at = element;
      }
      there = next ? next : there;
    }
    *at = value;
  }

  void agree(json& wanted, const json& there, const json* own, const Sets& others) {
    if (others.empty()) return;
    if (anyWhole(others, own) || !wanted.is_structured()) {
      wanted = there;
      return;
    }
    if (wanted.is_object() && there.is_object()) {
      for (auto& [name, member] : wanted.items())
        if (there.contains(name)) agree(member, there[name], below(own, "f:" + name), below(others, "f:" + name));
      return;
    }
    if (!wanted.is_array() || !there.is_array()) return;
    for (const json* each : others)
      for (auto& [key, rest] : each->items()) {
        if (key.rfind("k:", 0) != 0) continue;
        const auto keys = keysOf(json::parse(key.substr(2), nullptr, false));
        json* element = plan::findElement(wanted, keys);
        const json* found = plan::findField(there, {{"", keys, {}}});
        if (element && found) agree(*element, *found, below(own, key), {&rest});
      }
  }
};

} // namespace

bool asksLive(const plan::Operation& op) {
  return std::any_of(op.fields.begin(), op.fields.end(), [](const FieldAnswer& f) { return f.answer != Answer::Take; });
}

std::string answeredPayload(const plan::Operation& op, const std::string& payload, const std::string& live) {
  if (!asksLive(op)) return payload;
  json wanted = json::parse(payload, nullptr, false);
  const json there = json::parse(live, nullptr, false);
  if (!wanted.is_object() || !there.is_object()) return payload;
  Answering answering(wanted, there);
  for (const FieldAnswer& field : op.fields) {
    const auto path = plan::readFieldPath(field.path);
    if (!path) continue; // refused where it was read
    if (field.answer == Answer::Ignore) answering.ignore(*path);
    if (field.answer == Answer::Share) answering.share(*path);
  }
  return wanted.dump();
}

std::string wantedPayload(const plan::Operation& op) {
  if (!asksLive(op)) return op.payload;
  json wanted = json::parse(op.payload, nullptr, false);
  if (!wanted.is_object()) return op.payload;
  const json nothing = json::object();
  Answering answering(wanted, nothing);
  for (const FieldAnswer& field : op.fields)
    if (const auto path = plan::readFieldPath(field.path); path && field.answer == Answer::Ignore) answering.ignore(*path);
  return wanted.dump();
}

bool isLeftToOthers(const plan::Operation& op, const std::vector<std::string>& pointer) {
  const json payload = json::parse(op.payload, nullptr, false);
  return std::any_of(op.fields.begin(), op.fields.end(), [&](const FieldAnswer& field) {
    const auto path = field.answer == Answer::Take ? std::nullopt : plan::readFieldPath(field.path);
    if (!path || pointer.size() < path->size()) return false;
    // The place of the pointer, step by step: elements of lists are known by their keys there.
    const json* at = &payload;
    for (size_t i = 0; i < path->size(); ++i) {
      const json* next = plan::findField(*at, {(*path)[i]});
      const json::json_pointer step(plan::joinPointer({pointer[i]}));
      if (!next || !at->contains(step) || &at->at(step) != next) return false;
      at = next;
    }
    return true;
  });
}

std::vector<Conflict> conflictsOf(const kube::ApiStatus& status, const std::string& payload) {
  const json sent = json::parse(payload, nullptr, false);
  std::vector<Conflict> conflicts;
  for (const kube::Cause& cause : status.causes) {
    if (cause.reason != "FieldManagerConflict") continue;
    const std::string said = "with subresource \"";
    std::string subresource;
    if (const size_t begin = cause.message.find(said); begin != cause.message.npos)
      subresource = cause.message.substr(begin + said.size(), cause.message.find('"', begin + said.size()) - begin - said.size());
    conflicts.push_back({plan::conflictPath(cause.field, sent), kube::conflictManager(cause), std::move(subresource)});
  }
  return conflicts;
}

std::vector<Conflict> untaken(const plan::Operation& op, std::vector<Conflict> conflicts, const std::vector<std::string>& replaced) {
  std::erase_if(conflicts, [&](const Conflict& conflict) {
    if (std::find(replaced.begin(), replaced.end(), conflict.manager) != replaced.end()) return true;
    return std::any_of(op.fields.begin(), op.fields.end(), [&](const FieldAnswer& field) {
      const auto path = field.answer == Answer::Take ? plan::readFieldPath(field.path) : std::nullopt;
      return path && plan::isWithin(conflict.path, *path);
    });
  });
  return conflicts;
}

llvm::Error conflictFault(const plan::Operation& op, const std::vector<Conflict>& conflicts, const std::string& what) {
  constexpr size_t kMost = 4; // fields whose answers are written out
  std::string text, lines;
  std::set<std::string> seen;
  for (const Conflict& conflict : conflicts) {
    const std::string path = plan::writeFieldPath(conflict.path);
    text += fmt::format("{}{} is owned by {}{}", text.empty() ? "" : "; ", path, conflict.manager,
                        conflict.subresource.empty() ? "" : fmt::format(" (subresource {})", conflict.subresource));
    if (!seen.insert(path).second || seen.size() > kMost) continue;
    const std::pair<const char*, const char*> answers[] = {{"ignore", "whoever writes it decides; ours only in a new object"},
                                                           {"share", "theirs as long as they set it, then ours"},
                                                           {"take", "ours, by force"}};
    for (const auto& [answer, meaning] : answers)
      lines += fmt::format("\n        {{ of = {}, path = {}, answer = \"{}\" }} // {}", plan::quoteJson(op.object.kind + "/" + op.object.name),
                           plan::quoteJson(path), answer, meaning);
  }
  if (seen.size() > kMost) lines += fmt::format("\n        and the same for {} more fields", seen.size() - kMost);
  return plan::fault("CH6203", fmt::format("{}: {}", what, text), fmt::format("say who decides, with one of these lines in `fields = [ … ]` of {}:{}", op.owner, lines),
                     op.source);
}

} // namespace chasi::engine
