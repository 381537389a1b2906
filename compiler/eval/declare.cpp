// Which declarations exist, and what the parameters are.
#include "compiler/eval/convert.h"

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
    source::Diagnostic& d = report(Code::DuplicateDeclaration, record->span, fmt::format("there are two declarations of {}", title(*record)));
    if (it->second->span == record->span) d.note("one place makes both, so two elements of the loop give the same name");
    else d.at(it->second->span, "first declared here");
    d.hint("names tell declarations apart: give each its own");
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
  budget_.steps += budget_.stepsEach * declarations_.size();
  budget_.bytes += budget_.bytesEach * declarations_.size();
}

/// Values given from outside must belong to a parameter; parameters without a default must be given one.
void Evaluator::params() {
  std::vector<std::string> names, lacking;
  Span first;
  for (Symbol* s : p.root->order) {
    if (s->kind != SymbolKind::Param) continue;
    names.push_back(s->name.str());
    if (s->expr || s->type->kind == TypeKind::Error || s->type->kind == TypeKind::Optional || p.params.contains(s->name.str()) || p.environmentSets.contains(s->name.str())) continue;
    if (lacking.empty()) first = s->span;
    lacking.push_back(fmt::format("`{}` ({})", s->name.str(), typeName(s->type)));
  }
  for (const Module* m : userModules(p))
    for (const Symbol* s : m->order)
      if (m != p.root && s->kind == SymbolKind::Param && !s->expr && s->type->kind != TypeKind::Optional)
        report(Code::MissingParam, s->span, fmt::format("no value for `{}` ({})", s->name.str(), typeName(s->type)))
            .note("only the parameters of the module that the program is started on can be given")
            .hint("write a default, or make it a parameter of a function");
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
  if (const auto it = p.environmentSets.find(name); it != p.environmentSets.end() && symbol.module == p.root) return eval(it->second.back()->expr, nullptr);
  if (!symbol.expr && symbol.type->kind == TypeKind::Optional) return Value::absent();
  return symbol.expr ? eval(symbol.expr, nullptr) : Value::error(); // its absence was reported
}

/// What stands on the command line for a number, an amount, true or false; text for everything that is text.
static Value scalar(const std::string& text, const Type* type, Program& p, std::string& why) {
  const llvm::StringRef s(text);
  int64_t whole = 0;
  double number = 0;
  switch (type->kind) {
  case TypeKind::Bool:
    if (s == "true" || s == "false") return Value::of(s == "true");
    break;
  case TypeKind::Int:
    if (!s.getAsInteger(10, whole)) return Value::of(whole);
    break;
  case TypeKind::Float:
    if (!s.empty() && !s.getAsDouble(number, false)) return Value::of(number);
    break;
  case TypeKind::Cpu:
  case TypeKind::Bytes:
  case TypeKind::Percent:
  case TypeKind::Duration: {
    if (type->kind == TypeKind::Cpu && !s.getAsInteger(10, whole)) return Value::of(whole);
    if (type->kind == TypeKind::Cpu && !s.empty() && !s.getAsDouble(number, false)) return Value::of(number);
    const auto q = readQuantity(p.keep(text), p.arena, why);
    if (q && static_cast<int>(q->tag) - static_cast<int>(Tag::Cpu) == static_cast<int>(type->kind) - static_cast<int>(TypeKind::Cpu)) return *q;
    if (!q) why = fmt::format("`{}` {}", text, why);
    break;
  }
  case TypeKind::Literal:
    if (type->literal.isText() ? type->literal.str() == s : describe(type->literal) == text) return type->literal;
    break;
  case TypeKind::String:
  case TypeKind::ImageRef:
  case TypeKind::Version:
  case TypeKind::Path: return Value::text(Tag::String, p.keep(text));
  default: break;
  }
  if (why.empty()) why = fmt::format("`{}` is none", text);
  return Value::error();
}

/// JSON as data without a schema.
static Value fromJson(const nlohmann::json& j, Program& p) {
  if (j.is_boolean()) return Value::of(j.get<bool>());
  if (j.is_number_unsigned() && j.get<uint64_t>() > INT64_MAX) return Value::of(j.get<double>());
  if (j.is_number_integer()) return Value::of(j.get<int64_t>());
  if (j.is_number()) return Value::of(j.get<double>());
  if (j.is_string()) return Value::text(Tag::String, p.keep(j.get_ref<const std::string&>()));
  if (j.is_array()) {
    std::vector<Value> items;
    for (const auto& item : j) items.push_back(fromJson(item, p));
    return Value::of(new (p.arena) ListValue{p.keep(items), p.keep(std::vector<Span>(items.size()))});
  }
  if (!j.is_object()) return Value::absent();
  std::vector<MapEntry> entries;
  for (const auto& [key, item] : j.items())
    if (!item.is_null()) entries.push_back({p.keep(key), fromJson(item, p), {}});
  return Value::of(new (p.arena) MapValue{p.keep(entries)});
}

Value Evaluator::paramValue(Symbol& symbol, const ParamValue& given, const Type* type, std::string& why) {
  if (type->kind == TypeKind::Secret) {
    why = "a secret is not given from outside; it is named in the specification: secret(\"env/NAME\")";
    return Value::error();
  }
  if (given.json) {
    const auto j = nlohmann::json::parse(given.text, nullptr, false);
    if (j.is_discarded()) {
      why = "it is not JSON";
      return Value::error();
    }
    Conversion conversion(*this, p);
    const Value v = conversion.to(symbol.type, fromJson(j, p), symbol.span);
    for (const Misfit& m : conversion.misfits) why += (why.empty() ? "" : "; ") + (m.path.empty() ? m.why : fmt::format("`{}` {}", m.path, m.why));
    return v;
  }
  if (type->kind == TypeKind::Union) {
    // Everything is a text, so texts come last.
    for (const bool texts : {false, true})
      for (const Type* a : type->alternatives) {
        const TypeKind kind = strip(a)->kind;
        std::string no;
        if ((kind == TypeKind::String || (kind >= TypeKind::Version && kind <= TypeKind::Path)) != texts) continue;
        if (const Value v = scalar(given.text, strip(a), p, no); no.empty()) return v;
      }
    why = fmt::format("`{}` is none of the choices", given.text);
    return Value::error();
  }
  if (type->kind <= TypeKind::Path || type->kind == TypeKind::Literal) return scalar(given.text, type, p, why);
  const size_t before = p.diagnostics.errorCount();
  const Expr* e = loadExpression(p, given.text, given.origin);
  if (!e || p.diagnostics.errorCount() != before) return Value::error();
  if (fits(e->type, symbol.type) != Fit::No) return eval(e, nullptr);
  why = fmt::format("this is `{}`", typeName(e->type));
  return Value::error();
}

Value Evaluator::paramText(Symbol& symbol, const ParamValue& given) {
  const source::FileId id = p.sources.add(given.origin, given.text);
  const Span at{p.sources.base(id), p.sources.base(id) + static_cast<uint32_t>(given.text.size())};
  std::string why;
  const Value v = paramValue(symbol, given, strip(present(symbol.type)), why);
  if (!why.empty()) {
    const bool whole = llvm::StringRef(why).starts_with("takes `"); // says it all
    report(Code::BadParam, at, whole ? fmt::format("parameter `{}` {}", symbol.name.str(), why) : fmt::format("parameter `{}` takes `{}`: {}", symbol.name.str(), typeName(symbol.type), why)).at(symbol.span, "declared here");
    return Value::error();
  }
  return coerce(v, symbol.type, at, fmt::format("parameter `{}`", symbol.name.str()));
}

} // namespace chasi::eval
