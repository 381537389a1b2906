#include "compiler/eval/convert.h"

#include "compiler/sema/quantity.h"

namespace chasi::eval {

using namespace sema;

namespace {

const char* what(const Value& v) {
  switch (v.tag) {
  case Tag::Absent: return "nothing";
  case Tag::Bool: return "true or false";
  case Tag::Int: return "a whole number";
  case Tag::Float: return "a number";
  case Tag::List: return "a list";
  case Tag::Map: return "a map";
  case Tag::Record: return "a record";
  case Tag::Secret: return "a secret";
  case Tag::Later: return "known only while applying";
  default: return v.isText() ? "a text" : "a quantity";
  }
}

/// "8080", "\"no\"", "a list of 3".
std::string shown(const Value& v) {
  if (v.tag == Tag::List) return fmt::format("a list of {}", v.list->items.size());
  if (v.tag == Tag::Map) return fmt::format("a map of {}", v.map->size());
  if (v.isText() && v.size > 60) return fmt::format("\"{}…\"", v.str().take_front(60).str());
  return v.isAbsent() || v.tag >= Tag::Secret ? what(v) : describe(v);
}

/// How far an attempt came: deeper misfits and fewer of them mean that the alternative was the one that was meant.
std::pair<size_t, size_t> farness(const Conversion& c, size_t base) {
  size_t deepest = SIZE_MAX;
  for (const Misfit& m : c.misfits) deepest = std::min(deepest, m.path.size() - std::min(base, m.path.size()));
  return {deepest, SIZE_MAX - c.misfits.size()};
}

} // namespace

Value Conversion::misfit(Span at, std::string why, std::string help) {
  misfits.push_back({at, path_, std::move(why), std::move(help)});
  return Value::error();
}

Value Conversion::wrong(const Type* type, const Value& v, Span at) {
  std::string help;
  const TypeKind kind = strip(type)->kind;
  if (kind == TypeKind::Bool && v.isText())
    for (const char* word : {"yes", "no", "on", "off", "y", "n"})
      if (v.str().equals_insensitive(word)) help = "write `true` or `false`";
  if (kind == TypeKind::String && !v.isText() && v.tag < Tag::Secret) help = "put it in quotes";
  if (v.tag == Tag::Int && kind >= TypeKind::Cpu && kind <= TypeKind::Duration) help = unitHint(tagOf(kind), v.integer);
  return misfit(at, fmt::format("takes `{}`, and this is {}", typeName(type), shown(v)), help);
}

template <class Body> Value Conversion::inside(llvm::StringRef step, Body body) {
  const size_t before = path_.size();
  if (!step.starts_with("[") && !path_.empty()) path_ += '.';
  path_ += step;
  const Value v = body();
  path_.resize(before);
  return v;
}

Value Conversion::quantity(const Type* type, const Value& v, Span at) {
  const Tag tag = tagOf(type->kind);
  if (v.tag == tag) return v;
  const llvm::StringRef spelled = v.isText() ? v.str() : evaluator_.spelling(v);
  if (v.isText()) {
    std::string why;
    const auto q = readQuantity(p.keep(spelled), p.arena, why);
    if (q && q->tag == tag) return *q;
    if (!q && !why.empty()) return misfit(at, fmt::format("takes `{}`: `{}` {}", typeName(type), spelled.str(), why));
    return wrong(type, v, at);
  }
  // Kubernetes' own files write whole and half processors, and bytes, as numbers.
  if (type->kind == TypeKind::Cpu && (v.tag == Tag::Int || v.tag == Tag::Float)) {
    const double cores = v.tag == Tag::Int ? static_cast<double>(v.integer) : v.number;
    if (cores >= 0 && cores < 9e9) return makeQuantity(Tag::Cpu, static_cast<int64_t>(cores * 1e3 + 0.5) * 1'000'000, p.arena);
  }
  if (writer_ == Writer::Others && type->kind == TypeKind::Bytes && v.tag == Tag::Int && v.integer >= 0) return makeQuantity(Tag::Bytes, v.integer, p.arena);
  return wrong(type, v, at);
}

Value Conversion::simple(const Type* type, Value v, Span at) {
  switch (type->kind) {
  case TypeKind::Bool: return v.tag == Tag::Bool ? v : wrong(type, v, at);
  case TypeKind::Int: return v.tag == Tag::Int ? v : wrong(type, v, at);
  case TypeKind::Float: return v.tag == Tag::Int ? Value::of(static_cast<double>(v.integer)) : v.tag == Tag::Float ? v : wrong(type, v, at);
  case TypeKind::Cpu:
  case TypeKind::Bytes:
  case TypeKind::Percent:
  case TypeKind::Duration: return quantity(type, v, at);
  case TypeKind::Literal:
    if (v.isText() && type->literal.isText() ? v.str() == type->literal.str() : valuesEqual(v, type->literal)) return type->literal;
    if (type->literal.isText() && evaluator_.spelling(v) == type->literal.str()) return type->literal;
    return wrong(type, v, at);
  case TypeKind::Secret: // no excerpt of a place where somebody wrote one
    return v.tag == Tag::Secret ? v : misfit({}, "is a secret, which is named and never written down", "leave it out, and set it in the specification: `secret(\"env/NAME\")`");
  default: break;
  }
  llvm::StringRef text = v.isText() ? v.str() : evaluator_.spelling(v); // `version: 1.10` means what is written, not 1.1
  if (!v.isText() && text.empty()) return wrong(type, v, at);
  const Tag tag = type->kind == TypeKind::Version ? Tag::Version : type->kind == TypeKind::ImageRef ? Tag::ImageRef : type->kind == TypeKind::Path ? Tag::Path : Tag::String;
  const std::string why = badText(tag, text);
  return why.empty() ? Value::text(tag, text) : misfit(at, fmt::format("takes `{}`, and \"{}\" is none: {}", typeName(type), text.str(), why));
}

Value Conversion::refined(const Type* type, Value v, Span at) {
  v = to(type->inner, v, at);
  if (v.isError()) return v;
  std::string why;
  if (evaluator_.holds(type, v, why)) return v;
  return why.empty() ? Value::error() : misfit(at, fmt::format("cannot be {}: {}", shown(v), why));
}

Value Conversion::list(const Type* type, const Value& v, Span at) {
  if (v.tag != Tag::List) return wrong(type, v, at);
  std::vector<Value> items;
  bool good = true;
  for (size_t i = 0; i < v.list->items.size(); ++i) {
    const Span here = i < v.list->spans.size() && v.list->spans[i].valid() ? v.list->spans[i] : at;
    items.push_back(inside(fmt::format("[{}]", i), [&] { return to(type->inner, v.list->items[i], here); }));
    good = good && !items.back().isError();
  }
  return good ? Value::of(new (p.arena) ListValue{p.keep(items), v.list->spans}) : Value::error();
}

Value Conversion::map(const Type* type, const Value& v, Span at) {
  if (v.tag != Tag::Map) return wrong(type, v, at);
  llvm::SmallVector<Value, 16> values;
  bool good = true;
  for (const MapEntry& e : v.map->entries()) {
    values.push_back(inside(e.key, [&] { return to(type->inner, e.value, e.span.valid() ? e.span : at); }));
    good = good && !values.back().isError();
  }
  return good ? evaluator_.mapLike(*v.map, values) : Value::error();
}

/// The fields become definitions of a block, as if somebody had written `Schema { … }`.
Value Conversion::record(const Schema& schema, const Value& v, Span at) {
  if (v.tag == Tag::Record && extends(v.record->schema, &schema)) return v;
  if (schema.isKind || schema.outer) return misfit(at, fmt::format("names a {}, and data cannot name one", schema.name.str()));
  if (v.tag != Tag::Map) return misfit(at, fmt::format("takes `{}`, and this is {}", schema.fullName(), shown(v)));
  std::vector<MemberIr> members;
  std::vector<std::string> names;
  for (const Field& f : schema.fields)
    if (!f.hidden && !f.nested) names.push_back(f.name.str());
  std::set<std::string> misspelt; ///< fields that an unknown name was most likely meant to be: not missing as well
  bool good = true;
  for (const MapEntry& e : v.map->entries()) {
    const Span here = e.span.valid() ? e.span : at;
    const int i = schema.find(e.key);
    const bool known = i >= 0 && !schema.fields[static_cast<size_t>(i)].hidden && !schema.fields[static_cast<size_t>(i)].nested;
    const Value value = inside(e.key, [&] {
      if (known) return to(schema.fields[static_cast<size_t>(i)].type, e.value, here);
      const std::string near = source::nearest(e.key, names);
      if (!near.empty()) misspelt.insert(near);
      return misfit(evaluator_.keyOf(e), fmt::format("is no field of `{}`", schema.fullName()), near.empty() ? "" : fmt::format("did you mean `{}`?", near));
    });
    good = good && !value.isError();
    if (value.isError() || value.isAbsent()) continue;
    auto* constant = new (p.arena) Expr{.op = Op::Const, .span = here, .type = schema.fields[static_cast<size_t>(i)].type, .value = value};
    members.push_back({.kind = MemberIr::Set, .slot = static_cast<uint32_t>(i), .value = constant, .span = here});
  }
  for (const Field& f : schema.fields) {
    const bool needed = !f.optional && !f.hidden && !f.nested && !f.value && f.type && f.type->kind != TypeKind::Error;
    if (!needed || v.map->find(f.name) || misspelt.contains(f.name.str())) continue;
    misfit(at, fmt::format("needs `{}` ({})", f.name.str(), typeName(f.type)));
    good = false;
  }
  if (!good) return Value::error();
  return evaluator_.recordOf(schema, p.keep(members), at);
}

Value Conversion::choice(const Type* type, const Value& v, Span at) {
  // The scalar that is written as one before a text that could be anything.
  std::vector<const Type*> order = type->alternatives.vec();
  const bool scalar = v.tag == Tag::Bool || v.tag == Tag::Int || v.tag == Tag::Float;
  if (scalar) std::stable_partition(order.begin(), order.end(), [&](const Type* a) { return evaluator_.is(v, a); });
  std::unique_ptr<Conversion> best;
  for (const Type* a : order) {
    auto attempt = std::make_unique<Conversion>(evaluator_, p, writer_);
    attempt->path_ = path_;
    const Value made = attempt->to(a, v, at);
    if (!made.isError()) return made;
    if (!best || farness(*attempt, path_.size()) > farness(*best, path_.size())) best = std::move(attempt);
  }
  const bool structured = v.tag == Tag::Map || v.tag == Tag::List;
  const bool hopeless = !best || llvm::all_of(best->misfits, [&](const Misfit& m) { return m.path == path_ && !structured; });
  if (hopeless) return wrong(type, v, at);
  for (Misfit& m : best->misfits) misfits.push_back(std::move(m));
  return Value::error();
}

Value Conversion::to(const Type* type, Value v, Span at) {
  if (v.isError()) return v;
  if (!evaluator_.spend(1, at)) return Value::error();
  switch (type->kind) {
  case TypeKind::Any:
  case TypeKind::Error: return v;
  case TypeKind::Optional: return v.isAbsent() ? v : to(type->inner, v, at);
  case TypeKind::Later: return v.tag == Tag::Later ? v : to(type->inner, v, at);
  case TypeKind::Refined: return refined(type, v, at);
  case TypeKind::Union: return choice(type, v, at);
  case TypeKind::List: return list(type, v, at);
  case TypeKind::Map: return map(type, v, at);
  case TypeKind::Record: return record(*type->schema, v, at);
  default: return v.isAbsent() ? misfit(at, fmt::format("takes `{}`, and there is nothing", typeName(type))) : simple(type, v, at);
  }
}

/// `x as T`.
Value Evaluator::as(const Expr* e, const Env* env) {
  const Value v = eval(e->x, env);
  if (v.isError()) return v;
  if (v.isAbsent() && isOptional(e->type)) return v;
  if (v.tag == Tag::Later && isLater(e->type)) return asLater(e, v);
  Conversion conversion(*this, p);
  const Value made = conversion.to(e->type, v, e->span);
  for (const Misfit& m : conversion.misfits) {
    const std::string subject = m.path.empty() ? "this" : fmt::format("`{}`", m.path);
    source::Diagnostic& d = report(source::Code::BadData, m.span.valid() ? m.span : e->span, fmt::format("{} {}", subject, m.why));
    if (m.span.valid() && m.span != e->span) d.at(e->span, fmt::format("read as `{}` here", typeName(e->type)));
    if (!m.help.empty()) d.hint(m.help);
  }
  return made;
}

} // namespace chasi::eval
