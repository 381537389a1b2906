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
    orderly_ = false;
    source::Diagnostic& d = report(Code::DuplicateDeclaration, record->span, fmt::format("there are two declarations of {}", title(*record)));
    if (it->second->span == record->span) d.note("one place makes both, so two elements of the loop give the same name");
    else d.at(it->second->span, "first declared here");
    d.hint("names tell declarations apart: give each its own");
    return;
  }
  declarations_.push_back(record);
  if (listing_) listing_->made.push_back(record);
}

/// The items of a file, each on its own when a record is kept.
void Evaluator::list(const Place& place) {
  const File& file = place.module->files[place.file];
  if (!reads_) return items(file.items, nullptr);
  std::vector<Listed>& listed = listed_[place];
  for (const ItemIr& item : file.items.drop_front(listed.size())) listed.push_back({&item, item.symbol ? reads_->of(*item.symbol) : reads_->add(), {}});
  for (Listed& l : listed)
    if (std::exchange(l.again, false)) relist(l);
}

void Evaluator::relist(Listed& listed) {
  listed.made.clear();
  listing_ = &listed;
  const Reads::As as(reads_, listed.part);
  items(*listed.item, nullptr);
  listing_ = nullptr;
}

static bool before(const Record* a, const Record* b) { return std::pair(a->schema->name, a->name) < std::pair(b->schema->name, b->name); }

/// Puts those behind the first `kept` ones, which are in order, in their places. False when it depends on the order of files which of two
/// comes first.
bool Evaluator::sortNew(size_t kept) {
  const auto middle = declarations_.begin() + static_cast<std::ptrdiff_t>(kept);
  std::stable_sort(middle, declarations_.end(), before);
  std::inplace_merge(declarations_.begin(), middle, declarations_.end(), before);
  return orderly_ && std::adjacent_find(declarations_.begin(), declarations_.end(), [](const Record* a, const Record* b) { return !before(a, b); }) == declarations_.end();
}

void Evaluator::declare() {
  params();
  const std::vector<Module*> modules = userModules(p);
  for (Module* m : modules)
    for (const File& file : m->files) indexItems(file.items);
  for (Module* m : modules)
    for (size_t file = 0; file < m->files.size(); ++file) list({m, file});
  const bool clear = sortNew(0);
  orderly_ = orderly_ && clear;
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
  const auto madeUp = [this](const std::string& origin, const std::string& text) {
    const source::FileId id = p.sources.add(origin, text);
    return Span{p.sources.base(id), p.sources.base(id) + static_cast<uint32_t>(text.size())};
  };
  for (const auto& [name, given] : p.params) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::optional<MapEntry> entry = entryOf(name, given);
    source::Diagnostic& d = report(Code::BadParam, entry ? keyOf(*entry) : madeUp(given.origin, name), fmt::format("there is no parameter `{}`", name));
    const std::string near = source::nearest(name, names);
    d.hint(!near.empty() ? fmt::format("did you mean `{}`?", near) : names.empty() ? "this module has no parameters" : fmt::format("the parameters are {}", fmt::join(names, ", ")));
  }
  if (lacking.empty()) return;
  report(Code::MissingParam, first, fmt::format("no value for {}", fmt::join(lacking, ", ")))
      .hint("give one with `--set NAME=VALUE`, `--set-env NAME=VARIABLE`, `--params FILE` or an environment, or write a default");
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
    if (q && q->tag == tagOf(type->kind)) return *q;
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

Value Evaluator::paramValue(Symbol& symbol, const ParamValue& given, const Type* type, std::string& why) {
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

std::optional<MapEntry> Evaluator::entryOf(const std::string& name, const ParamValue& given) {
  if (!given.document) return std::nullopt;
  const auto [it, fresh] = documents_.try_emplace(given.origin);
  if (fresh) it->second = parsed(p.sources.add(given.origin, *given.document), llvm::StringRef(given.origin).ends_with(".json"), {});
  if (it->second.tag != Tag::Map) return std::nullopt;
  const MapValue& map = *it->second.map;
  const size_t i = map.shape->find(name);
  return i < map.size() ? std::optional(map[i]) : std::nullopt;
}

/// From a parameters file: everything in it that does not fit is told at its place.
Value Evaluator::paramEntry(Symbol& symbol, const ParamValue& given) {
  const std::optional<MapEntry> entry = entryOf(symbol.name.str(), given);
  if (!entry && documents_[given.origin].isError()) return Value::error(); // told when the file was read
  Conversion conversion(*this, p, Conversion::Writer::Us);
  const Value made = entry ? conversion.to(symbol.type, entry->value, entry->span) : conversion.to(symbol.type, Value::absent(), symbol.span);
  for (const Misfit& m : conversion.misfits) {
    const char* step = m.path.empty() || m.path.front() == '[' ? "" : ".";
    source::Diagnostic& d = report(Code::BadParam, m.span.valid() ? m.span : symbol.span, fmt::format("parameter `{}{}{}` {}", symbol.name.str(), step, m.path, m.why));
    if (m.span.valid() && m.span != symbol.span) d.at(symbol.span, "declared here");
    d.hint(m.help);
  }
  return made;
}

Value Evaluator::paramText(Symbol& symbol, const ParamValue& given) {
  const Type* type = strip(present(symbol.type));
  const std::string name = symbol.name.str();
  // No excerpt of a place where somebody wrote one.
  if (type->kind == TypeKind::Secret && given.variable.empty()) {
    report(Code::BadParam, symbol.span, fmt::format("parameter `{}` is a secret, which is named and never written down; {} gives it a value", name, given.document ? given.origin : "`" + given.origin + "`"))
        .hint(fmt::format("say where it is kept: `--set-env {}=VARIABLE`, or in the specification `secret(\"env/VARIABLE\")`", name));
    return Value::error();
  }
  if (given.document) return paramEntry(symbol, given);
  const std::string& shown = given.unset ? given.variable : given.text;
  const source::FileId id = p.sources.add(given.origin, shown);
  const Span at{p.sources.base(id), p.sources.base(id) + static_cast<uint32_t>(shown.size())};
  if (given.unset) {
    report(Code::VariableUnset, at, fmt::format("there is no environment variable `{}` to set `{}` from", given.variable, name))
        .at(symbol.span, "declared here")
        .hint(fmt::format("set it, or leave `{}` out; the name of a variable stands there without `$`", given.origin));
    return Value::error();
  }
  std::string why;
  const Value v = paramValue(symbol, given, type, why);
  if (why.empty()) return coerce(v, symbol.type, at, fmt::format("parameter `{}`", name));
  source::Diagnostic& d = report(Code::BadParam, at, fmt::format("parameter `{}` takes `{}`: {}", name, typeName(symbol.type), why)).at(symbol.span, "declared here");
  if (!given.variable.empty()) d.note(fmt::format("this is what the environment variable {} holds", given.variable));
  return Value::error();
}

} // namespace chasi::eval
