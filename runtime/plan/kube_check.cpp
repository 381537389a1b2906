// What the API server would say about an object before it looks at anything else.
#include "runtime/plan/kube_check.h"

#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>

#include <optional>
#include <set>

namespace chasi::k8s {

namespace {

constexpr size_t kMaxProblems = 50;

std::string step(llvm::StringRef key) {
  std::string out = "/";
  for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

class Checker {
public:
  Checker(const CheckOptions& options, std::vector<Problem>& out) : options_(options), out_(out) {}

  void check(const nlohmann::json& v, const Type& t, const std::string& at) {
    if (out_.size() >= kMaxProblems || (v.is_null() && options_.ignoreNull)) return;
    switch (t.kind) {
    case TypeKind::Any: return;
    case TypeKind::FreeObject: return expect(v.is_object(), v, "a block of fields", at);
    case TypeKind::String: return text(v, t, at);
    case TypeKind::Integer: return integer(v, t, at);
    case TypeKind::Number: return expect(v.is_number(), v, "a number", at);
    case TypeKind::Bool: return expect(v.is_boolean(), v, "true or false", at);
    case TypeKind::IntOrString: return expect(v.is_number_integer() || v.is_string(), v, "a whole number or a text", at);
    case TypeKind::Quantity:
      return expect(v.is_number() || (v.is_string() && isQuantity(v.get_ref<const std::string&>())), v, "a quantity like 500m or 2Gi", at);
    case TypeKind::Object: return object(v, t, at);
    case TypeKind::Map:
      if (!v.is_object()) return expect(false, v, "a map", at);
      for (const auto& [key, item] : v.items()) check(item, *t.element, at + step(key));
      return;
    case TypeKind::List: return list(v, t, at);
    }
  }

private:
  const CheckOptions& options_;
  std::vector<Problem>& out_;

  void problem(const std::string& at, std::string message, std::string suggestion = {}) {
    if (out_.size() < kMaxProblems) out_.push_back({at, std::move(message), std::move(suggestion)});
  }

  static std::string shown(const nlohmann::json& v) {
    if (v.is_object()) return "a block";
    if (v.is_array()) return "a list";
    const std::string dumped = v.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return dumped.size() > 60 ? fmt::format("{}…", dumped.substr(0, 57)) : dumped;
  }

  void expect(bool good, const nlohmann::json& v, const char* what, const std::string& at) {
    if (!good) problem(at, fmt::format("takes {}, not {}", what, shown(v)));
  }

  static bool isBase64(llvm::StringRef s) {
    if (s.size() % 4) return false;
    const llvm::StringRef body = s.rtrim('=');
    return s.size() - body.size() <= 2 && llvm::all_of(body, [](char c) { return llvm::isAlnum(c) || c == '+' || c == '/'; });
  }

  template <class Names> static std::string near(llvm::StringRef word, const Names& candidates) {
    std::string best;
    unsigned least = static_cast<unsigned>(std::max<size_t>(1, word.size() / 3)) + 1;
    for (const std::string_view c : candidates)
      if (const unsigned d = word.edit_distance_insensitive(llvm::StringRef(c), true, least); d < least) {
        least = d;
        best = c;
      }
    return best;
  }

  void integer(const nlohmann::json& v, const Type& t, const std::string& at) {
    expect(v.is_number_integer(), v, "a whole number", at);
    if (!v.is_number_integer() || t.format != Format::Int32) return;
    const bool fits = v.is_number_unsigned() ? v.get<uint64_t>() <= INT32_MAX : v.get<int64_t>() >= INT32_MIN;
    expect(fits, v, "a whole number of 32 bits", at);
  }

  void text(const nlohmann::json& v, const Type& t, const std::string& at) {
    if (t.format == Format::Time) return expect(v.is_string(), v, "a time like 2026-01-31T10:00:00Z", at);
    if (t.format == Format::Byte) return expect(v.is_string() && isBase64(v.get_ref<const std::string&>()), v, "a text in base64", at);
    if (!v.is_string()) return expect(false, v, "a text", at);
    const auto& s = v.get_ref<const std::string&>();
    if (t.enumValues.empty() || llvm::is_contained(t.enumValues, s)) return;
    problem(at, fmt::format("takes {}, not \"{}\"", fmt::join(t.enumValues, ", "), s), near(s, t.enumValues));
  }

  void object(const nlohmann::json& v, const Type& t, const std::string& at) {
    if (!v.is_object()) return expect(false, v, "a block of fields", at);
    for (const auto& [key, item] : v.items()) {
      if (const Field* f = t.field(key)) check(item, *f->type, at + step(key));
      else if (options_.unknown && !t.preserveUnknown) unknown(key, t, at);
    }
    if (!options_.required) return;
    for (const Field& f : t.fields)
      if (f.required && !v.contains(f.name)) problem(at, fmt::format("`{}` is missing", f.name));
  }

  void unknown(const std::string& key, const Type& t, const std::string& at) {
    std::vector<std::string_view> names;
    for (const Field& f : t.fields) names.push_back(f.name);
    problem(at + step(key), fmt::format("there is no field `{}` in {}", key, t.name.substr(t.name.rfind('.') + 1)), near(key, names));
  }

  // What tells an element of a list apart from the others; nothing when it cannot be told.
  static std::optional<std::string> identity(const nlohmann::json& item, const Type& t) {
    if (t.listType == ListType::Set) return item.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (t.listType != ListType::Map || !item.is_object()) return std::nullopt;
    std::string key;
    for (const std::string_view k : t.mapKeys) {
      const auto found = item.find(k);
      const Field* f = t.element->field(k);
      key += found != item.end() ? found->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) : f ? std::string(f->defaultJson) : "";
      key += '|';
    }
    return key;
  }

  void list(const nlohmann::json& v, const Type& t, const std::string& at) {
    if (!v.is_array()) return expect(false, v, "a list", at);
    std::set<std::string> seen;
    size_t i = 0;
    for (const nlohmann::json& item : v) {
      const std::string here = at + "/" + std::to_string(i++);
      check(item, *t.element, here);
      const std::optional<std::string> key = identity(item, t);
      if (key && !seen.insert(*key).second)
        problem(here, t.listType == ListType::Set ? "stands in the list twice" : fmt::format("has the same {} as another element", fmt::join(t.mapKeys, " and ")));
    }
  }
};

} // namespace

std::vector<Problem> check(const nlohmann::json& object, const Type& type, const CheckOptions& options) {
  std::vector<Problem> out;
  Checker(options, out).check(object, type, "");
  return out;
}

bool isDnsLabel(llvm::StringRef name) {
  if (name.empty() || name.size() > 63) return false;
  auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return good(name.front()) && good(name.back()) && llvm::all_of(name, [&](char c) { return good(c) || c == '-'; });
}

bool isDnsSubdomain(llvm::StringRef name) {
  if (name.empty() || name.size() > 253) return false;
  llvm::SmallVector<llvm::StringRef, 4> parts;
  name.split(parts, '.');
  return llvm::all_of(parts, [](llvm::StringRef p) { return isDnsLabel(p); });
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
