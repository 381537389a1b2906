// The check of kube_check.h over any tree: a Node is a small handle of a value in it.
//
//   bool isNull() isObject() isArray() isString() isInteger() isNumber() isBool()   (isNumber of whole numbers too)
//   bool fitsInt32()                     of an integer
//   std::string_view text()              of a string
//   bool isAmount()                      a string that is known to be a quantity
//   size_t count()                       of an array
//   std::string shown()                  JSON, for messages and for telling elements of a list apart
//   void members(each)                   each(std::string_view key, Node), in document order
//   void items(each)                     each(Node)
//   std::optional<Node> member(key)
//
// A Node may have, too:
//   llvm::ArrayRef<const Type*> memberTypes(type)   of an object: the types of its members in order, when all are fields of the
//                                        type and no required one is missing; empty when that is not known
#pragma once

#include "runtime/plan/kube_check.h"

#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>

#include <optional>
#include <set>

namespace chasi::k8s {

template <class Node> class Checker {
public:
  Checker(const CheckOptions& options, std::vector<Problem>& out) : options_(options), out_(out) {}

  void check(const Node& v, const Type& t) { check(v, t, nullptr); }

private:
  static constexpr size_t kMaxProblems = 50;

  /// The way to a value. It becomes a text only where there is something to say.
  struct Way {
    const Way* up;
    std::string_view key;
    size_t index;
  };

  const CheckOptions& options_;
  std::vector<Problem>& out_;

  static std::string pointer(const Way* way) {
    if (!way) return "";
    std::string out = pointer(way->up) + "/";
    if (way->key.data() == nullptr) return out + std::to_string(way->index);
    for (const char c : way->key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return out;
  }

  void check(const Node& v, const Type& t, const Way* at) {
    if (out_.size() >= kMaxProblems || (options_.ignoreNull && v.isNull())) return;
    switch (t.kind) {
    case TypeKind::Any: return;
    case TypeKind::FreeObject: return expect(v.isObject(), v, "a block of fields", at);
    case TypeKind::String: return text(v, t, at);
    case TypeKind::Integer: return integer(v, t, at);
    case TypeKind::Number: return expect(v.isNumber(), v, "a number", at);
    case TypeKind::Bool: return expect(v.isBool(), v, "true or false", at);
    case TypeKind::IntOrString: return expect(v.isInteger() || v.isString(), v, "a whole number or a text", at);
    case TypeKind::Quantity: return expect(v.isNumber() || v.isAmount() || (v.isString() && isQuantity(v.text())), v, "a quantity like 500m or 2Gi", at);
    case TypeKind::Object: return object(v, t, at);
    case TypeKind::Map:
      if (!v.isObject()) return expect(false, v, "a map", at);
      v.members([&](std::string_view key, const Node& item) {
        const Way here{at, key, 0};
        check(item, *t.element, &here);
      });
      return;
    case TypeKind::List: return list(v, t, at);
    }
  }

  void problem(const Way* at, std::string message, std::string suggestion = {}) {
    if (out_.size() < kMaxProblems) out_.push_back({pointer(at), std::move(message), std::move(suggestion)});
  }

  static std::string shown(const Node& v) {
    if (v.isObject()) return "a block";
    if (v.isArray()) return "a list";
    const std::string dumped = v.shown();
    return dumped.size() > 60 ? fmt::format("{}…", dumped.substr(0, 57)) : dumped;
  }

  void expect(bool good, const Node& v, const char* what, const Way* at) {
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

  void integer(const Node& v, const Type& t, const Way* at) {
    expect(v.isInteger(), v, "a whole number", at);
    if (v.isInteger() && t.format == Format::Int32) expect(v.fitsInt32(), v, "a whole number of 32 bits", at);
  }

  void text(const Node& v, const Type& t, const Way* at) {
    if (t.format == Format::Time) return expect(v.isString(), v, "a time like 2026-01-31T10:00:00Z", at);
    if (t.format == Format::Byte) return expect(v.isString() && isBase64(v.text()), v, "a text in base64", at);
    if (!v.isString()) return expect(false, v, "a text", at);
    const std::string_view s = v.text();
    if (t.enumValues.empty() || llvm::is_contained(t.enumValues, s)) return;
    problem(at, fmt::format("takes {}, not \"{}\"", fmt::join(t.enumValues, ", "), s), near(s, t.enumValues));
  }

  void object(const Node& v, const Type& t, const Way* at) {
    if (!v.isObject()) return expect(false, v, "a block of fields", at);
    if constexpr (requires { v.memberTypes(t); }) {
      if (const llvm::ArrayRef<const Type*> types = v.memberTypes(t); !types.empty()) {
        const Type* const* type = types.begin();
        return v.members([&](std::string_view key, const Node& item) {
          const Way here{at, key, 0};
          check(item, **type++, &here);
        });
      }
    }
    v.members([&](std::string_view key, const Node& item) {
      const Way here{at, key, 0};
      if (const Field* f = t.field(key)) check(item, *f->type, &here);
      else if (options_.unknown && !t.preserveUnknown) unknown(key, t, &here);
    });
    if (!options_.required) return;
    for (const Field& f : t.fields)
      if (f.required && !v.member(f.name)) problem(at, fmt::format("`{}` is missing", f.name));
  }

  void unknown(std::string_view key, const Type& t, const Way* at) {
    std::vector<std::string_view> names;
    for (const Field& f : t.fields) names.push_back(f.name);
    problem(at, fmt::format("there is no field `{}` in {}", key, t.name.substr(t.name.rfind('.') + 1)), near(key, names));
  }

  /// What tells an element of a list apart from the others; nothing when it cannot be told.
  static std::optional<std::string> identity(const Node& item, const Type& t) {
    if (t.listType == ListType::Set) return item.shown();
    if (t.listType != ListType::Map || !item.isObject()) return std::nullopt;
    std::string key;
    for (const std::string_view k : t.mapKeys) {
      const auto found = item.member(k);
      const Field* f = t.element->field(k);
      key += found ? found->shown() : f ? std::string(f->defaultJson) : "";
      key += '|';
    }
    return key;
  }

  void list(const Node& v, const Type& t, const Way* at) {
    if (!v.isArray()) return expect(false, v, "a list", at);
    std::set<std::string> seen;
    const bool alone = v.count() < 2;
    size_t i = 0;
    v.items([&](const Node& item) {
      const Way here{at, {}, i++};
      check(item, *t.element, &here);
      if (t.listType == ListType::Atomic || alone) return;
      const std::optional<std::string> key = identity(item, t);
      if (key && !seen.insert(*key).second)
        problem(&here, t.listType == ListType::Set ? "stands in the list twice" : fmt::format("has the same {} as another element", fmt::join(t.mapKeys, " and ")));
    });
  }
};

} // namespace chasi::k8s
