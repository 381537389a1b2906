// Conversions into the type of a place, and the checks that types carry.
#include "compiler/eval/evaluator.h"

#include "compiler/sema/quantity.h"

#include <cmath>

namespace chasi::eval {

using namespace sema;
using source::Code;

namespace {

bool isAlnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// [registry/]path[:tag][@digest], as the OCI distribution spec restricts names and tags. Empty when right, else why not.
std::string badImage(llvm::StringRef text) {
  const auto [name, digest] = text.split('@');
  if (text.contains('@')) {
    const auto [algorithm, hex] = digest.split(':');
    if (algorithm.empty() || hex.size() < 32 || hex.find_first_not_of("0123456789abcdef") != llvm::StringRef::npos) return "its digest is not like sha256:…";
  }
  const size_t slash = name.rfind('/');
  const size_t colon = name.find(':', slash == llvm::StringRef::npos ? 0 : slash);
  if (colon != llvm::StringRef::npos) {
    const llvm::StringRef tag = name.substr(colon + 1);
    if (tag.empty() || tag.size() > 128) return "its tag is empty or too long";
    for (const char c : tag)
      if (!isAlnum(c) && c != '_' && c != '.' && c != '-') return "its tag holds a character that tags do not have";
  }
  llvm::StringRef path = name.substr(0, colon);
  if (path.empty()) return "it has no name";
  bool first = true;
  while (!path.empty()) {
    const auto [part, rest] = path.split('/');
    const bool host = first && !rest.empty() && (part.contains('.') || part.contains(':') || part == "localhost");
    if (part.empty()) return "a part of its name is empty";
    for (const char c : part)
      if (!(isAlnum(c) || c == '.' || c == '-' || c == '_' || (host && c == ':'))) return "its name holds a character that names do not have";
    if (!host)
      for (const char c : part)
        if (c >= 'A' && c <= 'Z') return "its name has capital letters; only hosts and tags may";
    if (path.size() == part.size() + 1) return "it ends in a slash";
    path = rest;
    first = false;
  }
  return "";
}

std::string badVersion(llvm::StringRef text) {
  llvm::StringRef rest = text.ltrim("v").split('+').first.split('-').first;
  int parts = 0;
  while (!rest.empty()) {
    const auto [part, more] = rest.split('.');
    if (part.empty() || part.find_first_not_of("0123456789") != llvm::StringRef::npos) return "a version is like 1.33 or 1.33.1";
    rest = more;
    ++parts;
  }
  return parts >= 1 && parts <= 3 ? "" : "a version is like 1.33 or 1.33.1";
}

std::string badPath(llvm::StringRef text) {
  if (text.empty()) return "it is empty";
  if (text.contains('\0')) return "it holds a zero byte";
  return "";
}

} // namespace

std::string badText(Tag tag, llvm::StringRef text) {
  return tag == Tag::ImageRef ? badImage(text) : tag == Tag::Version ? badVersion(text) : tag == Tag::Path ? badPath(text) : "";
}

Value Evaluator::coerceText(Value v, Tag tag, Span span, llvm::StringRef what) {
  const std::string why = badText(tag, v.str());
  const char* name = tag == Tag::ImageRef ? "an image reference" : tag == Tag::Version ? "a version" : "a path";
  if (!why.empty()) {
    report(Code::BadText, span, fmt::format("{} takes {}, and \"{}\" is none", what.str(), name, v.str().str())).note(why);
    return Value::error();
  }
  v.tag = tag;
  return v;
}

/// Whether a value is what its refinement asks for; if not, why. An empty reason: that went wrong and was reported.
bool Evaluator::holds(const Type* type, const Value& v, std::string& why) {
  auto* f = new (p.arena) Env{nullptr, nullptr, nullptr, p.arena.Allocate<Value>(1)};
  f->locals[0] = v;
  const Value holds = eval(type->refinement->condition, f);
  if (holds.isError() || holds.boolean) return !holds.isError();
  const Value message = type->refinement->message ? eval(type->refinement->message, f) : Value::absent();
  if (!message.isError()) why = message.isAbsent() ? fmt::format("it must hold that {}", type->refinement->text.str()) : message.str().str();
  return false;
}

/// A record whose fields are given by values, as if a block had set them.
Value Evaluator::recordOf(const Schema& schema, llvm::ArrayRef<MemberIr> members, Span span) {
  Record* r = make(schema, {}, nullptr, span);
  apply(*r, *new (p.arena) BlockIr{.schema = &schema, .members = members, .span = span}, nullptr);
  return Value::of(r);
}

Value Evaluator::refine(Value v, const Type* type, Span span, llvm::StringRef what) {
  std::string why;
  if (holds(type, v, why)) return v;
  if (!why.empty())
    report(Code::RefinementFailed, span, fmt::format("{} cannot be {}", what.empty() ? "this" : what.str(), describe(v)))
        .at(type->refinement->span, fmt::format("`{}` asks for this", typeName(type)))
        .note(why);
  return Value::error();
}

Value Evaluator::coerce(Value v, const Type* to, Span span, llvm::StringRef what) {
  if (v.isError() || v.isAbsent()) return v;
  switch (to->kind) {
  case TypeKind::Optional: return coerce(v, to->inner, span, what);
  case TypeKind::Later: return v.tag == Tag::Later ? v : coerce(v, to->inner, span, what);
  case TypeKind::Refined: {
    v = coerce(v, to->inner, span, what);
    return v.isError() ? v : refine(v, to, span, what);
  }
  case TypeKind::Float: return v.tag == Tag::Int ? Value::of(static_cast<double>(v.integer)) : v;
  case TypeKind::Cpu:
    if (v.tag == Tag::Int) {
      if (v.integer > INT64_MAX / 1'000'000'000 || v.integer < 0) {
        report(Code::Overflow, span, fmt::format("{} processors are out of range", v.integer));
        return Value::error();
      }
      return makeQuantity(Tag::Cpu, v.integer * 1'000'000'000, p.arena);
    }
    if (v.tag == Tag::Float) {
      if (!(v.number >= 0 && v.number < 9e9)) {
        report(Code::Overflow, span, fmt::format("{} processors are out of range", v.number));
        return Value::error();
      }
      return makeQuantity(Tag::Cpu, std::llround(v.number * 1e3) * 1'000'000, p.arena);
    }
    return v;
  case TypeKind::String:
    if (v.isText()) v.tag = Tag::String;
    return v;
  case TypeKind::Version: return v.tag == Tag::String ? coerceText(v, Tag::Version, span, what) : v;
  case TypeKind::ImageRef: return v.tag == Tag::String ? coerceText(v, Tag::ImageRef, span, what) : v;
  case TypeKind::Path: return v.tag == Tag::String ? coerceText(v, Tag::Path, span, what) : v;
  case TypeKind::List: {
    std::vector<Value> items;
    if (!spend(v.list->items.size(), span)) return Value::error();
    for (size_t i = 0; i < v.list->items.size(); ++i) {
      const bool plain = what.starts_with("`") && what.ends_with("`");
      items.push_back(coerce(v.list->items[i], to->inner, i < v.list->spans.size() && v.list->spans[i].valid() ? v.list->spans[i] : span,
                             plain ? fmt::format("{}[{}]`", what.drop_back().str(), i) : what.str()));
    }
    return Value::of(new (p.arena) ListValue{p.keep(items), v.list->spans});
  }
  case TypeKind::Map: {
    llvm::SmallVector<Value, 16> values;
    if (!spend(v.map->size(), span)) return Value::error();
    for (const MapEntry& e : v.map->entries()) values.push_back(coerce(e.value, to->inner, e.span.valid() ? e.span : span, fmt::format("`{}`", e.key.str())));
    return mapLike(*v.map, values);
  }
  case TypeKind::Union:
    for (const Type* a : to->alternatives)
      if (is(v, a)) return coerce(v, a, span, what);
    for (const Type* a : to->alternatives) {
      const TypeKind k = strip(a)->kind;
      const bool number = v.tag == Tag::Int && (k == TypeKind::Float || k == TypeKind::Cpu);
      const bool text = v.isText() && (k == TypeKind::String || k == TypeKind::Version || k == TypeKind::ImageRef || k == TypeKind::Path);
      if (number || text) return coerce(v, a, span, what);
    }
    return v;
  default: return v;
  }
}

} // namespace chasi::eval
