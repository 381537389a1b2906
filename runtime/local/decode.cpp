// Strict decoding: what the API server says about a body before it becomes an object of its type.
#include "runtime/local/merge.h"

#include "runtime/plan/kube_check.h"

#include <fmt/format.h>

namespace chasi::local {

using k8s::Format;
using k8s::Type;
using k8s::TypeKind;

namespace {

constexpr size_t kMaxProblems = 50;

const char* kindOf(const Json& v) {
  if (v.is_string()) return "string";
  if (v.is_boolean()) return "bool";
  if (v.is_array()) return "array";
  if (v.is_object()) return "object";
  return "number";
}

std::string shortName(std::string_view name) { return std::string(name.substr(name.rfind('.') + 1)); }

/// The Go type, as its decoder names it.
std::string goName(const Type& type) {
  switch (type.kind) {
  case TypeKind::Object: {
    std::string_view name = type.name;
    size_t dot = name.rfind('.');
    if (dot == name.npos) return std::string(name);
    size_t before = name.rfind('.', dot - 1);
    return std::string(before == name.npos ? name : name.substr(before + 1));
  }
  case TypeKind::Map: return "map[string]" + (type.element ? goName(*type.element) : "interface {}");
  case TypeKind::FreeObject: return "map[string]interface {}";
  case TypeKind::List: return "[]" + (type.element ? goName(*type.element) : "interface {}");
  case TypeKind::Integer: return type.format == Format::Int64 ? "int64" : "int32";
  case TypeKind::Number: return "float64";
  case TypeKind::Bool: return "bool";
  case TypeKind::String: return type.format == Format::Byte ? "[]uint8" : "string";
  default: return "string";
  }
}

bool isBase64(std::string_view text) {
  size_t end = text.find_last_not_of('=');
  size_t body = end == text.npos ? 0 : end + 1;
  auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/'; };
  return text.size() % 4 == 0 && text.size() - body <= 2 && std::all_of(text.begin(), text.begin() + static_cast<ptrdiff_t>(body), good);
}

/// RFC 3339 with a time zone.
bool isTime(std::string_view text) {
  static constexpr std::string_view kPattern = "dddd-dd-ddTdd:dd:dd";
  if (text.size() < kPattern.size() + 1) return false;
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  for (size_t i = 0; i < kPattern.size(); ++i)
    if (kPattern[i] == 'd' ? !digit(text[i]) : text[i] != kPattern[i]) return false;
  std::string_view rest = text.substr(kPattern.size());
  if (rest[0] == '.') {
    size_t n = 1;
    while (n < rest.size() && digit(rest[n])) ++n;
    if (n == 1) return false;
    rest.remove_prefix(n);
  }
  if (rest == "Z") return true;
  return rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') && digit(rest[1]) && digit(rest[2]) && rest[3] == ':' && digit(rest[4]) && digit(rest[5]);
}

class Decoder {
public:
  explicit Decoder(const Type& root) : root_(shortName(root.name)) {}

  DecodeProblems out;

  void value(const Type& type, const Json& v) {
    if (v.is_null()) return; // null is the zero value
    switch (type.kind) {
    case TypeKind::Any: return;
    case TypeKind::FreeObject: return expect(v.is_object(), type, v);
    case TypeKind::Object:
    case TypeKind::Map: return object(type, v);
    case TypeKind::List: return list(type, v);
    case TypeKind::Bool: return expect(v.is_boolean(), type, v);
    case TypeKind::Number: return expect(v.is_number(), type, v);
    case TypeKind::Integer: return integer(type, v);
    case TypeKind::IntOrString: return expect(v.is_string() || v.is_number_integer(), type, v);
    case TypeKind::Quantity: return quantity(v);
    case TypeKind::String: return text(type, v);
    }
  }

private:
  std::string root_;  ///< the struct that holds the field at hand
  std::string path_;

  void wrong(std::string message) {
    if (out.wrongTypes.size() < kMaxProblems) out.wrongTypes.push_back(std::move(message));
  }
  void expect(bool good, const Type& type, const Json& v, std::string shown = {}) {
    if (good) return;
    if (shown.empty()) shown = kindOf(v);
    wrong(path_.empty() ? fmt::format("json: cannot unmarshal {} into Go value of type {}", shown, goName(type))
                        : fmt::format("json: cannot unmarshal {} into Go struct field {}.{} of type {}", shown, root_, path_, goName(type)));
  }

  void integer(const Type& type, const Json& v) {
    bool whole = v.is_number_integer();
    if (whole && type.format != Format::Int64) whole = v.is_number_unsigned() ? v.get<uint64_t>() <= INT32_MAX : v.get<int64_t>() >= INT32_MIN;
    if (whole && type.format == Format::Int64 && v.is_number_unsigned()) whole = v.get<uint64_t>() <= INT64_MAX;
    expect(whole, type, v, v.is_number() ? "number " + v.dump() : "");
  }

  void quantity(const Json& v) {
    if (v.is_number() || (v.is_string() && k8s::isQuantity(v.get_ref<const std::string&>()))) return;
    wrong(fmt::format("{}: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'", path_));
  }

  void text(const Type& type, const Json& v) {
    if (!v.is_string()) return expect(false, type, v);
    const std::string& s = v.get_ref<const std::string&>();
    if (type.format == Format::Byte && !isBase64(s)) wrong(fmt::format("{}: illegal base64 data", path_));
    if (type.format == Format::Time && !s.empty() && !isTime(s)) wrong(fmt::format("{}: parsing time {:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse", path_, s));
  }

  void object(const Type& type, const Json& v) {
    if (!v.is_object()) return expect(false, type, v);
    size_t length = path_.size();
    std::string outer = root_;
    for (auto it = v.begin(); it != v.end(); ++it) {
      bool map = type.kind == TypeKind::Map;
      path_ += (path_.empty() ? "" : ".") + it.key();
      if (!map) root_ = shortName(type.name);
      if (const Type* below = type.member(it.key())) value(*below, *it);
      else if (!map && !type.preserveUnknown && out.unknown.size() < kMaxProblems) out.unknown.push_back(fmt::format("unknown field \"{}\"", path_));
      path_.resize(length);
      root_ = outer;
    }
  }

  void list(const Type& type, const Json& v) {
    if (!v.is_array()) return expect(false, type, v);
    size_t length = path_.size(), i = 0;
    for (const Json& element : v) {
      path_ += fmt::format("[{}]", i++);
      if (type.element) value(*type.element, element);
      path_.resize(length);
    }
  }
};

} // namespace

DecodeProblems decodeProblems(const Type& type, const Json& object) {
  if (tooDeep(object)) return {{}, {fmt::format("exceeded max depth of {}", kMaxDepth)}};
  Decoder decoder(type);
  decoder.value(type, object);
  return std::move(decoder.out);
}

} // namespace chasi::local
