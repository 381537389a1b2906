// What `chasic import` and editors know of modules that are in no file yet: they compile them and look at what they make.
#pragma once

#include "compiler/import/objects.h"
#include "compiler/lower/compile.h"

#include <map>

namespace chasi::driver {

/// A module that is in no file, compiled.
struct Trial {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  lower::Compiled compiled;

  explicit Trial(const std::string& module);
  bool right() const { return !diagnostics.hasErrors(); }
};

/// The objects that it makes.
std::vector<nlohmann::ordered_json> madeBy(const Trial& trial);
std::map<std::string, nlohmann::json> byIdentity(const std::vector<nlohmann::ordered_json>& objects);

/// Whether objects of a kind lie in a namespace, as Kubernetes has it.
std::optional<bool> isNamespaced(const std::string& apiVersion, const std::string& kind);
/// The schema of a kind in std.k8s, when it has the kind.
std::string schemaInLibrary(const std::string& apiVersion, const std::string& kind);

/// The workloads that can be components: each is tried without patches, and with them. What does not fit stays with the raw objects.
std::vector<import::ImportedComponent> fittingComponents(const std::vector<nlohmann::ordered_json>& objects, const import::ObjectsInput& input);

} // namespace chasi::driver
