// Custom objects and their definitions, as the API server checks them: CustomResourceDefinition of apiextensions.k8s.io/v1, structural
// schemas. Rules in CEL (x-kubernetes-validations) are not evaluated here; the server does that.
#pragma once

#include "runtime/plan/kube_check.h"

namespace chasi::k8s {

// Definitions are those that `check` accepts: what their type says is not looked at again.

/// What is wrong with a definition that its type does not say: scope, names, versions, schemas that are not structural. At most 50.
std::vector<Problem> checkDefinition(const nlohmann::json& definition);

/// The schema of one version of a definition; null when it has none of this name that is served.
const nlohmann::json* servedSchema(const nlohmann::json& definition, std::string_view version);

/// What the server would say of an object of that schema; of `metadata`, which every object has, and of what is absent nothing. Null
/// stands for an absent value. At most 50 problems.
std::vector<Problem> checkCustom(const nlohmann::json& object, const nlohmann::json& schema);

} // namespace chasi::k8s
