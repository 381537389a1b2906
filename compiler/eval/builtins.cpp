#include "compiler/eval/evaluator.h"

#include "compiler/sema/quantity.h"

#include <llvm/Support/Base64.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/SHA256.h>

#include <cmath>

namespace chasi::eval {

using namespace sema;
using source::Code;

Value Evaluator::allOf(const Expr* e, const Schema* kind) {
  if (!declared_) {
    report(Code::Cycle, e->span, fmt::format("`all({})` is asked for while declarations are still being listed", kind->name.str()))
        .note("which declarations exist cannot depend on which declarations exist")
        .hint("use `all(…)` in checks, policies and lowerings, not in the names or loops of declarations");
    return Value::error();
  }
  if (reads_) reads_->readAll(kind);
  return everyOf(kind);
}

Value Evaluator::everyOf(const Schema* kind) {
  Value& known = all_[kind];
  if (known.tag == Tag::List) return known;
  std::vector<Value> items;
  for (Record* r : declarations_)
    if (extends(r->schema, kind)) items.push_back(Value::of(r));
  return known = listValue(items);
}

/// The index is made once a kind, so that a thousand tenants can each ask for their systems.
Value Evaluator::referrers(const Expr* e, const Record* target, const Schema* kind) {
  if (!declared_) return allOf(e, kind); // which reports it
  const Value all = everyOf(kind);
  if (reads_) reads_->readReferrers(target, kind);
  const auto& index = referrersOf(kind, all);
  const auto found = index.find(target);
  return found == index.end() ? listValue({}) : listValue(found->second);
}

std::map<const Record*, std::vector<Value>>& Evaluator::referrersOf(const Schema* kind, const Value& all) {
  const auto [it, fresh] = referrers_.try_emplace(kind);
  if (!fresh) {
    orderly_ = orderly_ && !llvm::is_contained(indexing_, kind); // what is there of it depends on who asked first
    return it->second;
  }
  const Reads::As nobody(reads_, 0); // who needed the index first does not matter
  indexing_.push_back(kind);
  for (const Value& v : all.list->items)
    for (uint32_t i = 0; i < v.record->schema->fields.size(); ++i) {
      const Field& f = v.record->schema->fields[i];
      const Type* type = f.type ? strip(present(f.type)) : nullptr;
      if (f.hidden || !type || type->kind != TypeKind::Record || !type->schema->isKind) continue;
      if (const Value named = slot(*v.record, i); named.tag == Tag::Record) it->second[named.record].push_back(v);
    }
  indexing_.pop_back();
  return it->second;
}

Value Evaluator::sum(const Expr* e, llvm::ArrayRef<Value> items) {
  if (items.empty()) {
    switch (strip(e->type)->kind) {
    case TypeKind::Cpu: return makeQuantity(Tag::Cpu, 0, p.arena);
    case TypeKind::Bytes: return makeQuantity(Tag::Bytes, 0, p.arena);
    case TypeKind::Percent: return makeQuantity(Tag::Percent, 0, p.arena);
    case TypeKind::Duration: return makeQuantity(Tag::Duration, 0, p.arena);
    case TypeKind::Float: return Value::of(0.0);
    default: return Value::of(int64_t{0});
    }
  }
  const Tag tag = items.front().tag;
  int64_t total = 0;
  double number = 0;
  for (const Value& v : items) {
    if (v.tag == Tag::Float) number += v.number;
    else if (__builtin_add_overflow(total, v.isQuantity() ? v.quantity->amount : v.integer, &total)) return overflow(e);
  }
  if (tag == Tag::Float) return Value::of(number + static_cast<double>(total));
  return tag == Tag::Int ? Value::of(total) : makeQuantity(tag, total, p.arena);
}

static int64_t wholeUnits(const Value& v) {
  const int64_t unit = v.tag == Tag::Cpu ? 1'000'000 : v.tag == Tag::Duration ? 1'000'000'000 : 1;
  return v.quantity->amount / unit + (v.quantity->amount % unit > 0);
}

Value Evaluator::listBuiltin(const Expr* e, Builtin id, llvm::ArrayRef<Value> args) {
  const llvm::ArrayRef<Value> items = args[0].list->items;
  const llvm::ArrayRef<Span> spans = args[0].list->spans;
  switch (id) {
  case Builtin::Len: return Value::of(static_cast<int64_t>(items.size()));
  case Builtin::Sum: return sum(e, items);
  case Builtin::Min:
  case Builtin::Max: {
    if (items.empty()) {
      report(Code::EmptyList, e->span, "this list is empty, so it has no least or greatest element").hint("say what holds then: `if xs.len() > 0 { xs.max() } else { 0 }`");
      return Value::error();
    }
    const auto less = [](const Value& a, const Value& b) { return compareValues(a, b) < 0; };
    return id == Builtin::Min ? *std::min_element(items.begin(), items.end(), less) : *std::max_element(items.begin(), items.end(), less);
  }
  case Builtin::Join: {
    if (strip(e->type)->kind == TypeKind::Secret || isLater(e->type)) {
      std::vector<Value> pieces;
      for (const Value& v : items) {
        if (!pieces.empty()) pieces.push_back(args[1]);
        pieces.push_back(v);
      }
      return secretText(e->span, pieces, e->type);
    }
    std::string out;
    for (size_t i = 0; i < items.size(); ++i) {
      if (i) out += args[1].str();
      out += text(items[i]);
      if (out.size() > budget_.text) return tooLarge(e->span, "this text is too long");
    }
    return textValue(std::move(out));
  }
  case Builtin::Unique:
  case Builtin::Sorted: {
    std::vector<Value> out = items.vec();
    if (id == Builtin::Sorted) {
      std::stable_sort(out.begin(), out.end(), [](const Value& a, const Value& b) { return compareValues(a, b) < 0; });
      return listValue(out);
    }
    std::vector<Value> sorted;
    std::map<std::string, bool> seen;
    for (const Value& v : out)
      if (seen.emplace(describe(v), true).second) sorted.push_back(v);
    return listValue(sorted);
  }
  case Builtin::Reverse: return listValue(std::vector<Value>(items.rbegin(), items.rend()), std::vector<Span>(spans.rbegin(), spans.rend()));
  case Builtin::Flatten: {
    std::vector<Value> out;
    for (const Value& v : items) out.insert(out.end(), v.list->items.begin(), v.list->items.end());
    return out.size() > budget_.items ? tooLarge(e->span, "this list has too many elements") : listValue(out);
  }
  case Builtin::First: return items.empty() ? Value::absent() : items.front();
  case Builtin::Last: return items.empty() ? Value::absent() : items.back();
  case Builtin::Take:
  case Builtin::Drop: {
    const auto n = static_cast<size_t>(std::clamp<int64_t>(args[1].integer, 0, static_cast<int64_t>(items.size())));
    return id == Builtin::Take ? listValue(items.take_front(n).vec()) : listValue(items.drop_front(n).vec());
  }
  case Builtin::Chunk: {
    if (args[1].integer < 1) {
      report(Code::OutOfRange, e->list[1]->span, fmt::format("parts of {} elements cannot be made", args[1].integer)).hint("the size is 1 or more");
      return Value::error();
    }
    std::vector<Value> out;
    for (llvm::ArrayRef<Value> rest = items; !rest.empty();) {
      const size_t n = std::min(static_cast<uint64_t>(rest.size()), static_cast<uint64_t>(args[1].integer));
      out.push_back(listValue(rest.take_front(n).vec()));
      rest = rest.drop_front(n);
    }
    return listValue(out);
  }
  case Builtin::Slice: {
    const int64_t n = static_cast<int64_t>(items.size());
    const int64_t from = std::clamp<int64_t>(args[1].integer, 0, n);
    const int64_t count = std::clamp<int64_t>(args[2].integer, 0, n - from);
    return listValue(items.slice(static_cast<size_t>(from), static_cast<size_t>(count)).vec());
  }
  case Builtin::Contains: {
    early_ = false;
    const bool there = std::any_of(items.begin(), items.end(), [&](const Value& v) { return equal(v, args[1]); });
    return early_ && !there ? tooEarly(e->span, "what `contains` looks for") : Value::of(there);
  }
  case Builtin::Any_: return Value::of(std::any_of(items.begin(), items.end(), [](const Value& v) { return v.boolean; }));
  default: return Value::of(std::all_of(items.begin(), items.end(), [](const Value& v) { return v.boolean; }));
  }
}

Value Evaluator::textBuiltin(const Expr* e, Builtin id, llvm::ArrayRef<Value> args) {
  const llvm::StringRef s = args[0].str();
  switch (id) {
  case Builtin::Len: return Value::of(static_cast<int64_t>(s.size()));
  case Builtin::Split: {
    std::vector<Value> out;
    llvm::SmallVector<llvm::StringRef, 8> parts;
    if (args[1].size == 0) parts.push_back(s);
    else s.split(parts, args[1].str());
    for (const llvm::StringRef part : parts) out.push_back(Value::text(Tag::String, part));
    return listValue(out);
  }
  case Builtin::Trim: return Value::text(Tag::String, s.trim());
  case Builtin::Upper: return textValue(s.upper());
  case Builtin::Lower: return textValue(s.lower());
  case Builtin::Replace: {
    if (args[1].size == 0) return args[0];
    std::string out;
    llvm::StringRef rest = s;
    while (true) {
      const size_t at = rest.find(args[1].str());
      out += rest.substr(0, at);
      if (out.size() > budget_.text) return tooLarge(e->span, "this text is too long");
      if (at == llvm::StringRef::npos) break;
      out += args[2].str();
      rest = rest.substr(at + args[1].size);
    }
    return textValue(std::move(out));
  }
  case Builtin::StartsWith: return Value::of(s.starts_with(args[1].str()));
  case Builtin::EndsWith: return Value::of(s.ends_with(args[1].str()));
  case Builtin::Contains: return Value::of(s.contains(args[1].str()));
  case Builtin::Truncate: {
    size_t n = static_cast<size_t>(std::clamp<int64_t>(args[1].integer, 0, static_cast<int64_t>(s.size())));
    while (n > 0 && n < s.size() && (static_cast<unsigned char>(s[n]) & 0xC0) == 0x80) --n; // not inside a character
    return Value::text(Tag::String, s.substr(0, n));
  }
  case Builtin::Sha256: {
    const auto digest = llvm::SHA256::hash(llvm::ArrayRef(reinterpret_cast<const uint8_t*>(s.data()), s.size()));
    std::string hex;
    for (const uint8_t b : digest) hex += fmt::format("{:02x}", b);
    return textValue(std::move(hex));
  }
  case Builtin::Base64: return textValue(llvm::encodeBase64(s));
  default: return file(e, s);
  }
}

/// The text of a file of the workspace; nothing outside of it can be read, whatever the path or its links say.
Value Evaluator::file(const Expr* e, llvm::StringRef name) {
  if (reads_) reads_->foreign = true;
  const std::string& top = p.rootAt(e->span); // a package reads its own files
  const char* where = &top == &p.workspaceRoot ? "workspace" : "package";
  auto fail = [&](std::string why) {
    report(Code::FileNotInWorkspace, e->span, std::move(why)).note(fmt::format("paths start at the root of the {} and stay in it", where));
    return Value::error();
  };
  llvm::SmallString<256> full(top), real, root;
  if (llvm::sys::path::is_absolute(name)) return fail(fmt::format("\"{}\" is not a path within the {}", name.str(), where));
  llvm::sys::path::append(full, name);
  llvm::SmallString<256> plain(full);
  llvm::sys::path::remove_dots(plain, true);
  if (!plain.starts_with(top)) return fail(fmt::format("\"{}\" lies outside the {}", name.str(), where));
  if (const std::error_code ec = llvm::sys::fs::real_path(full, real)) return fail(fmt::format("\"{}\" cannot be read: {}", name.str(), ec.message()));
  if (llvm::sys::fs::real_path(top, root) || !(real.str().starts_with(root.str().str() + "/"))) return fail(fmt::format("\"{}\" lies outside the {}", name.str(), where));
  auto buffer = llvm::MemoryBuffer::getFile(real, true, false);
  if (!buffer) return fail(fmt::format("\"{}\" cannot be read: {}", name.str(), buffer.getError().message()));
  if ((*buffer)->getBufferSize() > budget_.text) return fail(fmt::format("\"{}\" is larger than {} MiB", name.str(), budget_.text >> 20));
  return textValue((*buffer)->getBuffer().str());
}

Value Evaluator::builtin(const Expr* e, const Env* env) {
  const auto id = static_cast<Builtin>(e->index);
  if (isHigher(id) && e->list.size() > 1) return higher(e, env);
  llvm::SmallVector<Value, 3> args;
  for (const Expr* a : e->list) {
    args.push_back(eval(a, env));
    if (args.back().isError() || (e->flag && args.size() == 1 && args.back().isAbsent())) return args.back();
    const Value& last = args.back();
    if (!spend(last.tag == Tag::List ? last.list->items.size() / 4 : last.isText() ? last.size / (id == Builtin::Sha256 ? 4 : 32) : 0, e->span)) return Value::error();
    if (last.tag == Tag::List && id != Builtin::Len)
      for (const Value& item : args.back().list->items)
        if (item.isError()) return item;
  }
  const BuiltinInfo& info = allBuiltins()[static_cast<size_t>(id)];
  if (args.size() == 1 && (args[0].tag == Tag::Secret || args[0].tag == Tag::Later) && id != Builtin::ToJson) return secretFunction(e, info.name, args[0]);
  if (*info.shape) return shaped(e, id, args);
  switch (id) {
  case Builtin::All: return allOf(e, args[0].kind);
  case Builtin::Referrers: return referrers(e, args[0].record, args[1].kind);
  case Builtin::Secret: return secret(e, args);
  case Builtin::Later: return later(e, args);
  case Builtin::Yaml:
  case Builtin::Json: return foreign(e, args[0].str(), id == Builtin::Json);
  case Builtin::YamlStream: return stream(e, args[0].str());
  case Builtin::Operations: return operations_;
  case Builtin::At:
  case Builtin::Texts:
  case Builtin::Ints:
  case Builtin::Flags: return dataPath(e, id, args);
  case Builtin::Number: return Value::of(wholeUnits(args[0]));
  case Builtin::Name: return Value::text(Tag::String, args[0].record->name);
  case Builtin::ToJson: return toJson(e, args[0]);
  case Builtin::ToYaml: return toYaml(e, args[0]);
  case Builtin::FromYaml: return documents(e, args[0].str());
  case Builtin::Overlay: return overlay(e, args[0], args[1]);
  case Builtin::Keys:
  case Builtin::Values: {
    std::vector<Value> out;
    for (const MapEntry& m : args[0].map->entries()) out.push_back(id == Builtin::Keys ? Value::text(Tag::String, m.key) : m.value);
    return listValue(out);
  }
  case Builtin::Abs: {
    const Value& v = args[0];
    if (v.tag == Tag::Float) return Value::of(std::abs(v.number));
    const int64_t amount = v.isQuantity() ? v.quantity->amount : v.integer;
    if (amount == INT64_MIN) return overflow(e);
    if (amount >= 0) return v;
    return v.isQuantity() ? makeQuantity(v.tag, -amount, p.arena) : Value::of(-amount);
  }
  case Builtin::Min:
  case Builtin::Max:
    if (args.size() == 2) return (compareValues(args[0], args[1]) < 0) == (id == Builtin::Min) ? args[0] : args[1];
    break;
  case Builtin::Len:
    if (args[0].tag == Tag::Map) return Value::of(static_cast<int64_t>(args[0].map->size()));
    break;
  default: break;
  }
  return args[0].tag == Tag::List ? listBuiltin(e, id, args) : textBuiltin(e, id, args);
}

} // namespace chasi::eval
