// What clients ask before anything else: versions, groups, kinds, and the documents that describe them.
#pragma once

#include "runtime/local/call.h"

namespace chasi::local {

/// Nothing when the path is not one of these.
std::optional<Answer> discover(const Catalog& catalog, const Request& request);
/// /openapi/v2, /openapi/v3 and the documents below it. Nothing when the path is none of these.
std::optional<Answer> openApi(const Catalog& catalog, const Request& request);

} // namespace chasi::local
