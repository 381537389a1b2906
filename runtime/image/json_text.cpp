#include "runtime/image/json_text.h"

#include <fmt/format.h>

namespace chasi::image {

using nlohmann::json;

namespace {
struct TooDeep {};
} // namespace

llvm::Expected<json> parseJson(llvm::StringRef text, const std::string& what, FaultCode code) {
  const auto guard = [](int depth, json::parse_event_t, json&) {
    if (depth > maxJsonDepth) throw TooDeep();
    return true;
  };
  try {
    return json::parse(text.begin(), text.end(), guard);
  } catch (const TooDeep&) {
    return fault(code, fmt::format("{} is nested deeper than {} levels", what, maxJsonDepth));
  } catch (const json::exception& e) {
    // The library's text begins with its own error number, which tells a reader nothing.
    llvm::StringRef reason(e.what());
    reason = reason.split("] ").second;
    return fault(code, fmt::format("{} is not valid JSON: {}", what, reason.take_front(200).str()));
  }
}

std::string canonical(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string printable(llvm::StringRef text) {
  std::string out;
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return out;
}

} // namespace chasi::image
