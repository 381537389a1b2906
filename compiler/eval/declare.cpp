// Which declarations exist, and what the parameters are.
#include "compiler/eval/evaluator.h"

#include "compiler/sema/load.h"
#include "compiler/sema/quantity.h"

namespace chasi::eval {

using namespace sema;
using source::Code;

void Evaluator::indexItems(llvm::ArrayRef<ItemIr> list) {
  for (const ItemIr& item : list)
    if (item.symbol) itemOf_[item.symbol] = &item;
}

Record* Evaluator::declaration(Symbol& symbol, const ItemIr& item) {
  Record* r = make(*item.schema, symbol.name, nullptr, symbol.span);
  apply(*r, *item.block, nullptr);
  for (const BlockIr* layer : symbol.overrides) apply(*r, *layer, nullptr);
  return r;
}

/// Names follow DNS labels, because they become names of objects (RFC 1123, as Kubernetes restricts it).
static bool validName(llvm::StringRef name) {
  if (name.empty() || name.size() > 63) return false;
  for (const char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')) return false;
  return name.front() != '-' && name.front() != '_' && name.back() != '-' && name.back() != '_';
}

void Evaluator::add(Record* record) {
  if (!validName(record->name)) {
    report(Code::BadText, record->span, fmt::format("\"{}\" cannot be the name of a declaration", record->name.str()))
        .note("names become names of Kubernetes objects")
        .hint("use lower-case letters, digits and `-`, at most 63, with a letter or digit at both ends");
    return;
  }
  const auto [it, fresh] = byName_.emplace(std::pair{record->schema, record->name.str()}, record);
  if (!fresh) {
    report(Code::DuplicateDeclaration, record->span, fmt::format("there are two declarations of {}", title(*record)))
        .at(it->second->span, "first declared here")
        .hint("names tell declarations apart: give each its own");
    return;
  }
  declarations_.push_back(record);
}

void Evaluator::declare() {
  params();
  const std::vector<Module*> modules = userModules(p);
  for (Module* m : modules) indexItems(m->items);
  for (Module* m : modules) items(m->items, nullptr);
  std::stable_sort(declarations_.begin(), declarations_.end(), [](const Record* a, const Record* b) {
    return std::pair(a->schema->name, a->name) < std::pair(b->schema->name, b->name);
  });
  declared_ = true;
}

/// Values given from outside must belong to a parameter; parameters without a default must be given one.
void Evaluator::params() {
  std::vector<std::string> names, lacking;
  Span first;
  for (Symbol* s : p.root->order) {
    if (s->kind != SymbolKind::Param) continue;
    names.push_back(s->name.str());
    if (s->expr || p.params.contains(s->name.str()) || p.environmentSets.contains(s->name.str())) continue;
    if (lacking.empty()) first = s->span;
    lacking.push_back(fmt::format("`{}` ({})", s->name.str(), typeName(s->type)));
  }
  for (const auto& [name, given] : p.params) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const source::FileId id = p.sources.add(given.origin, name);
    const Span at{p.sources.base(id), p.sources.base(id) + static_cast<uint32_t>(name.size())};
    source::Diagnostic& d = report(Code::BadParam, at, fmt::format("there is no parameter `{}`", name));
    const std::string near = source::nearest(name, names);
    d.hint(!near.empty() ? fmt::format("did you mean `{}`?", near) : names.empty() ? "this module has no parameters" : fmt::format("the parameters are {}", fmt::join(names, ", ")));
  }
  if (lacking.empty()) return;
  report(Code::MissingParam, first, fmt::format("no value for {}", fmt::join(lacking, ", ")))
      .hint("give one with `--set NAME=VALUE`, `--params FILE` or an environment, or write a default");
}

Value Evaluator::param(Symbol& symbol) {
  const std::string name = symbol.name.str();
  if (const auto it = p.params.find(name); it != p.params.end() && symbol.module == p.root) return paramText(symbol, it->second);
  if (const auto it = p.environmentSets.find(name); it != p.environmentSets.end() && symbol.module == p.root) return eval(it->second->expr, nullptr);
  return symbol.expr ? eval(symbol.expr, nullptr) : Value::error(); // its absence was reported
}

Value Evaluator::paramText(Symbol& symbol, const ParamValue& given) {
  const Type* type = strip(present(symbol.type));
  const std::string what = fmt::format("parameter `{}`", symbol.name.str());
  const source::FileId id = p.sources.add(given.origin, given.text);
  const Span at{p.sources.base(id), p.sources.base(id) + static_cast<uint32_t>(given.text.size())};
  Value v;
  std::string why;
  if (given.json) {
    v = fromJson(given.text, type, why);
  } else if (type->kind == TypeKind::Union || type->kind == TypeKind::Literal) {
    auto list = type->kind == TypeKind::Union ? type->alternatives : llvm::ArrayRef<const Type*>(type);
    for (const Type* a : list)
      if (a->kind == TypeKind::Literal && (a->literal.isText() ? a->literal.str() == given.text : describe(a->literal) == given.text)) return a->literal;
    v = textValue(given.text);
  } else if (type->kind == TypeKind::String || type->kind == TypeKind::ImageRef || type->kind == TypeKind::Version || type->kind == TypeKind::Path) {
    v = textValue(given.text);
  } else if (type->kind == TypeKind::Secret) {
    why = "a secret is not given on the command line; it is named in the spec: secret(\"env/NAME\")";
    v = Value::error();
  } else {
    const size_t before = p.diagnostics.errorCount();
    Expr* e = loadExpression(p, given.text, given.origin);
    if (!e || p.diagnostics.errorCount() != before) return Value::error();
    if (fits(e->type, symbol.type) == Fit::No) why = fmt::format("this is `{}`", typeName(e->type));
    else v = eval(e, nullptr);
  }
  if (why.empty() && !v.isError() && !is(v, type) && !(v.tag == Tag::Int && (type->kind == TypeKind::Cpu || type->kind == TypeKind::Float)) && !v.isText()) why = "the value has another type";
  if (why.empty() && type->kind == TypeKind::Union && !is(v, type)) why = "it is none of the choices";
  if (!why.empty()) {
    report(Code::BadParam, at, fmt::format("{} takes `{}`: {}", what, typeName(symbol.type), why)).at(symbol.span, "declared here");
    return Value::error();
  }
  return coerce(v, symbol.type, at, what);
}

static Value jsonValue(const nlohmann::json& j, const Type* type, Program& p, std::string& why) {
  type = strip(present(type));
  if (j.is_null()) return Value::absent();
  if (j.is_boolean()) return Value::of(j.get<bool>());
  if (j.is_number_integer()) return Value::of(j.get<int64_t>());
  if (j.is_number()) return Value::of(j.get<double>());
  if (j.is_string()) {
    const auto text = p.keep(j.get_ref<const std::string&>());
    if (type->kind >= TypeKind::Cpu && type->kind <= TypeKind::Duration) {
      if (auto q = readQuantity(text, p.arena, why)) return *q;
      return Value::error();
    }
    return Value::text(Tag::String, text);
  }
  if (j.is_array()) {
    std::vector<Value> items;
    for (const auto& item : j) items.push_back(jsonValue(item, type->kind == TypeKind::List ? type->inner : type, p, why));
    return Value::of(new (p.arena) ListValue{p.keep(items), p.keep(std::vector<Span>(items.size()))});
  }
  if (type->kind == TypeKind::Record) {
    why = "records cannot be given from outside yet; use a map or several parameters";
    return Value::error();
  }
  std::vector<MapEntry> entries;
  for (const auto& [key, item] : j.items()) entries.push_back({p.keep(key), jsonValue(item, type->kind == TypeKind::Map ? type->inner : type, p, why), {}});
  return Value::of(new (p.arena) MapValue{p.keep(entries)});
}

Value Evaluator::fromJson(const std::string& text, const Type* type, std::string& why) {
  const auto j = nlohmann::json::parse(text, nullptr, false);
  if (j.is_discarded()) {
    why = "it is not JSON";
    return Value::error();
  }
  return jsonValue(j, type, p, why);
}

} // namespace chasi::eval
