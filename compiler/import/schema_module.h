// A module of schemas in the making: JSON Schemas (of CustomResourceDefinitions, of Helm's values) become schemas of the language.
#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace chasi::import {

/// A type as it is written behind the colon of a field.
struct Shape {
  std::string type;
  std::vector<std::string> conditions; ///< of a refinement; all must hold
  std::string doc;                     ///< what readers of the module are told
  std::vector<std::string> notes;      ///< what the schema asks for in addition, each one line
  bool object = false;                 ///< a record or a map: one more of these in a choice cannot be told from it
};

/// A kind of objects of an API server, and the name of its schema.
struct ObjectKind {
  std::string name, group, version, kind;
};

class SchemaModule {
public:
  /// `document` is where references such as `#/$defs/Name` lead; it must live as long as the module.
  explicit SchemaModule(const nlohmann::ordered_json& document) : document_(document) {}

  /// A name that nothing in the module has: this one, or with a number behind it.
  std::string fresh(const std::string& name);
  /// What is written for a schema; its objects become schemas, named after `path`.
  Shape shapeOf(const nlohmann::ordered_json& schema, const std::string& path);
  /// The line of a field, with its notes above it.
  std::string field(const std::string& name, const Shape& shape, bool required);
  /// The lines of all properties but those in `without`. Empty when one of them has a name that no field can have.
  std::string fields(const nlohmann::ordered_json& schema, const std::string& path, const std::vector<std::string>& without = {});
  /// Adds a schema; `lines` are its fields.
  void add(const std::string& name, const std::string& head, const std::string& lines);
  /// The metadata of objects; in the module as soon as it is asked for.
  std::string metadata();
  /// Adds the schema of a kind, with apiVersion and kind filled in; its name is a fresh one.
  void addObject(const ObjectKind& object, const nlohmann::ordered_json& schema);
  /// References to `target` mean this schema of the module.
  void place(const std::string& target, const std::string& name) { references_[target] = {.type = name, .object = true}; }
  /// The whole module in canonical layout, in the order in which its names came up.
  std::string text(const std::string& head) const;

private:
  Shape object(const nlohmann::ordered_json& schema, const std::string& path);
  Shape list(const nlohmann::ordered_json& schema, const std::string& path);
  Shape string(const nlohmann::ordered_json& schema);
  Shape number(const nlohmann::ordered_json& schema, bool whole);
  Shape choice(const nlohmann::ordered_json& schemas, const std::string& path);
  Shape reference(const std::string& target);
  Shape ofType(const std::string& type, const nlohmann::ordered_json& schema, const std::string& path);
  /// The type as it may stand between < and >, where refinements have no place: such a one gets a name.
  std::string inner(const Shape& shape, const std::string& path);
  std::string helper(const std::string& name, const std::string& type);

  const nlohmann::ordered_json& document_;
  std::map<std::string, size_t> names_;            ///< to the index of the declaration
  std::vector<std::string> declarations_;          ///< "" as long as its fields are being read
  std::map<std::string, std::string> alike_;       ///< fields to the name of the schema that has them
  std::map<std::string, Shape> references_;
};

} // namespace chasi::import
