#include "compiler/import/openapi.h"
#include "compiler/import/chasi_text.h"
#include "compiler/import/json_at.h"
#include "compiler/import/schema_module.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringRef.h>

#include <fmt/format.h>

#include <tuple>

namespace chasi::import {

using nlohmann::ordered_json;

namespace {

constexpr const char* kGvk = "x-kubernetes-group-version-kind";

struct ApiKind {
  std::string group, version, kind, key; ///< the key in components.schemas
  std::string name;                      ///< of the schema
};

/// v2 before v1, and both before v2beta1, which is before v2alpha1: as API servers prefer them.
std::tuple<int, unsigned, unsigned> rank(llvm::StringRef version) {
  unsigned major = 0, minor = 0;
  version.consume_front("v");
  if (version.consumeInteger(10, major)) return {0, 0, 0};
  if (version.empty()) return {3, major, 0};
  const int stability = version.consume_front("beta") ? 2 : version.consume_front("alpha") ? 1 : 0;
  version.consumeInteger(10, minor);
  return {stability, major, minor};
}

bool hasMetadata(const ordered_json& schema) {
  const ordered_json metadata = schema.value(ordered_json::json_pointer("/properties/metadata"), ordered_json());
  return metadata.dump().find(".ObjectMeta\"") != std::string::npos;
}

/// What stands under /components/schemas; null when nothing does.
const ordered_json& schemasOf(const ordered_json& document) { return at(document, {"components", "schemas"}); }

std::vector<ApiKind> apiKinds(const ordered_json& schemas) {
  std::vector<ApiKind> out;
  for (const auto& [key, schema] : schemas.items()) {
    if (!schema.contains(kGvk) || !hasMetadata(schema)) continue;
    for (const ordered_json& gvk : schema[kGvk]) out.push_back({gvk.value("group", ""), gvk.value("version", ""), gvk.value("kind", ""), key, ""});
  }
  llvm::stable_sort(out, [](const ApiKind& a, const ApiKind& b) { return std::tuple(a.kind, rank(b.version)) < std::tuple(b.kind, rank(a.version)); });
  return out;
}

} // namespace

bool hasKinds(const ordered_json& document) { return schemasOf(document).is_object() && !apiKinds(schemasOf(document)).empty(); }

OpenApiModule openApiModule(llvm::ArrayRef<ordered_json> documents, llvm::ArrayRef<std::string> asked) {
  OpenApiModule out;
  ordered_json all;
  ordered_json& schemas = all["components"]["schemas"] = ordered_json::object();
  for (const ordered_json& document : documents)
    if (schemasOf(document).is_object()) schemas.update(schemasOf(document));
  std::vector<ApiKind> roots = apiKinds(schemas);
  for (const ApiKind& root : roots)
    if (out.kinds.empty() || out.kinds.back() != root.kind) out.kinds.push_back(root.kind);
  for (const std::string& kind : asked)
    if (!llvm::is_contained(out.kinds, kind)) out.unknown.push_back(kind);
  if (!asked.empty()) llvm::erase_if(roots, [&](const ApiKind& root) { return !llvm::is_contained(asked, root.kind); });

  SchemaModule module(all);
  for (size_t i = 0; i < roots.size(); ++i) {
    const bool newest = i == 0 || roots[i - 1].kind != roots[i].kind;
    roots[i].name = module.fresh(newest ? roots[i].kind : roots[i].kind + typeNameOf(roots[i].version));
    module.place("#/components/schemas/" + roots[i].key, roots[i].name);
  }
  for (const ApiKind& root : roots)
    module.addObject({root.name, root.group, root.version, root.kind}, schemas[root.key]);
  out.text = module.text("// Made by `chasic import openapi`: names, types and bounds of the objects of an API server.\n");
  return out;
}

} // namespace chasi::import
