#include "compiler/source/diagnostic.h"

namespace chasi::source {

namespace {
constexpr CodeInfo kCodes[] = {
#define CHASI_CODE(id, name, severity, title) {Code::name, id, #name, Severity::severity, title},
#include "compiler/source/codes.def"
#undef CHASI_CODE
};
} // namespace

const CodeInfo& info(Code code) { return kCodes[static_cast<size_t>(code)]; }

llvm::ArrayRef<CodeInfo> allCodes() { return kCodes; }

std::optional<Code> findCode(llvm::StringRef id) {
  for (const CodeInfo& code : kCodes) {
    if (id.equals_insensitive(code.id)) return code.code;
  }
  return std::nullopt;
}

} // namespace chasi::source
