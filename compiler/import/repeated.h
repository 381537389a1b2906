// What comes up again and again in objects, under a name: sets of labels, and namespaces.
#pragma once

#include <llvm/ADT/ArrayRef.h>

#include <nlohmann/json.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace chasi::import {

class Repeated {
public:
  /// Names that the module uses for something else.
  explicit Repeated(std::set<std::string> taken) : taken_(std::move(taken)) {}

  /// A namespace that is a parameter of the module; for objects of `named(…, true)`.
  void parameter(const std::string& name, const std::string& value);
  /// Looks at objects; all of them before the first `named`.
  void count(llvm::ArrayRef<nlohmann::ordered_json> objects);
  /// The object with names for what repeats. `placed`: its namespace is the parameter.
  nlohmann::ordered_json named(nlohmann::ordered_json object, bool placed);
  /// The declarations of all names that were used, in the order of their first use.
  std::string text() const;

private:
  std::set<std::string> taken_;
  std::string parameter_, value_;
  std::map<std::string, size_t> uses_; ///< by the JSON of the value, after its sort
  std::map<std::string, std::string> names_;
  std::vector<std::string> lets_;

  void look(const nlohmann::ordered_json& value);
  void replace(nlohmann::ordered_json& value);
  std::string nameFor(const std::string& key, const nlohmann::ordered_json& value, const std::string& wish);
};

} // namespace chasi::import
