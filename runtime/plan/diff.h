// What differs between two versions of an object, field by field, in the words of people.
#pragma once

#include "runtime/plan/plan.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace chasi::plan {

/// The merge keys of the list at a path of field names (list elements left out), or nothing when it has none.
using MergeKeys = std::function<std::vector<std::string>(const std::vector<std::string>& path)>;

struct DiffOptions {
  MergeKeys mergeKeys;              ///< from the schema; without it, lists whose elements all have a `name` go by that
  std::vector<std::string> secrets; ///< pointers (RFC 6901) whose values are never shown
  std::map<std::string, std::string> later; ///< pointers into `after` at which something stands that is not known yet, and after what it is
  std::string ownManager = "chasic";
  bool plain = false;      ///< no Kubernetes object: nothing is left out
  bool hideBefore = false; ///< the object held secrets earlier, at places that are no longer known
};

/// From `before` to `after`, sorted by path. Left out is what the server keeps for itself: status, managedFields,
/// resourceVersion and their kin, and the membership label. The data of v1 Secrets is secret by itself. `before` may hold
/// managedFields: they tell who owns what is changed.
std::vector<FieldChange> diffObjects(const nlohmann::json& before, const nlohmann::json& after, const DiffOptions& options);

/// All fields of a new object, for showing what would be created.
std::vector<FieldChange> describeNew(const nlohmann::json& object, const DiffOptions& options);

} // namespace chasi::plan
