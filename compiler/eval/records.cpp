// Records: made from a schema, amended by blocks, filled on demand.
#include "compiler/eval/evaluator.h"

#include "compiler/sema/quantity.h"

namespace chasi::eval {

using namespace sema;
using source::Code;

Record* Evaluator::make(const Schema& schema, llvm::StringRef name, Record* parent, Span span) {
  const size_t n = schema.fields.size();
  auto* r = new (p.arena) Record;
  r->schema = &schema;
  r->name = name;
  r->span = span;
  r->parent = parent;
  r->part = currentPart();
  r->outer = parent ? selfEnv(*parent) : nullptr;
  r->definitions = p.arena.Allocate<const Definition*>(n);
  r->slots = p.arena.Allocate<Value>(n);
  r->states = p.arena.Allocate<SlotState>(n);
  std::fill_n(r->definitions, n, nullptr);
  std::fill_n(r->states, n, SlotState::Open);
  if (schema.named) {
    r->slots[0] = Value::text(Tag::String, name);
    r->states[0] = SlotState::Done;
  }
  return r;
}

/// A record with the same definitions; nothing is evaluated yet, so what is derived follows what is amended.
Record* Evaluator::copy(const Record& record, Record* parent) {
  Record* r = make(*record.schema, record.name, parent ? parent : record.parent, record.span);
  std::copy_n(record.definitions, record.schema->fields.size(), r->definitions);
  r->incomplete = record.incomplete;
  return r;
}

void Evaluator::apply(Record& record, const BlockIr& block, const Env* env) {
  record.incomplete = record.incomplete || block.incomplete;
  for (const MemberIr& m : block.members)
    record.definitions[m.slot] = new (p.arena) Definition{&m, &block, env, record.definitions[m.slot]};
}

const Env* Evaluator::selfEnv(Record& record) {
  if (!record.self) record.self = new (p.arena) Env{record.outer, &record, nullptr, nullptr};
  return record.self;
}

const Env* Evaluator::blockEnv(Record& record, const Definition& d) {
  if (record.frameBlock == d.block && record.frame->up == d.env) return record.frame;
  auto* env = new (p.arena) Env{d.env, &record, nullptr, nullptr};
  if (!d.block->lets.empty()) {
    env->block = d.block;
    env->locals = p.arena.Allocate<Value>(d.block->lets.size());
    Value open;
    open.size = 0xFFFFFFFF;
    std::fill_n(env->locals, d.block->lets.size(), open);
  }
  record.frame = env;
  record.frameBlock = d.block;
  return env;
}

Value Evaluator::slot(Record& record, uint32_t index) {
  if (reads_) reads_->read(record.part);
  if (record.states[index] == SlotState::Done) return record.slots[index];
  const Reads::As as(reads_, record.part);
  const Definition* d = record.definitions[index];
  if (record.states[index] == SlotState::Busy) {
    cycle({&record, index, nullptr}, d ? d->member->span : record.schema->fields[index].span);
    record.states[index] = SlotState::Done;
    return record.slots[index] = Value::error();
  }
  record.states[index] = SlotState::Busy;
  busy_.push_back({&record, index, nullptr});
  const Value v = define(record, index, d);
  busy_.pop_back();
  if (record.states[index] == SlotState::Busy) record.slots[index] = v; // else a cycle was found: the error stays
  record.states[index] = SlotState::Done;
  return record.slots[index];
}

Record* Evaluator::part(Record& owner, llvm::StringRef name) {
  for (uint32_t i = 0; i < owner.schema->fields.size() && !name.empty(); ++i) {
    if (!owner.schema->fields[i].nested) continue;
    const Value map = slot(owner, i);
    if (map.tag != Tag::Map) continue;
    if (const Value* found = map.map->find(name); found && found->tag == Tag::Record) return found->record;
  }
  return nullptr;
}

Value Evaluator::missing(Record& record, uint32_t slot) {
  const Field& f = record.schema->fields[slot];
  if (f.optional) return Value::absent();
  if (f.nested) return mapValue({});
  if (f.hidden || !f.type || f.type->kind == TypeKind::Error || record.incomplete) return Value::error();
  report(Code::MissingField, record.span, fmt::format("{} needs `{}` ({})", title(record), f.name.str(), typeName(f.type))).at(f.span, "required here").hint("set the field");
  return Value::error();
}

/// The value that a chain of definitions gives; without any, the schema's default.
Value Evaluator::define(Record& record, uint32_t slot, const Definition* d) {
  const Field& f = record.schema->fields[slot];
  if (!d) return f.expr ? eval(f.expr, selfEnv(record)) : missing(record, slot);
  const MemberIr& m = *d->member;
  const Env* env = blockEnv(record, *d);
  if (m.condition) {
    const Value c = eval(m.condition, env);
    if (c.isError()) return c;
    if (!c.boolean) return define(record, slot, d->base);
  }
  auto base = [&]() -> Value {
    if (!d->base && !f.expr) return Value::absent();
    return define(record, slot, d->base);
  };
  switch (m.kind) {
  case MemberIr::Set: return eval(m.value, env);
  case MemberIr::Unset:
    if (!f.expr && !f.optional && !f.nested && !f.hidden && f.type && f.type->kind != TypeKind::Error && !record.incomplete) {
      report(Code::MissingField, m.span, fmt::format("{} needs `{}` ({}), and there is no default to go back to", title(record), f.name.str(), typeName(f.type))).at(f.span, "required here").hint("give it another value");
      return Value::error();
    }
    return define(record, slot, nullptr);
  case MemberIr::Append: {
    const Value before = base();
    const Value more = eval(m.value, env);
    if (before.isError() || more.isError()) return Value::error();
    if (before.isAbsent()) return more;
    std::vector<Value> items = before.list->items.vec();
    items.insert(items.end(), more.list->items.begin(), more.list->items.end());
    std::vector<Span> spans = before.list->spans.vec();
    spans.insert(spans.end(), more.list->spans.begin(), more.list->spans.end());
    return listValue(items, spans);
  }
  case MemberIr::Amend: return amend(base(), *m.block, env, f.type, m.span);
  case MemberIr::AmendMap: {
    const Value before = base();
    return before.isError() ? before : map(*m.map, before, env, f.nested ? &record : nullptr);
  }
  }
  return Value::error();
}

Value Evaluator::amend(const Value& base, const BlockIr& block, const Env* env, const Type*, Span span) {
  if (base.isError()) return base;
  const bool same = base.tag == Tag::Record && extends(base.record->schema, block.schema); // else another alternative of a union
  Record* r = same ? copy(*base.record, nullptr) : make(*block.schema, {}, nullptr, span);
  apply(*r, block, env);
  return Value::of(r);
}

/// "tenant `retail`", "component `payments.api`", "`Quota`".
std::string Evaluator::title(const Record& record) {
  if (!record.schema->named) return fmt::format("`{}`", record.schema->name.str());
  if (record.parent) return fmt::format("{} `{}.{}`", record.schema->name.str(), record.parent->name.str(), record.name.str());
  return fmt::format("{} `{}`", record.schema->name.str(), record.name.str());
}

void Evaluator::forceValue(const Value& v) {
  switch (v.tag) {
  case Tag::Record:
    if (!v.record->schema->isKind) force(*v.record); // declarations are forced themselves, references to them are not
    break;
  case Tag::List:
    if (!forced_.insert(v.list).second) break;
    for (const Value& item : v.list->items)
      if (item.tag >= Tag::List) forceValue(item);
    break;
  case Tag::Map:
    if (!forced_.insert(v.map).second) break;
    for (const MapEntry& e : v.map->entries()) forceValue(e.value);
    break;
  default: break;
  }
}

void Evaluator::force(Record& record) {
  if (record.forced || stopped_) return;
  record.forced = true;
  if (depth_ >= budget_.depth) {
    stop(record.span, "values hold each other too deeply");
    return;
  }
  ++depth_;
  const Reads::As as(reads_, record.part);
  for (uint32_t i = 0; i < record.schema->fields.size(); ++i) {
    if (static_cast<int>(i) == record.schema->lowerSlot || record.schema->fields[i].hidden) continue;
    forceValue(slot(record, i));
  }
  check(record);
  --depth_;
}

void Evaluator::check(Record& record) {
  if (record.incomplete) return;
  for (const CheckIr& c : record.schema->checks) {
    const Value holds = eval(c.condition, selfEnv(record));
    if (holds.isError() || holds.boolean) continue;
    Value message = c.message ? eval(c.message, selfEnv(record)) : Value::absent();
    if (message.isError()) continue;
    source::Diagnostic& d = report(Code::CheckFailed, record.span, message.isAbsent() ? fmt::format("{} does not satisfy `{}`", title(record), c.text.str()) : message.str().str(), c.span);
    d.at(c.span, "this check does not hold");
    if (!message.isAbsent() && record.schema->named) d.note(fmt::format("checked for {}", title(record)));
  }
}

} // namespace chasi::eval
