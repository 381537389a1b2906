// Where workloads describe their pods.
#pragma once

#include <optional>
#include <string_view>

namespace chasi::plan {

/// The JSON pointer of the pod template in objects of this kind: empty for a Pod, which is one itself, nothing for a kind that makes
/// no pods. Kinds of other API groups may have the same names.
std::optional<std::string_view> podTemplateIn(std::string_view kind);

} // namespace chasi::plan
