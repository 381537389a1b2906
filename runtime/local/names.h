// What people may type instead of a kind's plural, and the groups of kinds they ask for together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chasi::local {

/// `qualified` as in "deployments.apps".
std::vector<std::string> shortNamesOf(std::string_view qualified);
std::vector<std::string> categoriesOf(std::string_view qualified);

} // namespace chasi::local
