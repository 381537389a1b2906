#include "compiler/lower/secrets.h"

#include "compiler/lower/lower.h"
#include "runtime/plan/recipe.h"
#include "runtime/plan/secrets.h"

namespace chasi::lower {

using namespace sema;

static plan::Recipe recipeOf(llvm::ArrayRef<SecretPart> parts) {
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
      made.parts = recipeOf(part.of);
      break;
    }
    recipe.push_back(std::move(made));
  }
  return recipe;
}

plan::SecretRef secretRef(const std::string& pointer, const SecretValue& value) {
  const bool plain = value.parts.size() == 1 && value.parts.front().kind == SecretPart::Kind::Looked;
  if (plain) return {pointer, value.parts.front().name.str(), value.parts.front().text.str()};
  return {pointer, plan::kTemplate, plan::writeRecipe(recipeOf(value.parts))};
}

bool takesSecret(const plan::ObjectRef& object, llvm::StringRef pointer) {
  if (!plan::isSecretObject(object)) return false;
  return (pointer.consume_front("/data/") || pointer.consume_front("/stringData/")) && !pointer.contains('/');
}

std::string secretName(const MapValue& manifest) {
  for (const auto& [path, pointer] : {std::pair<std::vector<llvm::StringRef>, const char*>{{"apiVersion"}, "/apiVersion"}, {{"kind"}, "/kind"},
                                      {{"metadata", "name"}, "/metadata/name"}, {{"metadata", "namespace"}, "/metadata/namespace"}}) {
    const Value* v = path.size() == 1 ? at(manifest, {path[0]}) : at(manifest, {path[0], path[1]});
    if (v && v->tag == Tag::Secret) return pointer;
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
