// What the API server would say about an object before it looks at anything else.
#include "runtime/plan/kube_schema.h"

#include <fmt/format.h>
#include <llvm/ADT/StringExtras.h>

#include <set>

namespace chasi::plan {

namespace {

constexpr size_t kMaxProblems = 50;

std::string step(llvm::StringRef key) {
  std::string out = "/";
  for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

class Checker {
public:
  Checker(const KubeCheck& options, std::vector<KubeProblem>& out) : options_(options), out_(out) {}

  void check(const nlohmann::json& v, const KubeType& t, const std::string& at) {
    if (out_.size() >= kMaxProblems || (v.is_null() && options_.ignoreNull)) return;
    switch (t.kind) {
    case KubeKind::Any: return;
    case KubeKind::String: return text(v, t, at);
    case KubeKind::Int: return expect(v.is_number_integer(), v, "a whole number", at);
    case KubeKind::Number: return expect(v.is_number(), v, "a number", at);
    case KubeKind::Bool: return expect(v.is_boolean(), v, "true or false", at);
    case KubeKind::IntOrString: return expect(v.is_number_integer() || v.is_string(), v, "a whole number or a text", at);
    case KubeKind::Quantity:
      return expect(v.is_number() || (v.is_string() && isKubeQuantity(v.get_ref<const std::string&>())), v, "a quantity like 500m or 2Gi", at);
    case KubeKind::Time: return expect(v.is_string(), v, "a time like 2026-01-31T10:00:00Z", at);
    case KubeKind::Bytes: return expect(v.is_string() && isBase64(v.get_ref<const std::string&>()), v, "a text in base64", at);
    case KubeKind::Object: return object(v, t, at);
    case KubeKind::Map:
      if (!v.is_object()) return expect(false, v, "a map", at);
      for (const auto& [key, item] : v.items()) check(item, *t.element, at + step(key));
      return;
    case KubeKind::List: return list(v, t, at);
    }
  }

private:
  const KubeCheck& options_;
  std::vector<KubeProblem>& out_;

  void problem(const std::string& at, std::string message, std::string suggestion = {}) {
    if (out_.size() < kMaxProblems) out_.push_back({at, std::move(message), std::move(suggestion)});
  }

  static std::string shown(const nlohmann::json& v) {
    if (v.is_object()) return "a block";
    if (v.is_array()) return "a list";
    std::string text = v.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return text.size() > 60 ? text.substr(0, 57) + "…" : text;
  }

  void expect(bool good, const nlohmann::json& v, const char* what, const std::string& at) {
    if (!good) problem(at, fmt::format("takes {}, not {}", what, shown(v)));
  }

  static bool isBase64(llvm::StringRef s) {
    if (s.size() % 4) return false;
    const llvm::StringRef body = s.rtrim('=');
    return s.size() - body.size() <= 2 && llvm::all_of(body, [](char c) { return llvm::isAlnum(c) || c == '+' || c == '/'; });
  }

  static std::string near(llvm::StringRef word, const std::vector<llvm::StringRef>& candidates) {
    std::string best;
    unsigned least = static_cast<unsigned>(std::max<size_t>(1, word.size() / 3)) + 1;
    for (const llvm::StringRef c : candidates)
      if (const unsigned d = word.edit_distance_insensitive(c, true, least); d < least) {
        least = d;
        best = c.str();
      }
    return best;
  }

  void text(const nlohmann::json& v, const KubeType& t, const std::string& at) {
    if (!v.is_string()) return expect(false, v, "a text", at);
    const auto& s = v.get_ref<const std::string&>();
    if (t.values.empty() || std::find(t.values.begin(), t.values.end(), llvm::StringRef(s)) != t.values.end()) return;
    problem(at, fmt::format("takes {}, not \"{}\"", fmt::join(std::vector<std::string>(t.values.begin(), t.values.end()), ", "), s), near(s, t.values));
  }

  void object(const nlohmann::json& v, const KubeType& t, const std::string& at) {
    if (!v.is_object()) return expect(false, v, "a block of fields", at);
    for (const auto& [key, item] : v.items()) {
      if (const KubeField* f = t.find(key)) {
        check(item, *f->type, at + step(key));
        continue;
      }
      std::vector<llvm::StringRef> names;
      for (const KubeField& f : t.fields) names.push_back(f.name);
      problem(at + step(key), fmt::format("there is no field `{}` in {}", key, t.name.rsplit('.').second.str()), near(key, names));
    }
    if (!options_.required) return;
    for (const KubeField& f : t.fields)
      if (f.required && !v.contains(std::string_view(f.name.data(), f.name.size()))) problem(at, fmt::format("`{}` is missing", f.name.str()));
  }

  void list(const nlohmann::json& v, const KubeType& t, const std::string& at) {
    if (!v.is_array()) return expect(false, v, "a list", at);
    std::set<std::string> seen;
    size_t i = 0;
    for (const nlohmann::json& item : v) {
      const std::string here = at + "/" + std::to_string(i++);
      check(item, *t.element, here);
      std::string key;
      if (t.listType == ListType::Set) {
        key = item.dump();
      } else if (t.listType == ListType::Map && item.is_object()) {
        for (const llvm::StringRef k : t.keys) {
          const auto it = item.find(k.str());
          const KubeField* f = t.element->kind == KubeKind::Object ? t.element->find(k) : nullptr;
          key += it != item.end() ? it->dump() : f ? f->fallback.str() : "";
          key += '|';
        }
      } else {
        continue;
      }
      if (!seen.insert(key).second)
        problem(here, t.listType == ListType::Set ? "stands in the list twice" : fmt::format("has the same {} as another element", fmt::join(std::vector<std::string>(t.keys.begin(), t.keys.end()), " and ")));
    }
  }
};

} // namespace

std::vector<KubeProblem> check(const nlohmann::json& object, const KubeType& type, const KubeCheck& options) {
  std::vector<KubeProblem> out;
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

bool isKubeQuantity(llvm::StringRef text) {
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

} // namespace chasi::plan
