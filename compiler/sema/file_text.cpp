#include "compiler/sema/file_text.h"

#include <llvm/Support/MemoryBuffer.h>

namespace chasi::sema {

bool withText(const LoadInput& input, const std::string& file, llvm::function_ref<void(llvm::StringRef)> show) {
  if (const auto edited = input.overlay.find(file); edited != input.overlay.end()) {
    show(edited->second);
    return true;
  }
  const auto buffer = llvm::MemoryBuffer::getFile(file, false, false);
  if (!buffer || (*buffer)->getBufferSize() > source::kMaxFileBytes) return false;
  show((*buffer)->getBuffer());
  return true;
}

} // namespace chasi::sema
