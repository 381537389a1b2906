#include "compiler/eval/evaluator.h"

#include "compiler/sema/quantity.h"

#include <llvm/ADT/SmallPtrSet.h>

#include <cmath>

namespace chasi::eval {

using namespace sema;
using source::Code;

/// By semver.org, 11: numbers as numbers, a version before its own release, identifiers one by one; build metadata does
/// not count. Parts that are not written are 0.
static int compareVersions(llvm::StringRef a, llvm::StringRef b) {
  const auto numeric = [](llvm::StringRef s) { return !s.empty() && s.find_first_not_of("0123456789") == llvm::StringRef::npos; };
  const auto number = [](llvm::StringRef x, llvm::StringRef y) { // of any length
    x = x.ltrim('0');
    y = y.ltrim('0');
    return x.size() != y.size() ? (x.size() < y.size() ? -1 : 1) : x.compare(y);
  };
  auto [mainA, preA] = a.ltrim("v").split('+').first.split('-');
  auto [mainB, preB] = b.ltrim("v").split('+').first.split('-');
  while (!mainA.empty() || !mainB.empty()) {
    llvm::StringRef x, y;
    std::tie(x, mainA) = mainA.split('.');
    std::tie(y, mainB) = mainB.split('.');
    if (const int c = number(x, y)) return c;
  }
  if (preA.empty() || preB.empty()) return preA.empty() ? (preB.empty() ? 0 : 1) : -1;
  while (!preA.empty() && !preB.empty()) {
    llvm::StringRef x, y;
    std::tie(x, preA) = preA.split('.');
    std::tie(y, preB) = preB.split('.');
    const bool nx = numeric(x), ny = numeric(y);
    const int c = nx && ny ? number(x, y) : nx != ny ? (nx ? -1 : 1) : x.compare(y);
    if (c) return c;
  }
  return preA.empty() ? (preB.empty() ? 0 : -1) : 1;
}

int compareValues(const Value& a, const Value& b) {
  if (a.isQuantity() && b.isQuantity()) return a.quantity->amount < b.quantity->amount ? -1 : a.quantity->amount > b.quantity->amount;
  if (a.tag == Tag::Version || b.tag == Tag::Version) return compareVersions(a.str(), b.str());
  if (a.isText() && b.isText()) return a.str().compare(b.str());
  if (a.tag == Tag::Int && b.tag == Tag::Int) return a.integer < b.integer ? -1 : a.integer > b.integer;
  const double x = a.tag == Tag::Int ? static_cast<double>(a.integer) : a.number;
  const double y = b.tag == Tag::Int ? static_cast<double>(b.integer) : b.number;
  return x < y ? -1 : x > y;
}

/// Parts may be shared many times over; each is looked at once.
static bool findError(const Value& v, llvm::SmallPtrSetImpl<const void*>& seen) {
  if (v.tag == Tag::List) return seen.insert(v.list).second && llvm::any_of(v.list->items, [&](const Value& item) { return item.tag < Tag::List ? item.isError() : findError(item, seen); });
  if (v.tag == Tag::Map) return seen.insert(v.map).second && llvm::any_of(v.map->entries(), [&](const MapEntry& e) { return e.value.tag < Tag::List ? e.value.isError() : findError(e.value, seen); });
  return v.isError();
}

bool hasError(const Value& v) {
  if (v.tag < Tag::List) return v.isError();
  llvm::SmallPtrSet<const void*, 32> seen;
  return findError(v, seen);
}

/// Declarations are equal when they are the same one, other records when their fields are.
bool Evaluator::sameRecord(Record& a, Record& b) {
  if (&a == &b) return true;
  if (a.schema != b.schema) return false;
  if (a.schema->named) return a.name == b.name && a.parent == b.parent;
  if (depth_ >= budget_.depth) {
    stop(a.span, "values hold each other too deeply");
    return false;
  }
  ++depth_;
  bool same = true;
  for (uint32_t i = 0; i < a.schema->fields.size() && same; ++i) same = a.schema->fields[i].hidden || equal(slot(a, i), slot(b, i));
  --depth_;
  return same;
}

/// `2` processors are `2000m`.
static bool sameCpu(const Value& cpu, const Value& number) {
  constexpr long double kNano = 1e9L;
  if (number.tag == Tag::Int) return static_cast<Wide>(number.integer) * 1'000'000'000 == cpu.quantity->amount;
  return std::round(static_cast<long double>(number.number) * kNano) == static_cast<long double>(cpu.quantity->amount);
}

/// Deep equality.
bool Evaluator::equal(const Value& a, const Value& b) {
  if (a.isText() && b.isText() && (a.tag == Tag::Version || b.tag == Tag::Version)) return compareVersions(a.str(), b.str()) == 0;
  if (a.tag == Tag::Cpu && (b.tag == Tag::Int || b.tag == Tag::Float)) return sameCpu(a, b);
  if (b.tag == Tag::Cpu && (a.tag == Tag::Int || a.tag == Tag::Float)) return sameCpu(b, a);
  if (a.isText() && b.isText()) return a.str() == b.str();
  if (a.tag == Tag::Later || b.tag == Tag::Later) {
    early_ = true;
    return false;
  }
  if ((a.tag == Tag::Int || a.tag == Tag::Float) && (b.tag == Tag::Int || b.tag == Tag::Float)) return compareValues(a, b) == 0;
  if (a.tag != b.tag || !spend(1, {})) return false;
  switch (a.tag) {
  case Tag::List: {
    if (a.list == b.list) return true;
    const auto x = a.list->items, y = b.list->items;
    return x.size() == y.size() && std::equal(x.begin(), x.end(), y.begin(), [this](const Value& i, const Value& j) { return equal(i, j); });
  }
  case Tag::Map:
    if (a.map == b.map) return true;
    if (a.map->size() != b.map->size()) return false;
    return llvm::all_of(a.map->entries(), [&](const MapEntry& e) {
      const Value* other = b.map->find(e.key);
      return other && equal(e.value, *other);
    });
  case Tag::Record: return sameRecord(*a.record, *b.record);
  case Tag::Kind: return a.kind == b.kind;
  case Tag::Secret: return a.secret->parts == b.secret->parts;
  default: return valuesEqual(a, b);
  }
}

Value Evaluator::overflow(const Expr* e) {
  report(Code::Overflow, e->span, "the result does not fit").note("whole numbers have 64 bits; quantities too, in their smallest unit");
  return Value::error();
}

Value Evaluator::compare(const Expr* e, const Env* env) {
  const Value a = eval(e->x, env);
  if (a.isError()) return a;
  const Value b = eval(e->y, env);
  if (b.isError()) return b;
  if ((a.tag >= Tag::List || b.tag >= Tag::List) && (hasError(a) || hasError(b))) return Value::error();
  early_ = false;
  const Value result = compared(e, a, b);
  return early_ ? tooEarly(e->span, "what is compared") : result;
}

Value Evaluator::compared(const Expr* e, const Value& a, const Value& b) {
  switch (e->op) {
  case Op::Eq: return Value::of(equal(a, b));
  case Op::Ne: return Value::of(!equal(a, b));
  case Op::Lt: return Value::of(compareValues(a, b) < 0);
  case Op::Le: return Value::of(compareValues(a, b) <= 0);
  case Op::Gt: return Value::of(compareValues(a, b) > 0);
  case Op::Ge: return Value::of(compareValues(a, b) >= 0);
  default: break;
  }
  if (b.tag == Tag::Map) return Value::of(b.map->find(a.str()) != nullptr);
  if (!spend(b.list->items.size() / 4, e->span)) return Value::error();
  return Value::of(std::any_of(b.list->items.begin(), b.list->items.end(), [&](const Value& item) { return equal(a, item); }));
}

Value Evaluator::range(const Expr* e, const Value& a, const Value& b) {
  const int64_t last = e->op == Op::RangeOpen ? (b.integer == INT64_MIN ? b.integer : b.integer - 1) : b.integer;
  if (a.integer > last) return listValue({});
  if (static_cast<uint64_t>(last) - static_cast<uint64_t>(a.integer) >= budget_.items) return tooLarge(e->span, "this range has too many elements");
  std::vector<Value> items;
  for (int64_t i = a.integer; i <= last; ++i) items.push_back(Value::of(i));
  return listValue(items, std::vector<Span>(items.size(), e->span));
}

/// Both amounts, or an amount and a number or a percentage.
/// To the nearest of the smallest unit.
Value Evaluator::rounded(const Expr* e, Tag tag, long double amount) {
  amount = std::round(amount);
  return amount >= -0x1p63L && amount < 0x1p63L ? makeQuantity(tag, static_cast<int64_t>(amount), p.arena) : overflow(e);
}

Value Evaluator::quantities(const Expr* e, const Value& left, const Value& right) {
  const bool swapped = !left.isQuantity() || (left.tag == Tag::Percent && right.isQuantity() && right.tag != Tag::Percent);
  const Value& q = swapped ? right : left;
  const Value& o = swapped ? left : right;
  const int64_t amount = q.quantity->amount;
  Wide result = 0;
  switch (e->op) {
  case Op::Add: result = static_cast<Wide>(left.quantity->amount) + right.quantity->amount; break;
  case Op::Sub: result = static_cast<Wide>(left.quantity->amount) - right.quantity->amount; break;
  case Op::Mul:
    if (o.tag == Tag::Float) return rounded(e, q.tag, static_cast<long double>(amount) * static_cast<long double>(o.number));
    if (o.tag == Tag::Int) result = static_cast<Wide>(amount) * o.integer;
    else result = static_cast<Wide>(amount) * o.quantity->amount / 100'000'000; // millionths of a percent
    break;
  case Op::Div:
  case Op::Rem: {
    if (o.tag == Tag::Float) {
      if (o.number != 0) return rounded(e, q.tag, static_cast<long double>(amount) / static_cast<long double>(o.number));
      report(Code::DivisionByZero, e->y->span, "this is zero");
      return Value::error();
    }
    const int64_t by = o.tag == Tag::Int ? o.integer : o.quantity->amount;
    if (by == 0) {
      report(Code::DivisionByZero, e->y->span, "this is zero");
      return Value::error();
    }
    if (e->op == Op::Div && o.isQuantity()) return Value::of(static_cast<double>(amount) / static_cast<double>(by));
    result = e->op == Op::Div ? static_cast<Wide>(amount) / by : static_cast<Wide>(amount) % by;
    break;
  }
  default: return Value::error();
  }
  if (result > INT64_MAX || result < INT64_MIN) return overflow(e);
  return makeQuantity(q.tag, static_cast<int64_t>(result), p.arena);
}

Value Evaluator::arithmetic(const Expr* e, const Env* env) {
  const Value a = eval(e->x, env);
  if (a.isError()) return a;
  if (e->op == Op::Negate) {
    if (a.tag == Tag::Float) return Value::of(-a.number);
    if (a.tag == Tag::Int) return a.integer == INT64_MIN ? overflow(e) : Value::of(-a.integer);
    return makeQuantity(a.tag, -a.quantity->amount, p.arena);
  }
  const Value b = eval(e->y, env);
  if (b.isError()) return b;
  if (e->op == Op::Range || e->op == Op::RangeOpen) return range(e, a, b);
  if (a.isQuantity() || b.isQuantity()) return quantities(e, a, b);
  if (a.tag == Tag::List) {
    std::vector<Value> items = a.list->items.vec();
    items.insert(items.end(), b.list->items.begin(), b.list->items.end());
    std::vector<Span> spans = a.list->spans.vec();
    spans.insert(spans.end(), b.list->spans.begin(), b.list->spans.end());
    return items.size() > budget_.items ? tooLarge(e->span, "this list has too many elements") : listValue(items, spans);
  }
  if (a.tag == Tag::Map) {
    std::vector<MapEntry> entries(a.map->entries().begin(), a.map->entries().end());
    for (const MapEntry& m : b.map->entries()) {
      const auto known = std::find_if(entries.begin(), entries.end(), [&](const MapEntry& x) { return x.key == m.key; });
      if (known == entries.end()) entries.push_back(m);
      else *known = m;
    }
    return mapValue(entries);
  }
  if (a.tag == Tag::Secret || b.tag == Tag::Secret || a.tag == Tag::Later || b.tag == Tag::Later) return secretText(e->span, {a, b}, e->type);
  if (a.isText()) {
    if (static_cast<uint64_t>(a.size) + b.size > budget_.text) return tooLarge(e->span, "this text is too long");
    return textValue(a.str().str() + b.str().str());
  }
  if (a.tag == Tag::Float || b.tag == Tag::Float) {
    const double x = a.tag == Tag::Int ? static_cast<double>(a.integer) : a.number;
    const double y = b.tag == Tag::Int ? static_cast<double>(b.integer) : b.number;
    if (e->op == Op::Div && y == 0) {
      report(Code::DivisionByZero, e->y->span, "this is zero");
      return Value::error();
    }
    const double r = e->op == Op::Add ? x + y : e->op == Op::Sub ? x - y : e->op == Op::Mul ? x * y : x / y;
    return std::isfinite(r) ? Value::of(r) : overflow(e);
  }
  int64_t r = 0;
  bool over = false;
  switch (e->op) {
  case Op::Add: over = __builtin_add_overflow(a.integer, b.integer, &r); break;
  case Op::Sub: over = __builtin_sub_overflow(a.integer, b.integer, &r); break;
  case Op::Mul: over = __builtin_mul_overflow(a.integer, b.integer, &r); break;
  default:
    if (b.integer == 0) {
      report(Code::DivisionByZero, e->y->span, "this is zero");
      return Value::error();
    }
    if (a.integer == INT64_MIN && b.integer == -1) return overflow(e);
    r = e->op == Op::Div ? a.integer / b.integer : a.integer % b.integer;
  }
  return over ? overflow(e) : Value::of(r);
}

std::string Evaluator::text(const Value& v) {
  if (v.isText()) return v.str().str();
  return describe(v);
}

Value Evaluator::interp(const Expr* e, const Env* env) {
  if (strip(e->type)->kind == TypeKind::Secret || isLater(e->type)) {
    llvm::SmallVector<Value, 8> pieces;
    for (const Expr* part : e->list) pieces.push_back(eval(part, env));
    return secretText(e->span, pieces, e->type);
  }
  std::string out;
  for (const Expr* part : e->list) {
    const Value v = eval(part, env);
    if (v.isError()) return v;
    if (v.isText()) out.append(v.chars, v.size);
    else out += describe(v);
    if (out.size() > budget_.text) return tooLarge(e->span, "this text is too long");
  }
  return textValue(std::move(out));
}

/// The parts of `registry/repository:tag@digest`; a first part is a registry when it has a dot, a colon or is localhost
/// (the rule of the distribution project's reference grammar).
Value Evaluator::property(const Expr* e, const Value& v) {
  const llvm::StringRef whole = v.str();
  const auto part = static_cast<Property>(e->index);
  auto text = [](llvm::StringRef s) { return s.empty() ? Value::absent() : Value::text(Tag::String, s); };
  if (part >= Property::VersionMajor && part <= Property::VersionPatch) {
    llvm::StringRef rest = whole.ltrim("v");
    int64_t n = 0;
    for (int i = static_cast<int>(Property::VersionMajor); i <= static_cast<int>(part); ++i) {
      auto [head, tail] = rest.split('.');
      n = 0;
      head.take_while([](char c) { return c >= '0' && c <= '9'; }).getAsInteger(10, n);
      rest = tail;
    }
    return Value::of(n);
  }
  if (part == Property::PathName) return Value::text(Tag::String, whole.rsplit('/').second.empty() ? whole : whole.rsplit('/').second);
  if (part == Property::PathParent) return Value::text(Tag::String, whole.contains('/') ? whole.rsplit('/').first : ".");
  const auto [name, digest] = whole.split('@');
  const size_t slash = name.rfind('/');
  const size_t colon = name.find(':', slash == llvm::StringRef::npos ? 0 : slash);
  const llvm::StringRef tag = colon == llvm::StringRef::npos ? "" : name.substr(colon + 1);
  const llvm::StringRef path = name.substr(0, colon);
  const llvm::StringRef first = path.split('/').first;
  const bool registry = path.contains('/') && (first.contains('.') || first.contains(':') || first == "localhost");
  switch (part) {
  case Property::ImageRegistry: return text(registry ? first : "");
  case Property::ImageRepository: return Value::text(Tag::String, registry ? path.split('/').second : path);
  case Property::ImageTag: return text(tag);
  case Property::ImageDigest: return text(digest);
  default: return Value::of(!digest.empty() || (!tag.empty() && tag != "latest"));
  }
}

} // namespace chasi::eval
