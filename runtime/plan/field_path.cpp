#include "runtime/plan/field_path.h"

#include <fmt/format.h>
#include <llvm/ADT/StringExtras.h>

#include <algorithm>

namespace chasi::plan {

using nlohmann::json;

namespace {

bool plainName(llvm::StringRef name) {
  return !name.empty() && llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_' || c == '-'; });
}

class Reader {
public:
  explicit Reader(llvm::StringRef text) : whole_(text), rest_(text) {}

  std::optional<FieldPath> run(std::string* why) {
    FieldPath path;
    while (!rest_.empty() || path.empty()) {
      const bool first = path.empty();
      const char* wrong = rest_.consume_front("[") ? bracket(path) : first || rest_.consume_front(".") ? field(path) : "a `.` or a `[` comes here";
      if (!wrong) continue;
      const std::string read = whole_.drop_back(rest_.size()).str();
      if (why) *why = read.empty() ? wrong : fmt::format("{} after `{}`", wrong, read);
      return std::nullopt;
    }
    return path;
  }

private:
  llvm::StringRef whole_, rest_;

  const char* field(FieldPath& path) {
    const llvm::StringRef name = rest_.take_while([](char c) { return c != '.' && c != '['; });
    if (!plainName(name)) return "a name comes here; one with other signs than letters, digits, _ and - stands in [\"…\"]";
    rest_ = rest_.drop_front(name.size());
    path.push_back({name.str(), {}, {}});
    return nullptr;
  }

  /// A JSON string; nothing when it is none.
  std::optional<std::string> quoted() {
    size_t end = 1;
    while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
    if (end >= rest_.size()) return std::nullopt;
    const json value = json::parse(rest_.take_front(end + 1).str(), nullptr, false);
    rest_ = rest_.drop_front(end + 1);
    return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
  }

  const char* bracket(FieldPath& path) {
    PathStep step;
    if (rest_.starts_with("\"")) {
      const std::optional<std::string> name = quoted();
      if (!name || name->empty()) return "a name in quotes ends with a quote";
      step.name = *name;
    } else if (const llvm::StringRef digits = rest_.take_while(llvm::isDigit); !digits.empty() && rest_.drop_front(digits.size()).starts_with("]")) {
      size_t place = 0;
      if (digits.getAsInteger(10, place)) return "the number is too large";
      step.place = place;
      rest_ = rest_.drop_front(digits.size());
    } else if (const char* wrong = keys(step)) {
      return wrong;
    }
    if (!rest_.consume_front("]")) return "a `]` comes here";
    path.push_back(std::move(step));
    return nullptr;
  }

  const char* keys(PathStep& step) {
    do {
      const llvm::StringRef key = rest_.take_while([](char c) { return c != '=' && c != ']' && c != ','; });
      if (!plainName(key) || !rest_.drop_front(key.size()).starts_with("=")) return "an element of a list is named by its keys, as in [name=api]";
      rest_ = rest_.drop_front(key.size() + 1);
      std::string value;
      if (rest_.starts_with("\"")) {
        const std::optional<std::string> text = quoted();
        if (!text) return "a value in quotes ends with a quote";
        value = *text;
      } else {
        const llvm::StringRef plain = rest_.take_while([](char c) { return c != ']' && c != ','; });
        rest_ = rest_.drop_front(plain.size());
        value = plain.str();
      }
      step.keys.emplace_back(key.str(), std::move(value));
    } while (rest_.consume_front(","));
    std::sort(step.keys.begin(), step.keys.end());
    return nullptr;
  }
};

/// Reads from `text` on what leads through `value`; false when it does not.
bool follow(llvm::StringRef text, const json* value, FieldPath& path) {
  if (text.empty()) return true;
  if (text.starts_with("[")) {
    const size_t end = [&] { // behind the bracket that closes this one; values may hold brackets in quotes
      bool quoted = false;
      for (size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\' && quoted) ++i;
        else if (text[i] == '"') quoted = !quoted;
        else if (text[i] == ']' && !quoted) return i + 1;
      }
      return text.size();
    }();
    const std::optional<FieldPath> step = readFieldPath(text.take_front(end));
    if (!step) return true; // an element of a set, "[=\"a\"]": its list stands for it
    path.push_back(step->front());
    const json* element = nullptr;
    if (value && value->is_array()) element = findField(*value, *step);
    return follow(text.drop_front(end), element, path);
  }
  if (!text.consume_front(".")) return false;
  std::vector<std::string> names;
  if (value && value->is_object())
    for (auto& [name, member] : value->items())
      if (text.starts_with(name) && (text.size() == name.size() || text[name.size()] == '.' || text[name.size()] == '[')) names.push_back(name);
  std::stable_sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  for (const std::string& name : names) {
    path.push_back({name, {}, {}});
    if (follow(text.drop_front(name.size()), &(*value)[name], path)) return true;
    path.pop_back();
  }
  if (!names.empty()) return false;
  // The object has no such field: the name ends as early as it can.
  const llvm::StringRef name = text.take_until([](char c) { return c == '.' || c == '['; });
  path.push_back({name.str(), {}, {}});
  if (follow(text.drop_front(name.size()), nullptr, path)) return true;
  path.pop_back();
  return false;
}

} // namespace

std::optional<FieldPath> readFieldPath(llvm::StringRef text, std::string* why) { return Reader(text).run(why); }

std::string keyText(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::string writeFieldPath(const FieldPath& path) {
  std::string text;
  for (const PathStep& step : path) {
    if (step.place) text += fmt::format("[{}]", *step.place);
    else if (step.isField() && plainName(step.name)) text += (text.empty() ? "" : ".") + step.name;
    else if (step.isField()) text += "[" + json(step.name).dump() + "]";
    for (size_t i = 0; i < step.keys.size(); ++i) {
      const auto& [key, value] = step.keys[i];
      const bool quotes = value.empty() || value.find_first_of(",]\"") != value.npos;
      text += fmt::format("{}{}={}", i ? "," : "[", key, quotes ? json(value).dump() : value);
    }
    if (!step.keys.empty()) text += "]";
  }
  return text;
}

FieldPath conflictPath(llvm::StringRef text, const json& object) {
  FieldPath path;
  follow(text, &object, path);
  return path;
}

bool isWithin(const FieldPath& path, const FieldPath& whole) {
  return path.size() >= whole.size() && std::equal(whole.begin(), whole.end(), path.begin());
}

json* findElement(json& list, const std::vector<std::pair<std::string, std::string>>& keys) {
  for (json& element : list) {
    const bool same = element.is_object() && std::all_of(keys.begin(), keys.end(), [&](const auto& key) {
      const auto found = element.find(key.first);
      return found == element.end() ? key.first == "protocol" && key.second == "TCP" : keyText(*found) == key.second;
    });
    if (same) return &element;
  }
  return nullptr;
}

json* findField(json& object, const FieldPath& path) {
  json* at = &object;
  for (const PathStep& step : path) {
    if (step.isField()) {
      const auto found = at->is_object() ? at->find(step.name) : at->end();
      at = at->is_object() && found != at->end() ? &*found : nullptr;
    } else if (!at->is_array()) {
      at = nullptr;
    } else if (step.place) {
      at = *step.place < at->size() ? &(*at)[*step.place] : nullptr;
    } else {
      at = findElement(*at, step.keys);
    }
    if (!at) return nullptr;
  }
  return at;
}

const json* findField(const json& object, const FieldPath& path) { return findField(const_cast<json&>(object), path); }

} // namespace chasi::plan
