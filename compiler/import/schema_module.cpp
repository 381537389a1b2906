#include "compiler/import/schema_module.h"
#include "compiler/import/chasi_text.h"
#include "compiler/import/json_at.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/ADT/StringRef.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

namespace chasi::import {

using nlohmann::ordered_json;

namespace {

constexpr const char* kQuantity = "Cpu | Bytes | Int | Float | String";
constexpr size_t kDefaultBytes = 100; ///< longer defaults are not worth a line

bool is(const ordered_json& of, const char* key) { return at(of, key) == true; }

std::string oneLine(const std::string& text) {
  llvm::SmallVector<llvm::StringRef, 32> words;
  llvm::SplitString(text, words, " \t\r\n");
  return llvm::join(words, " ");
}

/// What the API server checks in addition (CEL), one note a rule.
std::vector<std::string> rules(const ordered_json& schema) {
  std::vector<std::string> out;
  for (const ordered_json& rule : at(schema, "x-kubernetes-validations")) out.push_back("rule: " + oneLine(textAt(rule, "rule")));
  return out;
}

/// Conditions of whole branches, which choose nothing that a type could say.
void addBranches(const ordered_json& schema, std::vector<std::string>& notes) {
  std::vector<std::string> words;
  for (const char* word : {"allOf", "anyOf", "oneOf", "not", "if"})
    if (!at(schema, word).is_null()) words.emplace_back(word);
  if (!words.empty()) notes.push_back(fmt::format("in addition: {}", fmt::join(words, ", ")));
}

/// What the server fills in. Its own OpenAPI documents say it of everything that Go sets to zero, which means nothing.
ordered_json defaultOf(const ordered_json& schema, bool ofServer) {
  const ordered_json& value = at(schema, "default");
  const bool zero = value == "" || value == 0 || value == false || (value.is_structured() && value.empty());
  return ofServer && zero ? ordered_json() : value;
}

bool isMap(const ordered_json& schema) { return !at(schema, "properties").is_object() || at(schema, "properties").empty() || is(schema, "x-kubernetes-preserve-unknown-fields"); }

/// Forms that RE2 lacks: looking around, and referring back.
bool isPlainPattern(llvm::StringRef p) {
  for (const char* other : {"(?=", "(?!", "(?<", "\\u", "\\c", "\\1", "\\2", "\\3"})
    if (p.contains(other)) return false;
  return true;
}

/// The condition for a pattern, which may lie anywhere in the text, in terms of `matches`, which takes the whole text.
std::string patternCondition(llvm::StringRef p) {
  const bool whole = p.starts_with("^") && p.ends_with("$") && !p.ends_with("\\$") && !p.contains('|');
  return fmt::format("it.matches({})", raw(whole ? p.str() : fmt::format("(?s:.*)(?:{})(?s:.*)", p.str())));
}

bool isQuantity(const ordered_json& schema) { return textAt(schema, "pattern").starts_with(R"(^(\+|-)?(([0-9]+)"); }

void addCount(const ordered_json& schema, const char* least, const char* most, std::vector<std::string>& conditions) {
  if (at(schema, least).is_number_integer() && at(schema, least) > 0) conditions.push_back(fmt::format("it.len() >= {}", at(schema, least).dump()));
  if (at(schema, most).is_number_integer()) conditions.push_back(fmt::format("it.len() <= {}", at(schema, most).dump()));
}

} // namespace

std::string SchemaModule::fresh(const std::string& name) {
  std::string out = typeNameOf(name);
  for (size_t n = 2; names_.contains(out); ++n) out = fmt::format("{}{}", typeNameOf(name), n);
  names_[out] = declarations_.size();
  declarations_.emplace_back();
  return out;
}

void SchemaModule::add(const std::string& name, const std::string& head, const std::string& lines) {
  declarations_[names_.at(name)] = fmt::format("{}schema {} {{\n{}}}\n", head, name, lines);
}

std::string SchemaModule::helper(const std::string& name, const std::string& type) {
  if (!names_.contains(name)) declarations_[names_[fresh(name)]] = fmt::format("type {} = {}\n", name, type);
  return name;
}

std::string SchemaModule::metadata() {
  const std::string name = "ObjectMetadata";
  if (names_.contains(name)) return name;
  add(fresh(name), "", R"(  name: String
  namespace?: String
  labels?: Map<String, String>
  annotations?: Map<String, String>
  finalizers?: List<String>
  ownerReferences?: List<Map<String, Any>>
)");
  return name;
}

std::string SchemaModule::inner(const Shape& shape, const std::string& path) {
  if (shape.conditions.empty()) return shape.type;
  const std::string refined = fmt::format("{} where {}", shape.type, fmt::join(shape.conditions, " && "));
  if (const auto known = alike_.find(refined); known != alike_.end()) return known->second;
  const std::string name = fresh(path);
  declarations_[names_[name]] = fmt::format("type {} = {}\n", name, refined);
  return alike_[refined] = name;
}

std::string SchemaModule::field(const std::string& name, const Shape& shape, bool required) {
  std::string out;
  for (const std::string& note : shape.notes) out += "  // " + note + "\n";
  if (!shape.doc.empty()) out += "  /// " + shape.doc + "\n";
  out += fmt::format("  {}{}: {}", name, required ? "" : "?", shape.type);
  if (!shape.conditions.empty()) out += fmt::format(" where {}", fmt::join(shape.conditions, " && "));
  return out + "\n";
}

std::string SchemaModule::fields(const ordered_json& schema, const std::string& path, const std::vector<std::string>& without) {
  std::string out;
  std::vector<std::string> required;
  for (const ordered_json& name : at(schema, "required"))
    if (name.is_string()) required.push_back(name);
  for (const auto& [name, property] : at(schema, "properties").items())
    if (!isName(name) && !llvm::is_contained(without, name)) return "";
  for (const auto& [name, property] : at(schema, "properties").items()) {
    if (llvm::is_contained(without, name)) continue;
    Shape shape = shapeOf(property, path + typeNameOf(name));
    const ordered_json value = defaultOf(property, document_.contains("components"));
    if (const std::string written = value.dump(); !value.is_null() && written.size() <= kDefaultBytes) shape.doc = fmt::format("By default {}.", oneLine(written));
    // What has a default is given by the server, before it looks for what is missing.
    out += field(name, shape, value.is_null() && llvm::is_contained(required, name));
  }
  return out;
}

Shape SchemaModule::object(const ordered_json& schema, const std::string& path) {
  Shape shape;
  shape.object = true;
  shape.notes = rules(schema);
  addBranches(schema, shape.notes);
  const ordered_json& values = at(schema, "additionalProperties");
  if (!isMap(schema) && (values.is_null() || values == false) && at(schema, "patternProperties").is_null()) {
    const std::string name = fresh(path);
    const std::string lines = fields(schema, path);
    const auto known = alike_.find(lines);
    if ((lines.empty() || known != alike_.end()) && names_[name] + 1 == declarations_.size()) {
      names_.erase(name); // nothing came up in between, so the last place is its own
      declarations_.pop_back();
    }
    if (!lines.empty()) {
      if (!names_.contains(name)) {
        shape.type = known->second;
        return shape;
      }
      alike_.emplace(lines, name);
      add(name, "", lines);
      shape.type = name;
      return shape;
    }
    shape.notes.emplace_back("has a field whose name is none of the language");
  }
  Shape value{.type = "Any"};
  if (values.is_object() && !values.empty() && isMap(schema) && !is(schema, "x-kubernetes-preserve-unknown-fields")) value = shapeOf(values, path + "Value");
  shape.type = fmt::format("Map<String, {}>", inner(value, path + "Value"));
  addCount(schema, "minProperties", "maxProperties", shape.conditions);
  return shape;
}

Shape SchemaModule::list(const ordered_json& schema, const std::string& path) {
  const Shape item = at(schema, "items").is_object() ? shapeOf(at(schema, "items"), path + (at(at(schema, "items"), "type") == "array" ? "Item" : "")) : Shape{.type = "Any"};
  Shape shape{.type = fmt::format("List<{}>", inner(item, path + "Item")), .notes = rules(schema)};
  if (const std::string kind = textAt(schema, "x-kubernetes-list-type"); kind == "set") shape.notes.emplace_back("each of them once");
  else if (kind == "map") {
    std::vector<std::string> keys;
    for (const ordered_json& key : at(schema, "x-kubernetes-list-map-keys")) keys.push_back(key.get<std::string>());
    shape.notes.push_back(fmt::format("told apart by {}", fmt::join(keys, ", ")));
  }
  for (const std::string& note : item.notes) shape.notes.push_back("each: " + note);
  addCount(schema, "minItems", "maxItems", shape.conditions);
  return shape;
}

Shape SchemaModule::string(const ordered_json& schema) {
  Shape shape{.type = "String", .notes = rules(schema)};
  addCount(schema, "minLength", "maxLength", shape.conditions);
  if (const std::string pattern = textAt(schema, "pattern"); !pattern.empty()) {
    if (isPlainPattern(pattern)) shape.conditions.push_back(patternCondition(pattern));
    else shape.notes.push_back("of the form " + oneLine(pattern));
  }
  if (const std::string format = textAt(schema, "format"); !format.empty()) shape.notes.push_back("format: " + oneLine(format));
  return shape;
}

Shape SchemaModule::number(const ordered_json& schema, bool whole) {
  Shape shape{.type = whole ? "Int" : "Float", .notes = rules(schema)};
  if (whole && textAt(schema, "format") == "int32") shape.type = helper("Int32", "Int where -2147483648 <= it <= 2147483647 : \"a whole number of 32 bits\"");
  const auto bound = [&](const char* key, const char* exclusiveKey, const char* with, const char* without) {
    const auto add = [&](const ordered_json& limit, bool exclusive) {
      const double n = limit.get<double>();
      if (std::abs(n) >= 9e18) return; // no number of the language is beyond that
      const std::string written = whole && n == std::floor(n) ? fmt::format("{}", static_cast<int64_t>(n)) : fmt::format("{:#}", n);
      shape.conditions.push_back(fmt::format("it {} {}", exclusive ? without : with, written));
    };
    if (at(schema, key).is_number()) add(at(schema, key), is(schema, exclusiveKey));
    if (at(schema, exclusiveKey).is_number()) add(at(schema, exclusiveKey), true);
  };
  bound("minimum", "exclusiveMinimum", ">=", ">");
  bound("maximum", "exclusiveMaximum", "<=", "<");
  if (shape.conditions.size() == 2 && llvm::StringRef(shape.conditions[0]).starts_with("it >= ") && llvm::StringRef(shape.conditions[1]).starts_with("it <= "))
    shape.conditions = {fmt::format("{} <= {}", shape.conditions[0].substr(6), shape.conditions[1])};
  if (at(schema, "multipleOf").is_number_integer() && whole) shape.conditions.push_back(fmt::format("it % {} == 0", at(schema, "multipleOf").dump()));
  return shape;
}

/// One of several; those that could not be told apart are `Any` together.
Shape SchemaModule::choice(const ordered_json& schemas, const std::string& path) {
  std::vector<std::string> types;
  size_t objects = 0, lists = 0, count = 0;
  for (const ordered_json& one : schemas) {
    if (at(one, "type") == "null") continue;
    const Shape shape = shapeOf(one, ++count == 1 ? path : fmt::format("{}{}", path, count));
    objects += shape.object;
    lists += llvm::StringRef(shape.type).starts_with("List<");
    if (shape.type == "Any" || objects > 1 || lists > 1) return {.type = "Any", .notes = {"one of several forms"}};
    const std::string type = inner(shape, path + "Form");
    if (!llvm::is_contained(types, type)) types.push_back(type);
  }
  if (types.empty()) return {.type = "Any"};
  return {.type = fmt::format("{}", fmt::join(types, " | ")), .object = objects > 0};
}

Shape SchemaModule::reference(const std::string& target) {
  if (const auto known = references_.find(target); known != references_.end()) return known->second;
  const ordered_json* to = nullptr;
  try {
    if (llvm::StringRef(target).starts_with("#")) to = &document_.at(ordered_json::json_pointer(target.substr(1)));
  } catch (const ordered_json::exception&) {
    to = nullptr;
  }
  if (!to) return {.type = "Any", .notes = {"see " + oneLine(target)}};
  if (llvm::StringRef(target).ends_with(".api.resource.Quantity")) return references_[target] = {.type = helper("Quantity", kQuantity)};
  const std::string name = target.substr(target.find_last_of(document_.contains("components") ? "./" : "/") + 1);
  // What refers to itself finds this one: its name when it is a record, and Any when it is not.
  const bool record = !isMap(*to) && (at(*to, "additionalProperties").is_null() || at(*to, "additionalProperties") == false) && at(*to, "$ref").is_null();
  if (!record) {
    references_[target] = {.type = "Any"};
    return references_[target] = shapeOf(*to, typeNameOf(name));
  }
  const std::string type = fresh(name);
  references_[target] = {.type = type, .object = true};
  Shape& shape = references_[target];
  const std::string lines = fields(*to, type);
  if (!lines.empty()) {
    add(type, "", lines);
    return shape;
  }
  declarations_[names_[type]] = fmt::format("// has a field whose name is none of the language\ntype {} = Map<String, Any>\n", type);
  return shape;
}

Shape SchemaModule::ofType(const std::string& type, const ordered_json& schema, const std::string& path) {
  if (type == "object") return object(schema, path);
  if (type == "array") return list(schema, path);
  if (type == "string") return string(schema);
  if (type == "integer" || type == "number") return number(schema, type == "integer");
  if (type == "boolean") return {.type = "Bool", .notes = rules(schema)};
  return {.type = "Any"};
}

Shape SchemaModule::shapeOf(const ordered_json& schema, const std::string& path) {
  if (!schema.is_object()) return {.type = "Any"};
  if (const std::string target = textAt(schema, "$ref"); !target.empty()) return reference(target);
  if (is(schema, "x-kubernetes-int-or-string") || textAt(schema, "format") == "int-or-string") {
    if (isQuantity(schema)) return {.type = helper("Quantity", kQuantity), .notes = rules(schema)};
    return {.type = "Int | String", .notes = rules(schema)};
  }
  if (is(schema, "x-kubernetes-embedded-resource")) return {.type = "Map<String, Any>", .object = true};
  ordered_json allowed = at(schema, "enum");
  if (const ordered_json& only = at(schema, "const"); !only.is_null()) allowed = ordered_json::array({only});
  if (allowed.is_array()) {
    std::vector<std::string> words;
    for (const ordered_json& word : allowed)
      if (word.is_string() || word.is_number_integer() || word.is_boolean()) words.push_back(literal(word, 0));
    if (!words.empty()) return {.type = fmt::format("{}", fmt::join(words, " | ")), .notes = rules(schema)};
  }
  const ordered_json& type = at(schema, "type");
  if (type.is_array()) {
    ordered_json each = ordered_json::array();
    for (const ordered_json& one : type) {
      each.push_back(schema);
      each.back()["type"] = one;
    }
    return choice(each, path);
  }
  if (type.is_string()) return ofType(type.get<std::string>(), schema, path);
  if (at(schema, "properties").is_object()) return object(schema, path);
  for (const char* word : {"oneOf", "anyOf"})
    if (at(schema, word).is_array()) return choice(at(schema, word), path);
  if (at(schema, "allOf").is_array() && at(schema, "allOf").size() == 1) return shapeOf(at(schema, "allOf")[0], path);
  Shape shape{.type = "Any", .notes = rules(schema)};
  addBranches(schema, shape.notes);
  return shape;
}

void SchemaModule::addObject(const ObjectKind& object, const ordered_json& schema) {
  alike_.clear(); // its parts are named after it, also those that are like parts of another
  const std::string apiVersion = inQuotes(object.group.empty() ? object.version : object.group + "/" + object.version), kind = inQuotes(object.kind);
  std::string lines = fmt::format("  apiVersion: {0} = {0}\n  kind: {1} = {1}\n  metadata: {2}\n", apiVersion, kind, metadata());
  const std::vector<std::string> own = {"apiVersion", "kind", "metadata", "status"};
  const ordered_json& properties = at(schema, "properties");
  const std::string more = fields(schema, object.name, own);
  bool others = !properties.is_object() || is(schema, "x-kubernetes-preserve-unknown-fields");
  for (const auto& [property, of] : properties.items()) others |= !llvm::is_contained(own, property);
  lines += more.empty() && others ? "  spec?: Map<String, Any>\n" : more;
  if (at(properties, "status").is_object()) lines += "  /// What the controller writes.\n  status?: Map<String, Any>\n";
  add(object.name, fmt::format("/// The kind {} of {}.\n", object.kind, object.group.empty() ? object.version : object.group + "/" + object.version), lines);
}

std::string SchemaModule::text(const std::string& head) const {
  std::string out = head;
  for (const std::string& declaration : declarations_) out += "\n" + declaration;
  return laidOut(out);
}

} // namespace chasi::import
