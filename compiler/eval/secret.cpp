// Secrets while evaluating: where a value is kept, and how texts are made of it. The value itself is never here.
#include "compiler/eval/evaluator.h"

#include "compiler/sema/quantity.h"

#include <llvm/ADT/StringExtras.h>

namespace chasi::eval {

using namespace sema;
using source::Code;

namespace {

constexpr uint32_t kWeight = 4096;   ///< parts, and a quarter KiB of text each; a Secret holds a MiB at most
constexpr uint32_t kBytesEach = 256; ///< of text count as much as a part
constexpr uint32_t kDepth = 16;

bool isWord(llvm::StringRef s, llvm::StringRef others) {
  return !s.empty() && llvm::all_of(s, [&](char c) { return (llvm::isAlpha(c) || llvm::isDigit(c)) || others.contains(c); });
}

/// What stands in plans and comments is one line.
bool isLine(llvm::StringRef s) {
  return llvm::none_of(s, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// NAMESPACE/NAME/KEY.
bool namesSecretObject(llvm::StringRef key) {
  const auto [ns, rest] = key.split('/');
  const auto [name, entry] = rest.split('/');
  return isWord(ns, "-") && isWord(name, "-.") && isWord(entry, "-._");
}

/// "PROGRAM" or "PROGRAM ARGUMENT"; a path stays what it says it is.
bool namesProgram(llvm::StringRef key) {
  const llvm::StringRef program = key.split(' ').first;
  llvm::SmallVector<llvm::StringRef, 4> steps;
  program.split(steps, '/');
  return !program.empty() && !program.starts_with("-") && !program.ends_with("/") && !llvm::is_contained(steps, "..");
}

bool isPlace(llvm::StringRef provider, llvm::StringRef key) {
  if (key.empty() || !isLine(key)) return false;
  if (provider == "env") return !key.contains('=');
  if (provider == "file") return true;
  if (provider == "k8s") return namesSecretObject(key);
  return provider == "exec" && namesProgram(key);
}

std::string howToName(llvm::StringRef provider) {
  if (provider == "k8s") return "write `secret(\"k8s/NAMESPACE/NAME\", \"key\")`";
  if (provider == "exec") return "write `secret(\"exec/PROGRAM\", \"argument\")`";
  return "write `secret(\"env/DB_PASSWORD\")` or `secret(\"file/secrets/db\")`";
}

/// Notes where in a JSON text secrets belong; `null` stands there.
struct Places : Evaluator::SecretSink {
  std::vector<std::pair<size_t, const SecretValue*>> found;
  bool secrets = false;
  void secret(const std::string&, size_t at, const SecretValue& value) override {
    found.emplace_back(at, &value);
    secrets = true;
  }
  void later(const std::string&, size_t at, const SecretValue& value) override { found.emplace_back(at, &value); }
};

std::string madeOfTooMuch(Tag tag) { return fmt::format("this {} is made of too much", tag == Tag::Secret ? "secret" : "text"); }

uint64_t weigh(const SecretPart& part) {
  uint64_t weight = 1 + part.text.size() / kBytesEach;
  for (const SecretPart& inner : part.of) weight += weigh(inner);
  return weight;
}

uint32_t depthOf(llvm::ArrayRef<SecretPart> parts) {
  uint32_t depth = 0;
  for (const SecretPart& part : parts)
    if (part.kind == SecretPart::Kind::Function) depth = std::max(depth, 1 + depthOf(part.of));
  return depth;
}

} // namespace

/// "env/NAME", "file/path" or "env", "NAME": the provider, then what it knows the value by.
Value Evaluator::secret(const Expr* e, llvm::ArrayRef<Value> args) {
  const auto [provider, key] = args[0].str().split('/');
  std::string full = key.str();
  if (args.size() == 2) full += (full.empty() ? "" : provider == "exec" ? " " : "/") + args[1].str().str();
  if (!isPlace(provider, full)) {
    report(Code::BadText, e->list[0]->span, fmt::format("{} names no secret", describe(args[0])))
        .note("the providers are env (a variable of the environment), file (a file of the workspace), k8s (an entry of a Secret on the cluster that "
              "the object goes to) and exec (what a program prints)")
        .hint(howToName(provider));
    return Value::error();
  }
  return secretMade(e->span, {SecretPart{SecretPart::Kind::Looked, provider, p.keep(full), {}}});
}

/// A text in front of which a text stands becomes one with it, so that equal secrets are equal however they were put together.
void Evaluator::appendText(std::vector<SecretPart>& parts, llvm::StringRef text) {
  if (text.empty()) return;
  if (parts.empty() || parts.back().kind != SecretPart::Kind::Text) parts.push_back({SecretPart::Kind::Text, {}, text, {}});
  else parts.back().text = p.keep(parts.back().text.str() + text.str());
}

Value Evaluator::secretMade(Span span, llvm::ArrayRef<SecretPart> parts, Tag tag) {
  uint64_t weight = 0;
  for (const SecretPart& part : parts) weight += weigh(part);
  const uint32_t depth = depthOf(parts);
  if (weight > kWeight) return tooLarge(span, madeOfTooMuch(tag));
  if (depth > kDepth) return tooLarge(span, fmt::format("this {} is made of too many functions in each other", tag == Tag::Secret ? "secret" : "text"));
  if (!spend(weight, span)) return Value::error();
  auto* made = new (p.arena) SecretValue{p.keep(parts.vec()), static_cast<uint32_t>(weight), depth};
  return tag == Tag::Secret ? Value::of(made) : Value::later(made);
}

/// Texts, secrets and facts, one behind the other: a secret or a text that is known later, as `type` says. When all of a later text
/// is known already, it is a plain one.
Value Evaluator::secretText(Span span, llvm::ArrayRef<Value> pieces, const Type* type) {
  const Tag tag = strip(type)->kind == TypeKind::Secret ? Tag::Secret : Tag::Later;
  std::vector<SecretPart> parts;
  uint64_t weight = 0;
  for (const Value& piece : pieces) {
    if (piece.isError()) return piece;
    const bool known = piece.tag != Tag::Secret && piece.tag != Tag::Later;
    const std::string shown = known ? text(piece) : std::string();
    weight += known ? 1 + shown.size() / kBytesEach : piece.secret->weight;
    if (weight > kWeight) return tooLarge(span, madeOfTooMuch(tag));
    if (known) appendText(parts, p.keep(shown));
    else
      for (const SecretPart& part : piece.secret->parts) {
        if (part.kind == SecretPart::Kind::Text) appendText(parts, part.text);
        else appendFact(parts, part);
      }
  }
  if (tag == Tag::Later && llvm::all_of(parts, [](const SecretPart& part) { return part.kind == SecretPart::Kind::Text; }))
    return textValue(parts.empty() ? std::string() : parts.front().text.str());
  return secretMade(span, parts, tag);
}

Value Evaluator::secretFunction(const Expr* e, llvm::StringRef name, const Value& of) {
  std::vector<SecretPart> parts;
  for (const SecretPart& part : of.secret->parts) appendFact(parts, part);
  return secretMade(e->span, {SecretPart{SecretPart::Kind::Function, name, {}, p.keep(parts)}}, of.tag);
}

/// JSON with secrets in it is a secret, and with facts of the cluster it is known later; where the checker could not see one coming,
/// it is refused rather than left out.
Value Evaluator::toJson(const Expr* e, const Value& of) {
  const TypeKind seen = strip(e->type)->kind;
  std::string out;
  Places places;
  if (!writeJson(of, out, &places)) return tooLarge(e->span, "this value is too long as JSON");
  if (places.found.empty() && seen != TypeKind::Secret) return textValue(std::move(out));
  if (places.secrets && seen != TypeKind::Secret) {
    report(Code::SecretInText, e->span, "this value holds a secret, and its JSON would be text that is shown")
        .hint("make the JSON of a map whose type says so: `let m: Map<String, Secret> = { … }`");
    return Value::error();
  }
  if (seen == TypeKind::String) {
    report(Code::LaterPlace, e->span, "this value holds what is known only while applying, and its JSON would be a text that is known")
        .hint("make the JSON of a map whose type says so: `let m: Map<String, Later<String>> = { … }`");
    return Value::error();
  }
  std::vector<SecretPart> parts;
  size_t from = 0;
  for (const auto& [at, value] : places.found) {
    appendText(parts, p.keep(out.substr(from, at - from)));
    const SecretPart& first = value->parts.front();
    const bool asItIs = value->parts.size() == 1 && first.kind == SecretPart::Kind::Fact && first.fact->type != "String" && first.fact->type != "Text";
    if (asItIs) parts.push_back(first); // a number, or a piece of JSON
    else parts.push_back({SecretPart::Kind::Function, "toJson", {}, value->parts});
    from = at + 4; // null
  }
  appendText(parts, p.keep(out.substr(from)));
  return secretMade(e->span, parts, seen == TypeKind::Secret ? Tag::Secret : Tag::Later);
}

} // namespace chasi::eval
