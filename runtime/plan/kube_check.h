// What the API server would say about an object before it looks at anything else: fields, types, names.
#pragma once

#include "runtime/plan/kube_schema.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace chasi::k8s {

struct Problem {
  std::string pointer;    ///< RFC 6901, to the value or to where one is missing
  std::string message;    ///< continues a sentence that names the place: "takes a whole number, not \"three\""
  std::string suggestion; ///< what may have been meant; may be empty
};

struct CheckOptions {
  bool required = true;   ///< report required fields that are not there
  bool ignoreNull = false; ///< null stands for an absent value
  bool unknown = true;    ///< report fields that the type does not have
};

/// At most 50 problems, in document order. Fields of the envelope (apiVersion, kind, metadata) are checked like any other.
std::vector<Problem> check(const nlohmann::json& object, const Type& type, const CheckOptions& options = {});

/// RFC 1123: a label has at most 63 characters, a subdomain 253; to Kubernetes its parts have no limit of their own.
bool isDnsLabel(llvm::StringRef name);
bool isDnsSubdomain(llvm::StringRef name);
/// "500m", "1.5Gi", "1e3".
bool isQuantity(llvm::StringRef text);

} // namespace chasi::k8s
