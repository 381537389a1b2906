#include "compiler/driver/manifest_files.h"

#include "compiler/source/source_set.h"
#include "runtime/plan/fault.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

#include <fmt/format.h>

namespace chasi::driver {

namespace {

namespace fs = llvm::sys::fs;

llvm::Error below(const std::string& folder, std::vector<std::string>& files) {
  std::error_code code;
  std::vector<std::string> entries;
  for (fs::directory_iterator it(folder, code), end; it != end && !code; it.increment(code)) entries.push_back(it->path());
  if (code) return plan::fault("CH0001", fmt::format("cannot read {}: {}", folder, code.message()));
  std::sort(entries.begin(), entries.end());
  for (const std::string& entry : entries) {
    const llvm::StringRef name = llvm::sys::path::filename(entry);
    if (name.starts_with(".") || fs::is_symlink_file(entry)) continue;
    if (fs::is_directory(entry)) {
      if (llvm::Error error = below(entry, files)) return error;
    } else if (eval::isManifestName(name)) {
      files.push_back(entry);
    }
  }
  return llvm::Error::success();
}

} // namespace

llvm::Expected<std::vector<std::string>> manifestFiles(const std::string& path) {
  fs::file_status status;
  if (const std::error_code code = fs::status(path, status)) return plan::fault("CH0001", fmt::format("cannot read {}: {}", path, code.message()), "give a file or folder of manifests, or a specification");
  if (!fs::is_directory(status)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  if (llvm::Error error = below(path, files)) return error;
  if (files.empty()) return plan::fault("CH0001", fmt::format("there is no file of manifests below {}", path), "they end with .yaml, .yml or .json");
  return files;
}

llvm::Expected<std::string> readManifestFile(const std::string& path) {
  source::SourceSet sources;
  auto file = sources.open(path);
  if (!file) return plan::fault("CH0001", llvm::toString(file.takeError()), "give a file of YAML or JSON");
  return sources.text(*file).str();
}

plan::SourceRef placeIn(const std::string& file, llvm::StringRef text, uint32_t offset) {
  const llvm::StringRef before = text.take_front(offset);
  const size_t line = before.rfind('\n');
  const size_t begin = line == llvm::StringRef::npos ? 0 : line + 1;
  return {file, static_cast<uint32_t>(before.count('\n') + 1), static_cast<uint32_t>(offset - begin + 1)};
}

} // namespace chasi::driver
