#include "runtime/plan/fault.h"

#include <llvm/Support/raw_ostream.h>

namespace chasi::plan {

char Fault::ID = 0;

static const FaultInfo kFaults[] = {
#define CHASI_FAULT(code, title, explanation) {code, title, explanation},
#include "runtime/plan/faults.def"
#undef CHASI_FAULT
};

llvm::ArrayRef<FaultInfo> faultInfos() { return kFaults; }

const FaultInfo* findFault(llvm::StringRef code) {
  for (const FaultInfo& row : kFaults)
    if (code.equals_insensitive(row.code)) return &row;
  return nullptr;
}

void Fault::log(llvm::raw_ostream& out) const {
  out << code << ": " << message;
  if (!hint.empty()) out << " (" << hint << ")";
}

llvm::Error fault(llvm::StringRef code, std::string message, std::string hint, SourceRef source) {
  return llvm::make_error<Fault>(code.str(), std::move(message), std::move(hint), std::move(source));
}

llvm::Error fault(const FaultText& text, SourceRef source) { return fault(text.code, text.message, text.hint, std::move(source)); }

FaultText takeText(llvm::Error error) {
  FaultText text;
  auto join = [&](const std::string& more) {
    text.message += text.message.empty() ? more : "; " + more;
  };
  llvm::handleAllErrors(
      std::move(error),
      [&](const Fault& f) {
        if (text.code.empty()) { text.code = f.code; text.hint = f.hint; }
        join(f.message);
      },
      [&](const llvm::ErrorInfoBase& other) { join(other.message()); });
  return text;
}

} // namespace chasi::plan
