#include "compiler/import/crd.h"
#include "compiler/import/chasi_text.h"
#include "compiler/import/json_at.h"
#include "compiler/import/schema_module.h"

#include <fmt/format.h>

namespace chasi::import {

using nlohmann::ordered_json;

namespace {

struct Root {
  std::string group, version, kind;
  const ordered_json* schema;
  bool stored;
};

std::vector<Root> rootsOf(const ordered_json& crd) {
  std::vector<Root> out;
  const std::string group = textAt(crd, {"spec", "group"}), kind = textAt(crd, {"spec", "names", "kind"});
  const ordered_json& shared = at(crd, {"spec", "validation", "openAPIV3Schema"}); // of v1beta1: one for all versions
  for (const ordered_json& version : at(crd, {"spec", "versions"})) {
    if (at(version, "served") == false) continue;
    const ordered_json& own = at(version, {"schema", "openAPIV3Schema"});
    out.push_back({group, textAt(version, "name"), kind, own.is_null() ? &shared : &own, at(version, "storage") == true});
  }
  if (const std::string only = textAt(crd, {"spec", "version"}); out.empty() && !only.empty()) out.push_back({group, only, kind, &shared, true});
  std::stable_sort(out.begin(), out.end(), [](const Root& a, const Root& b) { return a.stored > b.stored; });
  return out;
}

} // namespace

bool isDefinition(const ordered_json& object) { return object.is_object() && textAt(object, "kind") == "CustomResourceDefinition" && !textAt(object, {"spec", "names", "kind"}).empty(); }

CrdModule crdModule(llvm::ArrayRef<ordered_json> objects) {
  CrdModule out;
  const ordered_json nothing;
  SchemaModule module(nothing);
  for (const ordered_json& object : objects) {
    if (!isDefinition(object)) continue;
    const std::vector<Root> roots = rootsOf(object);
    for (const Root& root : roots) {
      const std::string name = module.fresh(root.stored || roots.size() == 1 ? root.kind : root.kind + typeNameOf(root.version));
      module.addObject({name, root.group, root.version, root.kind}, *root.schema);
      out.roots.push_back(fmt::format("{} {}/{}", root.kind, root.group, root.version));
    }
  }
  out.text = module.text("// Made by `chasic import crd`: names, types and bounds of custom objects.\n");
  return out;
}

} // namespace chasi::import
