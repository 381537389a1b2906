// Days, written YYYY-MM-DD: texts in that form compare as the days do.
#pragma once

#include <llvm/ADT/StringRef.h>

namespace chasi::eval {

/// A day of the calendar (ISO 8601, proleptic Gregorian), written in full.
bool isDate(llvm::StringRef text);

} // namespace chasi::eval
