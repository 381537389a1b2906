#include "runtime/local/validate.h"

#include "runtime/plan/kube_check.h"

#include <fmt/format.h>
#include <llvm/ADT/StringExtras.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace chasi::local {

using k8s::Type;
using k8s::TypeKind;

namespace {

constexpr size_t kMaxProblems = 50;

std::string shown(const Json& value) {
  if (value.is_null()) return "null";
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace

void Problems::add(std::string problem) {
  if (all.size() < kMaxProblems) all.push_back(std::move(problem));
}
void Problems::invalid(const std::string& path, const Json& value, std::string_view detail) { add(fmt::format("{}: Invalid value: {}: {}", path, shown(value), detail)); }
void Problems::required(const std::string& path, std::string_view detail) {
  add(detail.empty() ? fmt::format("{}: Required value", path) : fmt::format("{}: Required value: {}", path, detail));
}
void Problems::forbidden(const std::string& path, std::string_view detail) { add(fmt::format("{}: Forbidden: {}", path, detail)); }
void Problems::duplicate(const std::string& path, const Json& value) { add(fmt::format("{}: Duplicate value: {}", path, shown(value))); }
void Problems::notFound(const std::string& path, const Json& value) { add(fmt::format("{}: Not found: {}", path, shown(value))); }
void Problems::unsupported(const std::string& path, const Json& value, std::vector<std::string_view> supported) {
  std::sort(supported.begin(), supported.end());
  std::string list;
  for (std::string_view s : supported) list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", s);
  add(fmt::format("{}: Unsupported value: {}: supported values: {}", path, shown(value), list));
}

const Json& at(const Json& object, std::initializer_list<const char*> path) {
  static const Json kNull;
  const Json* here = &object;
  for (const char* key : path) {
    if (!here->is_object()) return kNull;
    auto next = here->find(key);
    if (next == here->end()) return kNull;
    here = &*next;
  }
  return *here;
}

std::string notDnsLabel(std::string_view text) {
  if (text.size() > 63) return "must be no more than 63 characters";
  if (k8s::isDnsLabel({text.data(), text.size()})) return "";
  return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric "
         "character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
}

std::string notDnsSubdomain(std::string_view text) {
  if (text.size() > 253) return "must be no more than 253 characters";
  if (k8s::isDnsSubdomain({text.data(), text.size()})) return "";
  return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
         "alphanumeric character (e.g. 'example.com', regex used for validation is "
         "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
}

namespace {

bool isWord(std::string_view text) {
  auto inner = [](char c) { return llvm::isAlnum(c) || c == '-' || c == '_' || c == '.'; };
  return !text.empty() && llvm::isAlnum(text.front()) && llvm::isAlnum(text.back()) && std::all_of(text.begin(), text.end(), inner);
}

} // namespace

std::string notLabelValue(std::string_view text) {
  if (text.size() > 63) return "must be no more than 63 characters";
  if (text.empty() || isWord(text)) return "";
  return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
         "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
         "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
}

std::vector<std::string> notQualifiedName(std::string_view text) {
  static constexpr const char* kName =
      "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or "
      "'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  std::vector<std::string> out;
  size_t slash = text.find('/');
  std::string_view name = text;
  if (slash != text.npos) {
    std::string_view prefix = text.substr(0, slash);
    name = text.substr(slash + 1);
    if (name.find('/') != name.npos)
      return {fmt::format("a qualified name {} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')", kName)};
    if (prefix.empty()) out.emplace_back("prefix part must be non-empty");
    else if (std::string problem = notDnsSubdomain(prefix); !problem.empty()) out.push_back("prefix part " + problem);
  }
  if (name.empty()) out.emplace_back("name part must be non-empty");
  else if (name.size() > 63) out.emplace_back("name part must be no more than 63 characters");
  if (!isWord(name)) out.push_back(fmt::format("name part {}", kName));
  return out;
}

void checkLabels(Problems& problems, const Json& labels, const std::string& path) {
  if (!labels.is_object()) return;
  for (auto& [key, value] : labels.items()) {
    for (const std::string& problem : notQualifiedName(key)) problems.invalid(path, key, problem);
    if (!value.is_string()) continue;
    if (std::string problem = notLabelValue(value.get_ref<const std::string&>()); !problem.empty()) problems.invalid(path, value, problem);
  }
}

void checkSelector(Problems& problems, const Json& selector, const std::string& path) {
  checkLabels(problems, at(selector, {"matchLabels"}), path + ".matchLabels");
  const Json& expressions = at(selector, {"matchExpressions"});
  if (!expressions.is_array()) return;
  size_t i = 0;
  for (const Json& e : expressions) {
    std::string here = fmt::format("{}.matchExpressions[{}]", path, i++);
    const std::string& op = textAt(e, {"operator"});
    const Json& values = at(e, {"values"});
    bool some = values.is_array() && !values.empty();
    if ((op == "In" || op == "NotIn") && !some) problems.required(here + ".values", "must be specified when `operator` is 'In' or 'NotIn'");
    else if ((op == "Exists" || op == "DoesNotExist") && some) problems.forbidden(here + ".values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    else if (op != "In" && op != "NotIn" && op != "Exists" && op != "DoesNotExist") problems.invalid(here + ".operator", op, "not a valid selector operator");
    for (const std::string& problem : notQualifiedName(textAt(e, {"key"}))) problems.invalid(here + ".key", at(e, {"key"}), problem);
  }
}

bool selectorMatches(const Json& selector, const Json& labels) {
  auto has = [&](const std::string& key) { return labels.is_object() && labels.contains(key); };
  const Json& exact = at(selector, {"matchLabels"});
  if (exact.is_object())
    for (auto& [key, value] : exact.items())
      if (!has(key) || labels[key] != value) return false;
  const Json& expressions = at(selector, {"matchExpressions"});
  if (!expressions.is_array()) return true;
  for (const Json& e : expressions) {
    const std::string &key = textAt(e, {"key"}), &op = textAt(e, {"operator"});
    const Json& values = at(e, {"values"});
    bool listed = has(key) && values.is_array() && std::find(values.begin(), values.end(), labels[key]) != values.end();
    bool good = op == "In" ? listed : op == "NotIn" ? !listed : op == "Exists" ? has(key) : op == "DoesNotExist" ? !has(key) : false;
    if (!good) return false;
  }
  return true;
}

std::optional<double> quantity(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.get_ref<const std::string&>();
  if (!k8s::isQuantity(text)) return std::nullopt;
  char* end = nullptr;
  double number = std::strtod(text.c_str(), &end); // takes an exponent with it
  std::string_view unit(end);
  // "1E" is a number with the unit exa; strtod stops before it, because no digit follows.
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"", 1},     {"n", 1e-9},  {"u", 1e-6},        {"m", 1e-3},         {"k", 1e3},          {"M", 1e6},           {"G", 1e9},          {"T", 1e12},
      {"P", 1e15}, {"E", 1e18}, {"Ki", 0x1p10}, {"Mi", 0x1p20}, {"Gi", 0x1p30}, {"Ti", 0x1p40}, {"Pi", 0x1p50}, {"Ei", 0x1p60}};
  for (auto& [name, factor] : kUnits)
    if (unit == name) return number * factor;
  return std::nullopt;
}

namespace {

/// Kinds whose names may be any path segment.
bool freeName(const k8s::Resource& resource) { return resource.group == "rbac.authorization.k8s.io"; }

void checkMetadata(Problems& problems, const k8s::Resource& resource, const Json& object) {
  const Json& metadata = at(object, {"metadata"});
  const std::string& name = textAt(metadata, {"name"});
  if (name.empty()) {
    if (textAt(metadata, {"generateName"}).empty()) problems.required("metadata.name", "name or generateName is required");
  } else if (freeName(resource)) {
    if (name == "." || name == "..") problems.invalid("metadata.name", name, fmt::format("may not be '{}'", name));
    for (char c : {'/', '%'})
      if (name.find(c) != name.npos) problems.invalid("metadata.name", name, fmt::format("may not contain '{}'", c));
  } else {
    bool label = resource.group.empty() && (resource.kind == "Namespace" || resource.kind == "Service");
    std::string problem = label ? notDnsLabel(name) : notDnsSubdomain(name);
    if (!problem.empty()) problems.invalid("metadata.name", name, problem);
  }
  checkLabels(problems, at(metadata, {"labels"}), "metadata.labels");
  const Json& annotations = at(metadata, {"annotations"});
  size_t size = 0;
  if (annotations.is_object())
    for (auto& [key, value] : annotations.items()) {
      // Annotations take capitals in their prefix, too.
      for (const std::string& problem : notQualifiedName(llvm::StringRef(key).lower())) problems.invalid("metadata.annotations", key, problem);
      size += key.size() + (value.is_string() ? value.get_ref<const std::string&>().size() : 0);
    }
  if (size > 256 * 1024) problems.add("metadata.annotations: Too long: may not be more than 262144 bytes");
}

class TypeCheck {
public:
  explicit TypeCheck(Problems& problems) : problems_(problems) {}

  void check(const Type& type, const Json& v) {
    size_t length = path_.size();
    if (type.kind == TypeKind::List && v.is_array() && type.element) {
      if (type.element->kind == TypeKind::String && type.element->enumValues.empty()) return;
      size_t i = 0;
      for (const Json& element : v) {
        path_ += '[' + std::to_string(i++) + ']';
        check(*type.element, element);
        path_.resize(length);
      }
    } else if (type.kind == TypeKind::Map && v.is_object() && type.element) {
      if (type.element->kind != TypeKind::Object && type.element->kind != TypeKind::List) return;
      for (auto it = v.begin(); it != v.end(); ++it) {
        path_ += '[' + it.key() + ']';
        check(*type.element, *it);
        path_.resize(length);
      }
    } else if (type.kind == TypeKind::String && v.is_string() && !type.enumValues.empty()) {
      const std::string& text = v.get_ref<const std::string&>();
      if (std::find(type.enumValues.begin(), type.enumValues.end(), text) == type.enumValues.end() && !text.empty()) problems_.unsupported(path_, v, type.enumValues);
    } else if (type.kind == TypeKind::Object && v.is_object()) object(type, v);
  }

private:
  Problems& problems_;
  std::string path_; ///< of the value at hand

  /// Lists that may be empty although the schema calls them required: it means that Go always writes them.
  static bool mayBeMissing(const k8s::Field& field) { return field.type && (field.type->kind == TypeKind::List || field.type->kind == TypeKind::Map) && field.name != "containers"; }

  void object(const Type& type, const Json& v) {
    size_t length = path_.size();
    for (const k8s::Field& field : type.fields) {
      if (length == 0 && (field.name == "status" || field.name == "metadata")) continue; // the server's, and checked by itself
      bool nested = field.type->kind == TypeKind::Object || field.type->kind == TypeKind::List || field.type->kind == TypeKind::Map;
      if (!field.required && !nested && field.type->enumValues.empty()) continue;
      auto given = v.find(field.name);
      bool missing = given == v.end() || given->is_null();
      if (missing && (!field.required || mayBeMissing(field))) continue;
      if (length) path_ += '.';
      path_ += field.name;
      bool blank = !missing && field.required && given->is_string() && given->get_ref<const std::string&>().empty() && (field.name == "name" || field.name == "kind");
      if (missing || blank) problems_.required(path_);
      else check(*field.type, *given);
      path_.resize(length);
    }
  }
};

} // namespace

void checkType(Problems& problems, const Type& type, const Json& object) { TypeCheck(problems).check(type, object); }

std::vector<std::string> validationProblems(const k8s::Resource& resource, const Type* type, const Json& live, const Json& next) {
  Problems problems;
  if (tooDeep(next, kMaxStoredDepth)) return {fmt::format("exceeded max depth of {}", kMaxDepth)};
  checkMetadata(problems, resource, next);
  if (type) checkType(problems, *type, next);
  checkKind(problems, resource, next);
  if (live.is_object()) checkChange(problems, resource, live, next);
  return std::move(problems.all);
}

} // namespace chasi::local
