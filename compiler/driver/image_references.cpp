#include "compiler/driver/image_references.h"

#include <nlohmann/json.hpp>

#include <set>

namespace chasi::driver {

/// Of an image's description: what it stands on, and what it carries.
static std::vector<std::string> addressesIn(const nlohmann::json& description) {
  std::vector<std::string> out;
  const auto add = [&](const nlohmann::json& source) {
    if (source.is_object() && source.contains("registry") && source["registry"].is_string()) out.push_back(source["registry"].get<std::string>());
  };
  if (!description.is_object()) return out;
  if (description.contains("base")) add(description["base"]);
  if (description.contains("carry") && description["carry"].is_array())
    for (const nlohmann::json& source : description["carry"]) add(source);
  return out;
}

llvm::Expected<std::vector<ImageReference>> imageReferences(const plan::Desired& desired) {
  std::vector<ImageReference> out;
  std::set<std::string> seen;
  for (const plan::Operation& op : desired.operations) {
    if (op.kind != plan::OpKind::Image) continue;
    const nlohmann::json payload = nlohmann::json::parse(op.payload, nullptr, false);
    if (!payload.is_object() || !payload.contains("image")) continue;
    for (const std::string& text : addressesIn(payload["image"])) {
      auto address = image::parseImageAddress(text);
      if (!address) {
        const plan::FaultText why = plan::takeText(address.takeError());
        return plan::fault(why.code, why.message, why.hint, op.source);
      }
      if (seen.insert(address->str()).second) out.push_back({std::move(*address), op.source});
    }
  }
  return out;
}

} // namespace chasi::driver
