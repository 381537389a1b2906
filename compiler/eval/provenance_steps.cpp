#include "compiler/eval/provenance_steps.h"

namespace chasi::eval {

using namespace sema;

namespace {
/// How far back the values behind a value are followed.
constexpr int kNeedDepth = 5;
constexpr size_t kNeedCount = 40;

const Env* frameOf(const Env* env, uint16_t depth) {
  for (; depth > 0; --depth) env = env->up;
  return env;
}

bool contains(Span outer, Span inner) { return outer.begin <= inner.begin && inner.end <= outer.end; }
} // namespace

Role StepReader::roleOf(Span span) const {
  const source::FileId file = p.sources.fileOf(span.begin);
  for (const auto& [path, m] : p.modules)
    for (const File& f : m->files)
      if (f.id == file) return m->library ? Role::Default : !m->environment.empty() ? Role::Environment : Role::Definition;
  return Role::Given;
}

void StepReader::definitions(Record& record, uint32_t index, std::vector<const Definition*>& out) const {
  for (const Definition* d = record.definitions[index]; d; d = d->base) out.push_back(d);
  std::reverse(out.begin(), out.end());
}

bool StepReader::applies(Record& record, const Definition& d) {
  if (!d.member->condition) return true;
  const Value c = eval_.eval(d.member->condition, eval_.blockEnv(record, d));
  return !c.isError() && c.boolean;
}

void StepReader::slot(Record& record, uint32_t index, const std::string& path, bool last, std::vector<Step>& out) {
  const Field& f = record.schema->fields[index];
  const bool chosen = !out.empty(); // behind `quota = sizes.smallQuota`, what the library says is no default any more
  if (last && f.expr) {
    out.push_back({.role = Role::Default, .path = path, .span = cover(f.span, f.value.span()), .value = eval_.define(record, index, nullptr)});
    expr_ = f.expr;
    env_ = eval_.selfEnv(record);
  }
  std::vector<const Definition*> chain;
  definitions(record, index, chain);
  bool defined = false;
  for (const Definition* d : chain) {
    const bool whole = d->member->kind == MemberIr::Set || d->member->kind == MemberIr::Append || d->member->kind == MemberIr::Unset;
    if (!last && !whole) continue;
    Step step{.role = roleOf(d->member->span), .path = path, .span = d->member->span, .applies = applies(record, *d)};
    if (step.role == Role::Default && chosen) step.role = Role::Definition;
    else if (step.role == Role::Definition && step.applies && std::exchange(defined, true)) step.role = Role::Amendment;
    if (step.applies && last) step.value = eval_.define(record, index, d);
    out.push_back(std::move(step));
    if (!out.back().applies || !last) continue;
    expr_ = d->member->value; // a block's own values are explained by themselves
    env_ = eval_.blockEnv(record, *d);
    if (d->member->kind == MemberIr::Unset) expr_ = f.expr, env_ = eval_.selfEnv(record);
  }
}

/// The item of a block that sets this key by its plain name, if there is one.
static const MapItemIr* itemOf(const MapIr* map, llvm::StringRef key) {
  const MapItemIr* found = nullptr;
  if (map)
    for (const MapItemIr& item : map->items)
      if (item.key && item.key->op == Op::Const && item.key->value.isText() && item.key->value.str() == key) found = &item;
  return found;
}

void StepReader::entry(Record* owner, uint32_t index, const MapEntry& entry, const std::string& path, bool last, std::vector<Step>& out) {
  if (!last && entry.value.tag == Tag::Record) return; // its own definitions tell more
  const size_t before = out.size();
  bool defined = false;
  auto add = [&](Span span) {
    Role role = roleOf(span);
    if (role == Role::Definition && std::exchange(defined, true)) role = Role::Amendment;
    out.push_back({.role = role, .path = path, .span = span});
  };
  std::vector<const Definition*> chain;
  if (owner) definitions(*owner, index, chain);
  expr_ = nullptr;
  for (const Definition* d : chain) {
    const MapItemIr* item = d->member->kind == MemberIr::AmendMap ? itemOf(d->member->map, entry.key) : nullptr;
    if (!item) continue;
    add(item->span);
    out.back().applies = applies(*owner, *d);
    if (!out.back().applies || item->kind != MapItemIr::Set) continue;
    expr_ = item->value;
    env_ = eval_.blockEnv(*owner, *d);
    out.back().value = eval_.eval(expr_, env_);
  }
  const bool told = std::any_of(out.begin() + static_cast<std::ptrdiff_t>(before), out.end(), [&](const Step& s) { return contains(s.span, entry.span); });
  if (!told && entry.span.valid()) {
    add(entry.span);
    out.back().value = entry.value;
    expr_ = nullptr;
  }
}

void StepReader::param(Symbol& symbol, const std::string& path, std::vector<Step>& out) {
  if (symbol.expr) out.push_back({.role = Role::Default, .path = path, .span = symbol.node.span(), .value = eval_.eval(symbol.expr, nullptr)});
  const std::string name = symbol.name.str();
  const bool root = symbol.module == p.root;
  const auto given = p.params.find(name);
  const bool outside = root && given != p.params.end();
  if (const auto it = p.environmentSets.find(name); root && it != p.environmentSets.end()) {
    for (const Symbol* layer : it->second) out.push_back({.role = Role::Environment, .path = path, .span = layer->node.span(), .value = eval_.eval(layer->expr, nullptr)});
    expr_ = it->second.back()->expr;
  } else {
    expr_ = symbol.expr;
  }
  if (!outside) return;
  expr_ = nullptr;
  if (const std::optional<MapEntry> entry = eval_.entryOf(name, given->second)) {
    out.push_back({.role = Role::Given, .path = path, .span = cover(eval_.keyOf(*entry), entry->span), .value = symbol.value});
    return;
  }
  const std::string& variable = given->second.variable;
  const std::string from = variable.empty() ? "" : fmt::format(", from the environment variable {}", variable);
  out.push_back({.role = Role::Given, .path = fmt::format("{}: {}{}", variable.empty() ? given->second.origin : "--set-env " + name, given->second.text, from), .value = symbol.value});
}

void StepReader::symbol(Symbol& symbol, const std::string& path, bool last, std::vector<Step>& out) {
  env_ = nullptr;
  expr_ = nullptr;
  if (symbol.kind == SymbolKind::Param) return param(symbol, path, out);
  if (symbol.kind != SymbolKind::Let) return;
  expr_ = symbol.expr;
  // A record's fields tell their own story, unless the value was only passed on.
  const bool passedOn = symbol.expr && symbol.expr->op != Op::Record && symbol.expr->op != Op::Map && symbol.expr->op != Op::List;
  if (last || passedOn) out.push_back({.role = roleOf(symbol.span), .path = path, .span = symbol.node.span(), .value = symbol.value});
}

void StepReader::declaration(Record& record, const std::string& path, std::vector<Step>& out) {
  out.push_back({.role = roleOf(record.span), .path = path, .span = record.span});
  const auto it = p.root->symbols.find(record.name);
  if (it == p.root->symbols.end()) return;
  for (const BlockIr* layer : it->second->overrides) out.push_back({.role = Role::Environment, .path = path, .span = layer->span});
}

std::vector<Need> StepReader::needs() {
  std::vector<Need> out;
  if (expr_) gather(expr_, env_, 0, out);
  return out;
}

/// References that can be evaluated in these frames. What stands inside of loops and functions has frames of its own.
void StepReader::gather(const Expr* e, const Env* env, int depth, std::vector<Need>& out) {
  if (!e || out.size() >= kNeedCount) return;
  switch (e->op) {
  case Op::Global:
  case Op::Self:
  case Op::Local:
  case Op::SelfEntry:
  case Op::Field:
  case Op::Entry: return add(e, env, depth, out);
  case Op::If: {
    gather(e->x, env, depth, out);
    const Value c = eval_.eval(e->x, env);
    if (!c.isError()) gather(c.boolean ? e->y : e->z, env, depth, out);
    return;
  }
  case Op::Lambda:
  case Op::Let:
  case Op::Match: return gather(e->op == Op::Match ? e->x : nullptr, env, depth, out);
  case Op::List:
    for (const ListItemIr& item : e->elements->items)
      gather(item.kind == ListItemIr::For || item.kind == ListItemIr::If ? item.subject : item.value, env, depth, out);
    return;
  case Op::AmendRecord:
  case Op::AmendMap: return gather(e->x, env, depth, out);
  default: break;
  }
  gather(e->x, env, depth, out);
  gather(e->y, env, depth, out);
  gather(e->z, env, depth, out);
  for (const Expr* part : e->list) gather(part, env, depth, out);
}

void StepReader::add(const Expr* e, const Env* env, int depth, std::vector<Need>& out) {
  if (e->op == Op::Self && e->index == 0 && frameOf(env, e->depth)->self->schema->named) return; // a name is its own reason
  Need need{.text = p.sources.text(e->span).str(), .value = eval_.eval(e, env), .span = {}, .given = {}, .needs = {}};
  if (need.value.isError() || llvm::any_of(out, [&](const Need& n) { return n.text == need.text; })) return;
  if (need.value.tag == Tag::Record && need.value.record->schema->isKind) need.span = need.value.record->span; // a reference
  else origin(e, env, depth, need);
  out.push_back(std::move(need));
}

/// Where a reference gets its value, and what that is made of.
void StepReader::origin(const Expr* e, const Env* env, int depth, Need& need) {
  if (e->op == Op::Global) {
    std::vector<Step> steps;
    const Expr* outer = std::exchange(expr_, nullptr);
    const Env* frames = std::exchange(env_, nullptr);
    symbol(*e->symbol, e->symbol->name.str(), true, steps);
    if (!steps.empty()) need.span = steps.back().span;
    if (!steps.empty() && steps.back().role == Role::Given && !need.span.valid()) need.given = steps.back().path;
    if (expr_ && depth < kNeedDepth && shown_.insert(e->symbol).second) gather(expr_, nullptr, depth + 1, need.needs);
    expr_ = outer;
    env_ = frames;
    return;
  }
  Record* record = nullptr;
  if (e->op == Op::Self) {
    record = frameOf(env, e->depth)->self;
  } else if (e->op == Op::Field) {
    const Value base = eval_.eval(e->x, env);
    if (base.tag == Tag::Record) record = base.record;
  }
  if (!record || (record->schema->named && e->index == 0)) return;
  const Field& f = record->schema->fields[e->index];
  const Definition* d = record->definitions[e->index];
  while (d && !applies(*record, *d)) d = d->base;
  need.span = d ? d->member->span : f.value ? cover(f.span, f.value.span()) : Span();
  const Expr* next = d ? d->member->value : f.expr;
  if (next && depth < kNeedDepth && shown_.insert(&record->slots[e->index]).second) gather(next, d ? eval_.blockEnv(*record, *d) : eval_.selfEnv(*record), depth + 1, need.needs);
}

} // namespace chasi::eval
