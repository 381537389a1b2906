// The objects of a plan as files for people and for other tools: `chasic render`, and the manifests in an image.
#pragma once

#include "runtime/plan/operation.h"

#include <llvm/Support/Error.h>

#include <map>
#include <string>

namespace chasi::plan {

/// An object operation, sealed (secrets.h), as JSON or as YAML. Values of secrets are not in it; YAML has a comment where each comes from.
std::string manifestText(const Operation& op, bool asJson);

/// CH6010 for an object with something that is known only while applying: words in its place could be taken for a value.
llvm::Error refuseLater(const Operation& op);

/// Each object in a file of its own: TARGET/NAMESPACE/KIND-NAME.yaml, what lies in no namespace in TARGET/cluster. Operations that are
/// no objects are left out; `operations` are sealed.
std::map<std::string, std::string> manifestFiles(const std::vector<Operation>& operations, bool asJson);

} // namespace chasi::plan
