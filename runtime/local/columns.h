// What `kubectl get` shows of each kind, beside the name and the age.
#pragma once

#include "runtime/local/access.h"

#include <string_view>
#include <vector>

namespace chasi::local {

struct Column {
  const char* name;
  const char* type;
  int priority; ///< above 0: with -o wide only
  Json (*cell)(const Json& object);
};

/// Empty for kinds without columns of their own. `qualified` as in "deployments.apps".
const std::vector<Column>& columnsOf(std::string_view qualified);
/// "5s", "3m12s", "4d": as kubectl prints a duration.
std::string durationText(int64_t seconds);
/// "<unknown>" for what is no time.
std::string ageText(const std::string& time);

} // namespace chasi::local
