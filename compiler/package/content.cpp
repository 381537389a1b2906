#include "compiler/package/content.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/SHA256.h>

#include <set>

namespace chasi::package {

namespace {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;
using source::Code;

constexpr int kMaxFolders = 32;

std::string hex(const std::array<uint8_t, 32>& digest) { return llvm::toHex(digest, true); }

class Walk {
public:
  Walk(const std::string& folder, Content& out) : folder_(folder), out_(out) {}

  llvm::Error run(const std::string& below, int depth) {
    llvm::SmallString<256> here(folder_);
    path::append(here, below);
    if (depth > kMaxFolders) return bad(below, fmt::format("folders lie deeper than {} levels", kMaxFolders));
    std::error_code code;
    for (fs::directory_iterator it(here, code, false), end; it != end && !code; it.increment(code)) {
      const std::string name = path::filename(it->path()).str();
      if (name.starts_with(".") || (below.empty() && (name == "vendor" || name == "chasi.lock"))) continue;
      const std::string inside = below.empty() ? name : below + "/" + name;
      fs::file_status status;
      if (const std::error_code failed = fs::status(it->path(), status, false)) return bad(inside, failed.message());
      if (status.type() == fs::file_type::directory_file) {
        if (llvm::Error error = run(inside, depth + 1)) return error;
      } else if (status.type() != fs::file_type::regular_file) {
        return bad(inside, "packages hold files and folders, and this is neither");
      } else if (llvm::Error error = file(it->path(), inside)) {
        return error;
      }
    }
    return code ? bad(below, code.message()) : llvm::Error::success();
  }

private:
  llvm::Error bad(const std::string& where, const std::string& why) {
    return workspaceError(Code::BadSource, fmt::format("{} cannot be read as a package: {}{}{}", folder_, where, where.empty() ? "" : ": ", why));
  }

  llvm::Error file(const std::string& from, const std::string& inside) {
    auto buffer = llvm::MemoryBuffer::getFile(from, false, false);
    if (!buffer) return bad(inside, buffer.getError().message());
    bytes_ += (*buffer)->getBufferSize();
    if (bytes_ > kMaxPackageBytes) return bad(inside, fmt::format("the package is larger than {} MiB", kMaxPackageBytes >> 20));
    if (out_.size() >= kMaxPackageFiles) return bad(inside, fmt::format("the package has more than {} files", kMaxPackageFiles));
    out_[inside] = (*buffer)->getBuffer().str();
    return llvm::Error::success();
  }

  const std::string& folder_;
  Content& out_;
  uint64_t bytes_ = 0;
};

/// Files that do not belong to it any more, and folders that are empty then.
llvm::Error removeOthers(const std::string& folder, const std::string& below, const Content& content) {
  llvm::SmallString<256> here(folder);
  path::append(here, below);
  std::error_code code;
  std::vector<std::string> entries;
  for (fs::directory_iterator it(here, code, false), end; it != end && !code; it.increment(code)) entries.push_back(it->path());
  for (const std::string& entry : entries) {
    const std::string name = path::filename(entry).str(), inside = below.empty() ? name : below + "/" + name;
    if (content.contains(inside)) continue;
    if (!fs::is_symlink_file(entry) && fs::is_directory(entry)) {
      if (llvm::Error error = removeOthers(folder, inside, content)) return error;
      const bool used = llvm::any_of(content, [&](const auto& file) { return llvm::StringRef(file.first).starts_with(inside + "/"); });
      if (!used) code = fs::remove(entry, true);
    } else {
      code = fs::remove(entry, true);
    }
    if (code) return workspaceError(Code::BadSource, fmt::format("{} cannot be removed: {}", entry, code.message()));
  }
  return llvm::Error::success();
}

llvm::Error put(const std::string& target, const std::string& text) {
  const auto failed = [&](std::error_code code) { return workspaceError(Code::BadSource, fmt::format("{} cannot be written: {}", target, code.message())); };
  if (auto there = llvm::MemoryBuffer::getFile(target, false, false); there && (*there)->getBuffer() == text && !fs::is_symlink_file(target)) return llvm::Error::success();
  if (const std::error_code code = fs::create_directories(path::parent_path(target))) return failed(code);
  llvm::SmallString<256> temporary;
  int fd = -1;
  if (const std::error_code code = fs::createUniqueFile(target + ".%%%%%%.part", fd, temporary, fs::OF_None, 0666)) return failed(code);
  llvm::raw_fd_ostream out(fd, true);
  out << text;
  out.close();
  std::error_code code = out.error();
  out.clear_error();
  if (!code) code = fs::rename(temporary, target);
  if (!code) return llvm::Error::success();
  fs::remove(temporary);
  return failed(code);
}

} // namespace

llvm::Expected<Content> readContent(const std::string& folder) {
  Content out;
  if (llvm::Error error = Walk(folder, out).run("", 0)) return error;
  return out;
}

std::string digestOf(const Content& content) {
  llvm::SHA256 lines;
  for (const auto& [name, text] : content) {
    llvm::SHA256 file;
    file.update(llvm::StringRef(text));
    lines.update(llvm::StringRef(fmt::format("{}  {}\n", hex(file.final()), name)));
  }
  return "sha256:" + hex(lines.final());
}

llvm::Error writeContent(const std::string& folder, const Content& content) {
  // A file where the folder of another one must be is in the way until it is removed, so that comes first.
  if (fs::exists(folder))
    if (llvm::Error error = removeOthers(folder, "", content)) return error;
  for (const auto& [name, text] : content) {
    llvm::SmallString<256> target(folder);
    path::append(target, name);
    if (llvm::Error error = put(target.str().str(), text)) return error;
  }
  return llvm::Error::success();
}

bool isContentPath(llvm::StringRef text) {
  llvm::SmallVector<llvm::StringRef> names;
  text.split(names, '/');
  return !text.empty() && llvm::all_of(names, [](llvm::StringRef name) { return !name.empty() && !name.starts_with(".") && !name.contains('\0'); });
}

} // namespace chasi::package
