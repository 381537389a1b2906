// Reading what somebody else wrote: JSON of bounded depth, without exceptions, with errors that name the document.
#pragma once

#include "runtime/image/fault.h"

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>

#include <nlohmann/json.hpp>

namespace chasi::image {

/// Deeper documents are refused: printing nested JSON recurses, and no OCI document needs more.
inline constexpr int maxJsonDepth = 64;

/// `what` names the document in messages ("dir/index.json").
llvm::Expected<nlohmann::json> parseJson(llvm::StringRef text, const std::string& what,
                                         FaultCode code = FaultCode::BadLayout);

/// Compact and with sorted keys, hence the same bytes for the same value; invalid UTF-8 is replaced.
std::string canonical(const nlohmann::json& value);

/// Without characters that move a terminal: names, commands and requests come from foreign files and clients.
std::string printable(llvm::StringRef text);

} // namespace chasi::image
