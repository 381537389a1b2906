#include "compiler/lsp/library_files.h"

#include "compiler/syntax/embedded.h"

#include <fmt/format.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Support/xxhash.h>

namespace chasi::lsp {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

/// Another library is another folder: two versions of the program may run at the same time.
static std::string versionName() {
  uint64_t hash = 0;
  for (const syntax::EmbeddedFile& f : syntax::embeddedFiles()) hash = hash * 1099511628211u + llvm::xxh3_64bits(f.path) + llvm::xxh3_64bits(f.text);
  return fmt::format("{}-{:016x}", CHASI_VERSION, hash);
}

LibraryFiles::LibraryFiles(const std::string& cache) {
  if (!cache.empty()) root_ = cache + "/";
}

std::optional<llvm::StringRef> LibraryFiles::textOf(llvm::StringRef name) {
  if (!name.consume_front("std/")) return std::nullopt;
  const auto files = syntax::embeddedFiles();
  const auto at = llvm::lower_bound(files, name, [](const syntax::EmbeddedFile& f, llvm::StringRef n) { return f.path < n; });
  return at != files.end() && at->path == name ? std::optional(at->text) : std::nullopt;
}

std::string LibraryFiles::nameOf(llvm::StringRef path) const {
  if (root_.empty() || !path.contains("/std/")) return "";
  llvm::SmallString<256> real;
  if (!path.starts_with(root_) && !fs::real_path(root_, real)) real += '/'; // an editor may have followed links
  if (!path.consume_front(root_) && (real.empty() || !path.consume_front(real))) return "";
  const llvm::StringRef name = path.split('/').second;
  return name.starts_with("std/") ? name.str() : "";
}

/// Nobody sees a half of it: it is written under another name, which is given up for the right one.
static std::error_code writeOnce(const std::string& file, llvm::StringRef text) {
  if (const std::error_code code = fs::create_directories(path::parent_path(file))) return code;
  int descriptor = -1;
  llvm::SmallString<256> made;
  if (const std::error_code code = fs::createUniqueFile(file + "-%%%%%%%%", descriptor, made)) return code;
  llvm::raw_fd_ostream out(descriptor, true);
  out << text;
  out.close();
  std::error_code code = out.error();
  out.clear_error();
  if (!code) code = fs::setPermissions(made, static_cast<fs::perms>(0444));
  if (!code) code = fs::rename(made, file);
  if (code) fs::remove(made);
  return code;
}

std::optional<std::string> LibraryFiles::fileOf(llvm::StringRef name) const {
  const auto text = root_.empty() ? std::nullopt : textOf(name);
  if (!text) return std::nullopt;
  if (folder_.empty()) folder_ = root_ + versionName() + "/";
  std::string file = folder_ + name.str();
  if (written_.contains(name.str()) && fs::exists(file)) return file;
  const auto there = llvm::MemoryBuffer::getFile(file, false, false);
  if (!there || (*there)->getBuffer() != *text)
    if (const std::error_code code = writeOnce(file, *text)) {
      problem_ = fmt::format("files of the standard library cannot be shown: {}: {}", file, code.message());
      return std::nullopt;
    }
  written_.insert(name.str());
  return file;
}

std::string LibraryFiles::news() const {
  if (problem_.empty() || std::exchange(told_, true)) return "";
  return problem_;
}

} // namespace chasi::lsp
