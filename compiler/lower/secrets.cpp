#include "compiler/lower/secrets.h"

#include "compiler/lower/lower.h"
#include "runtime/plan/fact.h"
#include "runtime/plan/recipe.h"
#include "runtime/plan/secrets.h"

namespace chasi::lower {

using namespace sema;

bool holdsFact(llvm::ArrayRef<SecretPart> parts) {
  return llvm::any_of(parts, [](const SecretPart& part) { return part.kind == SecretPart::Kind::Fact || holdsFact(part.of); });
}

static plan::Recipe recipeOf(llvm::ArrayRef<SecretPart> parts, FactKeys keys) {
  plan::Recipe recipe;
  for (const SecretPart& part : parts) {
    plan::RecipePart made;
    switch (part.kind) {
    case SecretPart::Kind::Text: made.literal = part.text.str(); break;
    case SecretPart::Kind::Looked:
      made.provider = part.name.str();
      made.key = part.text.str();
      break;
    case SecretPart::Kind::Function:
      made.function = part.name.str();
      made.parts = recipeOf(part.of, keys);
      break;
    case SecretPart::Kind::Fact:
      made.provider = plan::kFact;
      made.key = keys(*part.fact);
      break;
    }
    recipe.push_back(std::move(made));
  }
  return recipe;
}

plan::SecretRef secretRef(const std::string& pointer, const SecretValue& value, FactKeys keys) {
  const plan::Recipe recipe = recipeOf(value.parts, keys);
  if (recipe.size() == 1 && !recipe.front().provider.empty()) return {pointer, recipe.front().provider, recipe.front().key};
  return {pointer, plan::kTemplate, plan::writeRecipe(recipe)};
}

bool takesSecret(const plan::ObjectRef& object, llvm::StringRef pointer) {
  if (!plan::isSecretObject(object)) return false;
  return (pointer.consume_front("/data/") || pointer.consume_front("/stringData/")) && !pointer.contains('/');
}

std::string nameLike(const MapValue& manifest, Tag tag) {
  for (const auto& [path, pointer] : {std::pair<std::vector<llvm::StringRef>, const char*>{{"apiVersion"}, "/apiVersion"}, {{"kind"}, "/kind"},
                                      {{"metadata", "name"}, "/metadata/name"}, {{"metadata", "namespace"}, "/metadata/namespace"}}) {
    const Value* v = path.size() == 1 ? at(manifest, {path[0]}) : at(manifest, {path[0], path[1]});
    if (v && v->tag == tag) return pointer;
  }
  return {};
}

std::vector<plan::ObjectRef> secretObjectsOf(const plan::SecretRef& ref) {
  std::vector<plan::ObjectRef> out;
  for (const plan::SecretRef& source : plan::sourcesOf(ref)) {
    if (source.provider != plan::kCluster) continue;
    const auto [ns, rest] = llvm::StringRef(source.key).split('/');
    out.push_back({"v1", "Secret", ns.str(), rest.split('/').first.str()});
  }
  return out;
}

} // namespace chasi::lower
