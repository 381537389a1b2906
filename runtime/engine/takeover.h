// Taking over what another applier made: its entries in the object's managedFields become ours. Without that, fields that it set and that
// the specification does not have would stay for ever (kubernetes/kubernetes#112905).
#pragma once

#include "runtime/plan/plan.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace chasi::engine {

struct Takeover {
  std::vector<std::string> managers; ///< whose entries are moved, without repetition
  std::string patch;                 ///< a JSON patch that holds only for this resourceVersion; empty when there is nothing to move
};
/// kubectl (by either way of applying) and Helm are moved; controllers and people who edited by hand keep what is theirs.
Takeover takeover(const plan::Operation& op, const std::string& live);

/// A new object of the same content and another name, for a dry run that shows what the server fills in: whoever made the object owns those
/// fields too, and they come back when nobody says them any more.
struct FreshOne {
  plan::ObjectRef object;
  std::string payload;
};
FreshOne freshOne(const plan::Operation& op, const std::string& payload);

/// What an apply makes of an object after that, told from the answer to a dry run before it: without the fields that only the others set.
/// `fresh` is the answer to a dry run of `freshOne`, empty when there is none.
std::string afterTakeover(const plan::Operation& op, const std::string& payload, const std::string& live, const std::string& answer, const std::string& fresh);

/// Takes out of `object` what our last apply to `live` said, `sent` does not say, and nobody else has said.
void removeUnsaidOfOurs(nlohmann::json& object, const nlohmann::json& live, const nlohmann::json& sent);

inline constexpr const char* kJsonPatch = "application/json-patch+json";

} // namespace chasi::engine
