// What std.vcluster knows of the public chart.
#pragma once

#include <string>
#include <vector>

namespace chasi::driver {

/// The versions that can be rendered, the newest first. Reads and checks that part of the standard library.
std::vector<std::string> chartVersions();

} // namespace chasi::driver
