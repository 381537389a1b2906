// What the API server would say about an object before it looks at anything else.
#include "runtime/plan/kube_check_tree.h"

namespace chasi::k8s {

namespace {

struct JsonNode {
  const nlohmann::json& v;

  bool isNull() const { return v.is_null(); }
  bool isObject() const { return v.is_object(); }
  bool isArray() const { return v.is_array(); }
  bool isString() const { return v.is_string(); }
  bool isInteger() const { return v.is_number_integer(); }
  bool isNumber() const { return v.is_number(); }
  bool isBool() const { return v.is_boolean(); }
  bool fitsInt32() const { return v.is_number_unsigned() ? v.get<uint64_t>() <= INT32_MAX : v.get<int64_t>() >= INT32_MIN; }
  bool isAmount() const { return false; }
  size_t count() const { return v.size(); }
  std::string_view text() const { return v.get_ref<const std::string&>(); }
  std::string shown() const { return v.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }
  std::optional<JsonNode> member(std::string_view key) const {
    const auto it = v.find(key);
    if (it == v.end()) return {};
    return JsonNode{*it};
  }
  template <class Each> void members(Each each) const {
    for (const auto& [key, item] : v.items()) each(key, JsonNode{item});
  }
  template <class Each> void items(Each each) const {
    for (const nlohmann::json& item : v) each(JsonNode{item});
  }
};

} // namespace

std::vector<Problem> check(const nlohmann::json& object, const Type& type, const CheckOptions& options) {
  std::vector<Problem> out;
  Checker<JsonNode>(options, out).check(JsonNode{object}, type);
  return out;
}

/// A label without its limit, which names of objects do not have: theirs is that of the whole.
static bool hasLabelForm(llvm::StringRef name) {
  if (name.empty()) return false;
  auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return good(name.front()) && good(name.back()) && llvm::all_of(name, [&](char c) { return good(c) || c == '-'; });
}

bool isDnsLabel(llvm::StringRef name) { return name.size() <= 63 && hasLabelForm(name); }

bool isDnsSubdomain(llvm::StringRef name) {
  if (name.empty() || name.size() > 253) return false;
  llvm::SmallVector<llvm::StringRef, 4> parts;
  name.split(parts, '.');
  return llvm::all_of(parts, [](llvm::StringRef p) { return hasLabelForm(p); });
}

bool isQuantity(llvm::StringRef text) {
  if (!text.consume_front("-")) text.consume_front("+");
  const llvm::StringRef digits = text.take_while([](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  if (digits.empty() || digits == "." || digits.count('.') > 1) return false;
  llvm::StringRef unit = text.drop_front(digits.size());
  static constexpr llvm::StringRef units[] = {"", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  if (llvm::is_contained(units, unit)) return true;
  if (!unit.consume_front("e") && !unit.consume_front("E")) return false;
  if (!unit.consume_front("-")) unit.consume_front("+");
  return !unit.empty() && llvm::all_of(unit, [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace chasi::k8s
