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
  void secret(const std::string&, size_t at, const SecretValue& value) override { found.emplace_back(at, &value); }
};

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

Value Evaluator::secretMade(Span span, llvm::ArrayRef<SecretPart> parts) {
  uint64_t weight = 0;
  for (const SecretPart& part : parts) weight += weigh(part);
  const uint32_t depth = depthOf(parts);
  if (weight > kWeight) return tooLarge(span, "this secret is made of too much");
  if (depth > kDepth) return tooLarge(span, "this secret is made of too many functions in each other");
  if (!spend(weight, span)) return Value::error();
  auto* made = new (p.arena) SecretValue{p.keep(parts.vec()), static_cast<uint32_t>(weight), depth};
  return Value::of(made);
}

/// Texts and secrets, one behind the other.
Value Evaluator::secretText(Span span, llvm::ArrayRef<Value> pieces) {
  std::vector<SecretPart> parts;
  uint64_t weight = 0;
  for (const Value& piece : pieces) {
    if (piece.isError()) return piece;
    if (piece.tag != Tag::Secret) {
      const std::string shown = text(piece);
      weight += 1 + shown.size() / kBytesEach;
      appendText(parts, p.keep(shown));
    } else {
      weight += piece.secret->weight;
      if (weight > kWeight) break;
      for (const SecretPart& part : piece.secret->parts) {
        if (part.kind == SecretPart::Kind::Text) appendText(parts, part.text);
        else parts.push_back(part);
      }
    }
    if (weight > kWeight) break;
  }
  return weight > kWeight ? tooLarge(span, "this secret is made of too much") : secretMade(span, parts);
}

Value Evaluator::secretFunction(const Expr* e, llvm::StringRef name, const Value& of) {
  return secretMade(e->span, {SecretPart{SecretPart::Kind::Function, name, {}, of.secret->parts}});
}

/// JSON with secrets in it is a secret; where the checker could not see one coming, it is refused rather than left out.
Value Evaluator::toJson(const Expr* e, const Value& of) {
  const bool secretive = strip(e->type)->kind == TypeKind::Secret;
  std::string out;
  Places places;
  if (!writeJson(of, out, &places)) return tooLarge(e->span, "this value is too long as JSON");
  if (places.found.empty() && !secretive) return textValue(std::move(out));
  if (!secretive) {
    report(Code::SecretInText, e->span, "this value holds a secret, and its JSON would be text that is shown")
        .hint("make the JSON of a map whose type says so: `let m: Map<String, Secret> = { … }`");
    return Value::error();
  }
  std::vector<SecretPart> parts;
  size_t from = 0;
  for (const auto& [at, value] : places.found) {
    appendText(parts, p.keep(out.substr(from, at - from)));
    parts.push_back({SecretPart::Kind::Function, "toJson", {}, value->parts});
    from = at + 4; // null
  }
  appendText(parts, p.keep(out.substr(from)));
  return secretMade(e->span, parts);
}

} // namespace chasi::eval
