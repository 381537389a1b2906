#include "runtime/kube/discovery_cache.h"

#include "runtime/os/replace_file.h"
#include "runtime/plan/digest.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>

namespace chasi::kube {

// Another one whenever the same file would be read or asked for in another way.
static constexpr llvm::StringLiteral kForm = "chasi discovery 1\n";

// One server by one authority: what somebody else's server said under that address is not ours.
std::string DiscoveryCache::fileOf(const Endpoint& server, const std::string& path) const {
  return folder_ + "/" + plan::hex(plan::sha256(server.server + "\n" + server.tlsServerName + "\n" + server.caPem + "\n" + path)).substr(0, 32);
}

std::optional<DiscoveryCache::Kept> DiscoveryCache::find(const Endpoint& server, const std::string& path) const {
  if (folder_.empty()) return std::nullopt;
  auto file = llvm::MemoryBuffer::getFile(fileOf(server, path), false, false);
  if (!file) return std::nullopt;
  llvm::StringRef text = (*file)->getBuffer();
  if (!text.consume_front(kForm)) return std::nullopt;
  const auto [sum, rest] = text.split('\n');
  if (plan::hex(plan::sha256(rest)) != sum) return std::nullopt; // torn or edited
  const auto [etag, body] = rest.split('\n');
  return Kept{etag.str(), body.str()};
}

void DiscoveryCache::keep(const Endpoint& server, const std::string& path, const Kept& kept) const {
  if (folder_.empty() || kept.etag.empty() || kept.etag.find('\n') != kept.etag.npos) return;
  const std::string rest = kept.etag + "\n" + kept.body;
  if (llvm::sys::fs::create_directories(folder_, true, llvm::sys::fs::owner_all)) return;
  (void)os::replaceFile(fileOf(server, path), kForm.str() + plan::hex(plan::sha256(rest)) + "\n" + rest, 0600); // the next run asks for it whole
}

} // namespace chasi::kube
