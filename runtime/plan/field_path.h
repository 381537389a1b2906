// Paths to fields as plans print them and as specifications name them: spec.template.spec.containers[name=api].image,
// metadata.annotations["example.com/owner"].
#pragma once

#include <llvm/ADT/StringRef.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace chasi::plan {

/// One step into an object.
struct PathStep {
  std::string name;                                        ///< a field; empty for an element of a list
  std::vector<std::pair<std::string, std::string>> keys;   ///< the element with these values, as text; sorted
  std::optional<size_t> place;                             ///< the element at this place

  bool isField() const { return keys.empty() && !place; }
  bool operator==(const PathStep&) const = default;
};
using FieldPath = std::vector<PathStep>;

/// Nothing for what is no path; `why` then says so in a sentence without its subject. White space is not skipped.
std::optional<FieldPath> readFieldPath(llvm::StringRef text, std::string* why = nullptr);
std::string writeFieldPath(const FieldPath& path);

/// The path that an API server names in a conflict, ".metadata.labels.app.kubernetes.io/name" or ".spec.ports[port=80,protocol=\"TCP\"]":
/// names stand there without quotes, so that only an object that has them tells where one ends.
FieldPath conflictPath(llvm::StringRef text, const nlohmann::json& object);

/// Whether `path` is `whole`, or below it.
bool isWithin(const FieldPath& path, const FieldPath& whole);

/// The element of a list that has these values. A port that says no protocol has TCP. Null when there is none.
nlohmann::json* findElement(nlohmann::json& list, const std::vector<std::pair<std::string, std::string>>& keys);
/// What stands at a path, or null.
nlohmann::json* findField(nlohmann::json& object, const FieldPath& path);
const nlohmann::json* findField(const nlohmann::json& object, const FieldPath& path);

/// A value as it stands in a path: texts without quotes.
std::string keyText(const nlohmann::json& value);

} // namespace chasi::plan
