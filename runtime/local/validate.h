// What the API server refuses about a complete object, in its words. Parts of validationProblems.
#pragma once

#include "runtime/local/access.h"
#include "runtime/local/merge.h"

#include <initializer_list>
#include <optional>
#include <set>

namespace chasi::local {

/// Collects problems in the wording of apimachinery's field errors: `spec.replicas: Invalid value: -1: must be …`.
class Problems {
public:
  std::vector<std::string> all;

  void invalid(const std::string& path, const Json& value, std::string_view detail);
  void required(const std::string& path, std::string_view detail = "");
  void forbidden(const std::string& path, std::string_view detail);
  void duplicate(const std::string& path, const Json& value);
  void notFound(const std::string& path, const Json& value);
  void unsupported(const std::string& path, const Json& value, std::vector<std::string_view> supported);
  void add(std::string problem);
};

/// The value at a path of fields; null when there is none.
const Json& at(const Json& object, std::initializer_list<const char*> path);

/// One reason why a text is not what it should be; empty when it is.
std::string notDnsLabel(std::string_view text);
std::string notDnsSubdomain(std::string_view text);
std::string notLabelValue(std::string_view text);
std::vector<std::string> notQualifiedName(std::string_view text);

void checkLabels(Problems& problems, const Json& labels, const std::string& path);
void checkSelector(Problems& problems, const Json& selector, const std::string& path);
bool selectorMatches(const Json& selector, const Json& labels);

/// Required fields and enumerations, as the type has them.
void checkType(Problems& problems, const k8s::Type& type, const Json& object);
/// `volumes`: names that mounts may use besides the volumes of the spec itself.
void checkPodSpec(Problems& problems, const Json& spec, const std::string& path, std::set<std::string> volumes = {});
void checkKind(Problems& problems, const k8s::Resource& resource, const Json& object);
void checkChange(Problems& problems, const k8s::Resource& resource, const Json& live, const Json& next);

/// A quantity as a number, for comparing; nothing when it is none.
std::optional<double> quantity(const Json& value);

} // namespace chasi::local
