#include "compiler/eval/provenance.h"

#include "compiler/eval/provenance_steps.h"
#include "compiler/eval/value_path.h"

namespace chasi::eval {

using namespace sema;
using source::Code;

namespace {

/// Follows a path from its first name to the value, gathering steps on the way.
class Explainer {
public:
  Explainer(Program& program, Evaluator& evaluator, Span span) : p(program), eval_(evaluator), steps_(program, evaluator), span_(span), pieces_(splitPath(program.sources.text(span))) {}

  std::optional<Explanation> run() {
    if (!start()) return std::nullopt;
    while (at_ < pieces_.size())
      if (!follow(pieces_[at_++])) return std::nullopt;
    leaveOutAround();
    out_.value = value_;
    out_.type = type_ ? typeName(type_) : "";
    out_.needs = steps_.needs();
    return std::move(out_);
  }

private:
  Program& p;
  Evaluator& eval_;
  StepReader steps_;
  Span span_;
  std::vector<PathPiece> pieces_;
  size_t at_ = 0;
  Explanation out_;
  Value value_;
  const Type* type_ = nullptr;
  /// The map that an entry is looked for in, and where it is: a field of a record.
  Record* owner_ = nullptr;
  uint32_t slot_ = 0;

  /// What is around the value and holds one of its own steps says nothing more.
  void leaveOutAround() {
    const std::vector<Step> all = out_.steps;
    auto holdsStep = [&](const Step& outer) {
      return outer.path != out_.path && llvm::any_of(all, [&](const Step& s) { return s.path == out_.path && outer.span.begin <= s.span.begin && s.span.end <= outer.span.end; });
    };
    std::erase_if(out_.steps, holdsStep);
  }

  bool unknown(const PathPiece& piece, std::string message, const std::vector<std::string>& candidates, std::string_view what) {
    const Span at{span_.begin + piece.offset, span_.begin + piece.offset + std::max(1u, piece.size)};
    source::Diagnostic& d = p.diagnostics.report(Code::UnknownName, at, std::move(message));
    const std::string near = source::nearest(piece.name, candidates);
    if (!near.empty()) d.hint(fmt::format("did you mean `{}`?", near));
    else if (!candidates.empty() && candidates.size() <= 12) d.hint(fmt::format("{} {}", what, fmt::join(candidates, ", ")));
    return false;
  }

  // --- the beginning: a declaration, with or without its kind, or a name of the module

  bool start() {
    const PathPiece& first = pieces_[0];
    std::vector<Record*> named;
    bool isKind = false;
    for (Record* r : eval_.declarations()) {
      if (pieces_.size() > 1 && r->schema->name == first.name) {
        isKind = true;
        if (r->name == pieces_[1].name) return declaration(*r, 2);
      }
      if (r->name == first.name) named.push_back(r);
    }
    if (named.size() == 1) return declaration(*named[0], 1);
    if (named.size() > 1) return ambiguous(first, named);
    if (const auto it = p.root->symbols.find(first.name); it != p.root->symbols.end()) return symbol(*it->second);
    if (isKind) return unknown(pieces_[1], fmt::format("there is no {} `{}`", first.name, pieces_[1].name), namesOf(first.name), "there are");
    std::vector<std::string> candidates;
    for (Record* r : eval_.declarations()) {
      candidates.push_back(r->name.str());
      candidates.push_back(r->schema->name.str());
    }
    for (const Symbol* s : p.root->order)
      if (s->kind == SymbolKind::Let || s->kind == SymbolKind::Param) candidates.push_back(s->name.str());
    return unknown(first, fmt::format("nothing here is called `{}`", first.name), candidates, "there are");
  }

  std::vector<std::string> namesOf(llvm::StringRef kind) const {
    std::vector<std::string> names;
    for (const Record* r : eval_.declarations())
      if (r->schema->name == kind) names.push_back(r->name.str());
    return names;
  }

  bool ambiguous(const PathPiece& first, const std::vector<Record*>& named) {
    std::vector<std::string> full;
    for (const Record* r : named) full.push_back(fmt::format("{}.{}", r->schema->name.str(), r->name.str()));
    const Span at{span_.begin + first.offset, span_.begin + first.offset + first.size};
    p.diagnostics.report(Code::UnknownName, at, fmt::format("several declarations are called `{}`", first.name)).hint(fmt::format("say which one: {}", fmt::join(full, " or ")));
    return false;
  }

  bool declaration(Record& r, size_t used) {
    at_ = used;
    value_ = Value::of(&r);
    type_ = p.types.record(r.schema);
    out_.path = fmt::format("{}.{}", r.schema->name.str(), r.name.str());
    if (at_ == pieces_.size()) steps_.declaration(r, out_.path, out_.steps);
    return true;
  }

  bool symbol(Symbol& given) {
    Symbol* s = &given;
    at_ = 1;
    out_.path = pieces_[0].name;
    if (s->kind == SymbolKind::Import && s->target && pieces_.size() > 1) {
      const auto it = s->target->symbols.find(pieces_[1].name);
      std::vector<std::string> candidates;
      for (const Symbol* other : s->target->order) candidates.push_back(other->name.str());
      if (it == s->target->symbols.end()) return unknown(pieces_[1], fmt::format("module `{}` has no `{}`", s->name.str(), pieces_[1].name), candidates, "it has");
      s = it->second;
      at_ = 2;
      out_.path += "." + pieces_[1].name;
    }
    if (s->kind != SymbolKind::Let && s->kind != SymbolKind::Param && s->kind != SymbolKind::Declaration)
      return unknown(pieces_[at_ - 1], fmt::format("`{}` is no value", s->name.str()), {}, "");
    value_ = eval_.evaluateSymbol(*s);
    type_ = s->type;
    steps_.symbol(*s, out_.path, at_ == pieces_.size(), out_.steps);
    return true;
  }

  // --- one piece further

  bool follow(const PathPiece& piece) {
    const bool last = at_ == pieces_.size();
    if (piece.name.empty() && piece.index < 0) return unknown(piece, "a name is missing here", {}, "");
    if (value_.tag == Tag::Record && piece.index < 0) return field(*value_.record, piece, last);
    if (value_.tag == Tag::Map && piece.index < 0) return entry(piece, last);
    if (value_.tag == Tag::List && piece.index >= 0) return element(piece);
    const bool list = value_.tag == Tag::List;
    return unknown(piece, list ? fmt::format("`{}` is a list", out_.path) : fmt::format("`{}` has nothing inside", out_.path), {}, "");
  }

  bool field(Record& r, const PathPiece& piece, bool last) {
    const int i = r.schema->find(piece.name);
    if (i < 0) return nested(r, piece, last);
    out_.path += "." + piece.name;
    owner_ = &r;
    slot_ = static_cast<uint32_t>(i);
    type_ = r.schema->fields[slot_].type;
    steps_.slot(r, slot_, out_.path, last, out_.steps);
    value_ = eval_.slot(r, slot_);
    return true;
  }

  /// `payments.api`: the nested declaration of that name.
  bool nested(Record& r, const PathPiece& piece, bool last) {
    std::vector<std::string> candidates;
    for (uint32_t i = 0; i < r.schema->fields.size(); ++i) {
      const Field& f = r.schema->fields[i];
      if (!f.hidden) candidates.push_back(f.name.str());
      if (!f.nested) continue;
      const Value all = eval_.slot(r, i);
      if (all.tag != Tag::Map) continue;
      if (all.map->find(piece.name)) {
        owner_ = &r;
        slot_ = i;
        value_ = all;
        type_ = f.type;
        return entry(piece, last);
      }
      for (const MapEntry& e : all.map->entries()) candidates.push_back(e.key.str());
    }
    return unknown(piece, fmt::format("`{}` has no `{}`", out_.path, piece.name), candidates, "it has");
  }

  bool entry(const PathPiece& piece, bool last) {
    const size_t at = value_.map->shape->find(piece.name);
    if (at == value_.map->size()) {
      std::vector<std::string> keys;
      for (const MapEntry& e : value_.map->entries()) keys.push_back(e.key.str());
      return unknown(piece, fmt::format("`{}` has no entry `{}`", out_.path, piece.name), keys, "it has");
    }
    const MapEntry found = (*value_.map)[at];
    out_.path += found.key.find_first_of(".[\"") == llvm::StringRef::npos ? fmt::format(".{}", piece.name) : fmt::format(".\"{}\"", piece.name);
    steps_.entry(owner_, slot_, found, out_.path, last, out_.steps);
    value_ = found.value;
    type_ = type_ && present(strip(type_))->kind == TypeKind::Map ? present(strip(type_))->inner : nullptr;
    owner_ = nullptr;
    return true;
  }

  bool element(const PathPiece& piece) {
    const auto i = static_cast<size_t>(piece.index);
    if (i >= value_.list->items.size()) return unknown(piece, fmt::format("`{}` has {} elements, counted from 0", out_.path, value_.list->items.size()), {}, "");
    out_.path += fmt::format("[{}]", piece.index);
    const Span span = i < value_.list->spans.size() ? value_.list->spans[i] : Span();
    if (span.valid()) out_.steps.push_back({.role = steps_.roleOf(span), .path = out_.path, .span = span, .value = value_.list->items[i]});
    type_ = type_ && present(strip(type_))->kind == TypeKind::List ? present(strip(type_))->inner : nullptr;
    value_ = value_.list->items[i];
    owner_ = nullptr;
    return true;
  }
};

} // namespace

const char* roleName(Role role) {
  switch (role) {
  case Role::Default: return "default";
  case Role::Definition: return "definition";
  case Role::Amendment: return "amendment";
  case Role::Environment: return "environment";
  case Role::Given: return "given";
  }
  return "";
}

std::optional<Explanation> explain(Program& program, Evaluator& evaluator, Span span) { return Explainer(program, evaluator, span).run(); }

} // namespace chasi::eval
