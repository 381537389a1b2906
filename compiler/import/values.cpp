#include "compiler/import/values.h"
#include "compiler/import/chasi_text.h"
#include "compiler/import/schema_module.h"

#include <fmt/format.h>

namespace chasi::import {

using nlohmann::ordered_json;

std::string schemaModule(const ordered_json& document, const std::string& name) {
  if (!document.is_object() || !(document.contains("properties") || document.contains("$ref"))) return "";
  SchemaModule module(document);
  const std::string head = "// Made by `chasic import schema`: names, types and bounds of values.\n";
  if (document.contains("$ref")) {
    const std::string root = module.fresh(name);
    const Shape shape = module.shapeOf(document, root);
    return module.text(fmt::format("{}type {} = {}\n", head, root, shape.type));
  }
  const std::string root = module.fresh(name);
  const std::string fields = module.fields(document, root);
  if (fields.empty()) return "";
  module.add(root, "", fields);
  return module.text(head);
}

} // namespace chasi::import
