// RFC 6902. Pointers are RFC 6901.
#include "runtime/local/merge.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace chasi::local {

namespace {

/// The API server's limit for one patch.
constexpr size_t kMaxOperations = 10000;
/// Each "copy" can double the object: how many values all of them together may copy.
constexpr size_t kMaxCopied = 1'000'000;

size_t countValues(const Json& v) {
  size_t n = 1;
  if (v.is_structured())
    for (const Json& below : v) n += countValues(below);
  return n;
}

using Pointer = std::vector<std::string>;

std::optional<Pointer> pointerOf(const std::string& text) {
  Pointer out;
  if (text.empty()) return out;
  if (text[0] != '/') return std::nullopt;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '/') out.emplace_back();
    else if (text[i] != '~') out.back() += text[i];
    else if (i + 1 < text.size() && (text[i + 1] == '0' || text[i + 1] == '1')) out.back() += text[++i] == '0' ? '~' : '/';
    else return std::nullopt;
  }
  return out;
}

std::optional<size_t> indexOf(const std::string& text, size_t size) {
  size_t index = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size() || (text.size() > 1 && text[0] == '0') || index >= size) return std::nullopt;
  return index;
}

class Patcher {
public:
  explicit Patcher(Json target) : root(std::move(target)) {}

  Json root;
  std::string problem; ///< why it does not apply
  std::string malformed; ///< why it is no JSON patch

  bool apply(const Json& operation) {
    if (!operation.is_object()) return bad("an operation must be an object");
    auto text = [&](const char* key) -> const std::string* {
      auto at = operation.find(key);
      return at != operation.end() && at->is_string() ? &at->get_ref<const std::string&>() : nullptr;
    };
    const std::string *op = text("op"), *path = text("path"), *from = text("from");
    if (!op) return bad("an operation needs `op`");
    if (!path) return bad(fmt::format("operation {:?} needs `path`", *op));
    auto to = pointerOf(*path);
    if (!to) return bad(fmt::format("{:?} is no JSON pointer", *path));
    auto value = operation.find("value");
    bool needsValue = *op == "add" || *op == "replace" || *op == "test";
    if (needsValue && value == operation.end()) return bad(fmt::format("operation {:?} needs `value`", *op));
    if (*op == "add") return add(*to, *path, *value);
    if (*op == "remove") return remove(*to, *path, *op);
    if (*op == "replace") return replace(*to, *path, *value);
    if (*op == "test") return test(*to, *path, *value);
    if (*op != "move" && *op != "copy") return bad(fmt::format("Unexpected kind: {}", *op));
    if (!from) return bad(fmt::format("operation {:?} needs `from`", *op));
    auto source = pointerOf(*from);
    if (!source) return bad(fmt::format("{:?} is no JSON pointer", *from));
    return transfer(*op == "move", *source, *from, *to, *path);
  }

private:
  size_t copied_ = 0;

  bool bad(std::string why) {
    malformed = std::move(why);
    return false;
  }
  bool fails(std::string why) {
    problem = std::move(why);
    return false;
  }

  Json* find(const Pointer& pointer, size_t steps) {
    Json* at = &root;
    for (size_t i = 0; i < steps; ++i) {
      if (at->is_object()) {
        auto next = at->find(pointer[i]);
        if (next == at->end()) return nullptr;
        at = &*next;
      } else if (at->is_array()) {
        auto index = indexOf(pointer[i], at->size());
        if (!index) return nullptr;
        at = &(*at)[*index];
      } else return nullptr;
    }
    return at;
  }

  bool add(const Pointer& pointer, const std::string& path, Json value) {
    if (pointer.size() >= kMaxDepth || tooDeep(value, kMaxDepth - pointer.size())) return fails(fmt::format("add operation does not apply: exceeded max depth of {}", kMaxDepth));
    if (pointer.empty()) {
      root = std::move(value);
      return true;
    }
    Json* parent = find(pointer, pointer.size() - 1);
    if (!parent || !parent->is_structured()) return fails(fmt::format("add operation does not apply: doc is missing path: {:?}: missing value", path));
    const std::string& last = pointer.back();
    if (parent->is_object()) (*parent)[last] = std::move(value);
    else if (last == "-") parent->push_back(std::move(value));
    else if (auto index = indexOf(last, parent->size() + 1)) parent->insert(parent->begin() + static_cast<ptrdiff_t>(*index), std::move(value));
    else return fails(fmt::format("add operation does not apply: Unable to access invalid index: {}: invalid index referenced", last));
    return true;
  }

  bool remove(const Pointer& pointer, const std::string& path, const std::string& op) {
    Json* place = find(pointer, pointer.size());
    if (!place) return fails(fmt::format("{} operation does not apply: doc is missing path: {:?}: missing value", op, path));
    if (pointer.empty()) {
      root = nullptr;
      return true;
    }
    Json* parent = find(pointer, pointer.size() - 1);
    if (parent->is_object()) parent->erase(pointer.back());
    else parent->erase(static_cast<size_t>(place - &(*parent)[0]));
    return true;
  }

  bool replace(const Pointer& pointer, const std::string& path, const Json& value) {
    Json* place = find(pointer, pointer.size());
    if (!place) return fails(fmt::format("replace operation does not apply: doc is missing key: {}: missing value", path));
    *place = value;
    return true;
  }

  bool test(const Pointer& pointer, const std::string& path, const Json& value) {
    Json* place = find(pointer, pointer.size());
    if (place ? *place == value : value.is_null()) return true;
    return fails(fmt::format("testing value {} failed: test failed", path));
  }

  bool transfer(bool move, const Pointer& source, const std::string& from, const Pointer& to, const std::string& path) {
    Json* place = find(source, source.size());
    if (!place) return fails(fmt::format("{} operation does not apply: doc is missing from path: {:?}: missing value", move ? "move" : "copy", from));
    if (!move) {
      copied_ += countValues(*place);
      if (copied_ > kMaxCopied) return fails("copy operation does not apply: the patch copies too much");
      return add(to, path, *place);
    }
    if (to.size() > source.size() && std::equal(source.begin(), source.end(), to.begin())) return fails("move operation does not apply: a value cannot be moved into itself");
    Json value = *place;
    return remove(source, from, "move") && add(to, path, std::move(value));
  }
};

} // namespace

Result<Json> jsonPatch(const Json& target, const Json& patch) {
  auto refusal = [](int http, const char* reason, std::string message) { return Refusal{http, reason, std::move(message), Json::object()}; };
  if (!patch.is_array()) return refusal(400, "BadRequest", "error decoding patch: a JSON patch is a list of operations");
  if (patch.size() > kMaxOperations)
    return refusal(413, "RequestEntityTooLarge", fmt::format("The allowed maximum operations in a JSON patch is {}, got {}", kMaxOperations, patch.size()));
  if (tooDeep(patch) || tooDeep(target, kMaxStoredDepth)) return refusal(400, "BadRequest", fmt::format("exceeded max depth of {}", kMaxDepth));
  Patcher patcher(target);
  for (const Json& operation : patch) {
    if (patcher.apply(operation)) continue;
    if (!patcher.malformed.empty()) return refusal(400, "BadRequest", "error decoding patch: " + patcher.malformed);
    return refusal(422, "Invalid", "the server rejected our request due to an error in our request: " + patcher.problem);
  }
  return std::move(patcher.root);
}

} // namespace chasi::local
