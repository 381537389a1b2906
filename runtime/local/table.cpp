// meta.k8s.io/v1 Table: what kubectl prints.
#include "runtime/local/columns.h"
#include "runtime/local/read.h"

namespace chasi::local {

static Json definition(const std::string& name, const std::string& type, int64_t priority, const std::string& format = "") {
  return {{"name", name}, {"type", type}, {"format", format}, {"description", ""}, {"priority", priority}};
}

/// The simple half of JSONPath that printer columns use: ".spec.replicas", ".status.conditions[?(@.type=='Ready')].status".
static const Json* follow(const Json& object, std::string_view path) {
  const Json* at = &object;
  while (!path.empty() && at) {
    if (path.starts_with("[?(@.")) {
      const size_t equal = path.find("=="), end = path.find(")]");
      if (equal == path.npos || end == path.npos || equal > end) return nullptr;
      const std::string_view key = path.substr(5, equal - 5);
      std::string_view value = path.substr(equal + 2, end - equal - 2);
      while (!value.empty() && (value.front() == '"' || value.front() == '\'')) value = value.substr(1, value.size() - 2);
      const Json* found = nullptr;
      if (at->is_array())
        for (const Json& element : *at)
          if (!found && textAt(element, {key}) == value) found = &element;
      at = found;
      path.remove_prefix(end + 2);
    } else if (path.starts_with('[')) {
      const size_t end = std::min(path.find(']'), path.size() - 1);
      const std::string digits(path.substr(1, end - 1));
      const bool number = !digits.empty() && digits.size() < 9 && digits.find_first_not_of("0123456789") == digits.npos;
      const size_t index = number ? std::stoul(digits) : 0;
      at = number && at->is_array() && index < at->size() ? &(*at)[index] : nullptr;
      path.remove_prefix(end + 1);
    } else {
      if (path.starts_with('.')) path.remove_prefix(1);
      size_t end = 0;
      std::string key;
      for (; end < path.size() && path[end] != '.' && path[end] != '['; ++end) {
        if (path[end] == '\\' && end + 1 < path.size()) ++end;
        key += path[end];
      }
      at = find(*at, {key});
      path.remove_prefix(end);
    }
  }
  return at;
}

static Json customCell(const PrinterColumn& column, const Json& object) {
  const Json* value = follow(object, column.path);
  if (!value || value->is_null()) return nullptr;
  if (column.type == "date") return value->is_string() ? Json(ageText(value->get<std::string>())) : Json(nullptr);
  if (value->is_object() || value->is_array()) return dumpJson(*value);
  return *value;
}

static Json shown(const Kind& kind, const EntryPtr& entry, const Json& object, const std::string& includeObject) {
  if (includeObject == "None") return nullptr;
  if (includeObject == "Object") return object;
  return parseTrusted(show(kind, *entry, Form::Metadata));
}

Json tableOf(const Kind& kind, const std::vector<EntryPtr>& entries, const std::string& includeObject) {
  const std::vector<Column>& columns = columnsOf(kind.qualified());
  const bool hasAge = columns.empty() || std::string_view(columns.back().type) != "date";
  const bool customAge = !kind.columns.empty();
  Json definitions = Json::array({definition("Name", "string", 0, "name")});
  // The age stands before the columns of the wide form.
  auto wide = std::find_if(columns.begin(), columns.end(), [](const Column& c) { return c.priority > 0; });
  for (auto each = columns.begin(); each != wide; ++each) definitions.push_back(definition(each->name, each->type, each->priority));
  for (const PrinterColumn& column : kind.columns) definitions.push_back(definition(column.name, column.type == "date" ? "string" : column.type, column.priority));
  if (hasAge && !customAge) definitions.push_back(definition("Age", "string", 0));
  for (auto each = wide; each != columns.end(); ++each) definitions.push_back(definition(each->name, each->type, each->priority));
  Json rows = Json::array();
  for (const EntryPtr& entry : entries) {
    Json object = entry->json();
    convert(kind, object);
    Json cells = Json::array({entry->key().name});
    for (auto each = columns.begin(); each != wide; ++each) cells.push_back(each->cell(object));
    for (const PrinterColumn& column : kind.columns) cells.push_back(customCell(column, object));
    if (hasAge && !customAge) cells.push_back(ageText(textAt(object, {"metadata", "creationTimestamp"})));
    for (auto each = wide; each != columns.end(); ++each) cells.push_back(each->cell(object));
    rows.push_back({{"cells", std::move(cells)}, {"object", shown(kind, entry, object, includeObject)}});
  }
  return {{"kind", "Table"}, {"apiVersion", "meta.k8s.io/v1"}, {"metadata", Json::object()}, {"columnDefinitions", std::move(definitions)}, {"rows", std::move(rows)}};
}

} // namespace chasi::local
