// Facts of the cluster while evaluating: which field of which object tells one. What it says comes while applying.
#include "compiler/eval/evaluator.h"

namespace chasi::eval {

using namespace sema;
using source::Code;

/// The object is looked at when the operations are known: two objects may tell each other something, as long as that is no circle.
Value Evaluator::later(const Expr* e, llvm::ArrayRef<Value> args) {
  auto* fact = new (p.arena) LaterSource{args[0].record, args[1].str(), "Any", e->span};
  return secretMade(e->span, {SecretPart{.kind = SecretPart::Kind::Fact, .fact = fact}}, Tag::Later);
}

static const LaterSource* typed(llvm::BumpPtrAllocator& arena, const LaterSource& fact, llvm::StringRef type) {
  auto* made = new (arena) LaterSource(fact);
  made->type = type;
  return made;
}

/// `later(object, path) as T`.
Value Evaluator::asLater(const Expr* e, const Value& v) {
  const Type* type = strip(present(e->type))->inner;
  const SecretPart& part = v.secret->parts.front();
  if (v.secret->parts.size() != 1 || part.kind != SecretPart::Kind::Fact) return v; // a text that was made of facts
  return secretMade(e->span, {SecretPart{.kind = SecretPart::Kind::Fact, .fact = typed(p.arena, *part.fact, p.keep(typeName(type)))}}, Tag::Later);
}

/// In a text, a fact stands as text: 8080 as much as "8080".
void Evaluator::appendFact(std::vector<SecretPart>& parts, const SecretPart& part) {
  parts.push_back(part);
  if (part.kind == SecretPart::Kind::Fact && part.fact->type != "Text") parts.back().fact = typed(p.arena, *part.fact, "Text");
}

/// Where it is shown to people: `(known after Service web in shop: spec.clusterIP)`.
std::string Evaluator::laterText(const SecretValue& value) {
  const SecretPart* fact = nullptr;
  for (llvm::ArrayRef<SecretPart> parts = value.parts; !fact && !parts.empty();) {
    llvm::ArrayRef<SecretPart> inner;
    for (const SecretPart& part : parts) {
      if (part.kind == SecretPart::Kind::Fact && !fact) fact = &part;
      if (part.kind == SecretPart::Kind::Function) inner = part.of;
    }
    parts = inner;
  }
  if (!fact) return "(known while applying)";
  if (fact->fact->object->schema->find("manifest") < 0) return "(known after the push)"; // of an image
  const Value manifest = field(*fact->fact->object, "manifest");
  const auto textAt = [&](std::initializer_list<llvm::StringRef> path) -> std::string {
    Value v = manifest;
    for (const llvm::StringRef key : path) {
      const Value* found = v.tag == Tag::Map ? v.map->find(key) : nullptr;
      if (!found) return {};
      v = *found;
    }
    return v.isText() ? v.str().str() : std::string();
  };
  const std::string kind = textAt({"kind"}), name = textAt({"metadata", "name"}), ns = textAt({"metadata", "namespace"});
  const bool whole = value.parts.size() == 1 && value.parts.front().kind == SecretPart::Kind::Fact;
  return fmt::format("({}known after {} {}{}: {})", whole ? "" : "a text ", kind, name, ns.empty() ? "" : " in " + ns, fact->fact->path.str());
}

Value Evaluator::tooEarly(Span span, llvm::StringRef what) {
  report(Code::LaterPlace, span, fmt::format("{} must be known before anything runs, and some of it is known only while applying", what.str()))
      .hint("look at what the specification says, and leave out what only the cluster knows");
  return Value::error();
}

} // namespace chasi::eval
