#include "compiler/source/source_set.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MathExtras.h>

#include <mutex>

namespace chasi::source {

struct SourceSet::File {
  std::string name;
  std::string owned;
  llvm::StringRef text; ///< `owned`, or text that lives for ever
  uint32_t base = 0;
  uint32_t room = 0;   ///< bytes that are its own, its text among them
  uint32_t hidden = 0; ///< bytes at the start of the first line
  std::once_flag once;
  std::vector<uint32_t> lines; ///< offset of each line's first byte

  const std::vector<uint32_t>& lineTable() {
    std::call_once(once, [this] {
      lines.push_back(0);
      for (size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\n' || (text[at] == '\r' && (at + 1 == text.size() || text[at + 1] != '\n')))
          lines.push_back(static_cast<uint32_t>(at + 1));
      }
    });
    return lines;
  }
};

SourceSet::SourceSet() = default;
SourceSet::~SourceSet() = default;

namespace {

// One address a byte and one for the end of each file, so that an empty file has a place too. Address 0 is left out:
// Span{0, 0} means "no place".
uint64_t nextBase(const auto& files) {
  return files.empty() ? 1 : uint64_t{files.back()->base} + std::max<uint64_t>(files.back()->text.size(), files.back()->room) + 1;
}

llvm::Error fileError(const std::string& path, std::error_code code) {
  return llvm::createStringError(code, "cannot read %s: %s", path.c_str(), code.message().c_str());
}

/// Reads at most `limit` + 1 bytes, whatever the size said before: pipes have none and files grow.
llvm::Expected<std::string> readLimited(const std::string& path, uint64_t limit) {
  llvm::sys::fs::file_status status;
  if (const std::error_code code = llvm::sys::fs::status(path, status)) return fileError(path, code);
  if (status.type() == llvm::sys::fs::file_type::directory_file)
    return fileError(path, std::make_error_code(std::errc::is_a_directory));
  auto file = llvm::sys::fs::openNativeFileForRead(path);
  if (!file) return fileError(path, llvm::errorToErrorCode(file.takeError()));
  std::string text;
  std::error_code failure;
  while (text.size() <= limit) {
    const size_t have = text.size();
    const size_t step = std::max<size_t>(std::min<uint64_t>(status.getSize(), limit), 4096) + 1;
    text.resize(have + step);
    auto got = llvm::sys::fs::readNativeFile(*file, llvm::MutableArrayRef<char>(text.data() + have, step));
    if (!got) failure = llvm::errorToErrorCode(got.takeError());
    text.resize(have + (failure ? 0 : *got));
    if (failure || text.size() == have) break;
  }
  llvm::sys::fs::closeFile(*file);
  if (failure) return fileError(path, failure);
  return text;
}

} // namespace

FileId SourceSet::add(std::string name, std::string text, uint32_t hidden) {
  auto file = std::make_unique<File>();
  file->hidden = hidden;
  file->owned = std::move(text);
  file->text = file->owned;
  file->name = std::move(name);
  const uint64_t base = nextBase(files_);
  if (base + file->text.size() >= UINT32_MAX)
    llvm::report_fatal_error("the files of this run are larger than 4 GiB together");
  file->base = static_cast<uint32_t>(base);
  constexpr uint32_t kRoom = 8u << 10;
  if (room_) file->room = static_cast<uint32_t>(std::min<uint64_t>(file->text.size() + file->text.size() / 2 + kRoom, UINT32_MAX - 1 - base));
  files_.push_back(std::move(file));
  return static_cast<FileId>(files_.size() - 1);
}

FileId SourceSet::addStatic(std::string name, llvm::StringRef text) {
  const FileId id = add(std::move(name), "");
  File& file = *files_[id];
  if (uint64_t{file.base} + text.size() >= UINT32_MAX)
    llvm::report_fatal_error("the files of this run are larger than 4 GiB together");
  file.text = text;
  return id;
}

bool SourceSet::replace(FileId id, std::string text) {
  File& before = *files_[id];
  if (text.size() > before.room) return false;
  auto file = std::make_unique<File>();
  file->name = before.name;
  file->owned = std::move(text);
  file->text = file->owned;
  file->base = before.base;
  file->room = before.room;
  file->hidden = before.hidden;
  former_.push_back(std::move(files_[id]));
  files_[id] = std::move(file);
  return true;
}

llvm::Expected<FileId> SourceSet::open(const std::string& path) {
  auto text = readLimited(path, kMaxFileBytes);
  if (!text) return text.takeError();
  if (text->size() > kMaxFileBytes)
    return llvm::createStringError(std::make_error_code(std::errc::file_too_large), "%s is larger than %llu MiB",
                                   path.c_str(), static_cast<unsigned long long>(kMaxFileBytes >> 20));
  if (nextBase(files_) + text->size() >= UINT32_MAX)
    return llvm::createStringError(std::make_error_code(std::errc::file_too_large),
                                   "%s does not fit: the files of one run may have 4 GiB together", path.c_str());
  return add(path, std::move(*text));
}

llvm::StringRef SourceSet::text(FileId file) const { return files_[file]->text; }
llvm::StringRef SourceSet::name(FileId file) const { return files_[file]->name; }
uint32_t SourceSet::base(FileId file) const { return files_[file]->base; }
uint32_t SourceSet::fileCount() const { return static_cast<uint32_t>(files_.size()); }

FileId SourceSet::fileOf(uint32_t address) const {
  const auto after = std::upper_bound(files_.begin(), files_.end(), address,
                                      [](uint32_t a, const auto& file) { return a < file->base; });
  return after == files_.begin() ? 0 : static_cast<FileId>(after - files_.begin() - 1);
}

Position SourceSet::position(uint32_t address) const {
  if (files_.empty()) return {};
  File& file = *files_[fileOf(address)];
  const auto& lines = file.lineTable();
  const uint32_t size = static_cast<uint32_t>(file.text.size());
  const uint32_t offset = address < file.base ? 0 : std::min(address - file.base, size);
  const auto after = std::upper_bound(lines.begin(), lines.end(), offset);
  const auto line = static_cast<uint32_t>(after - lines.begin());
  const uint32_t shown = offset - std::min(offset, file.hidden);
  return {line, line == 1 ? shown + 1 : offset - *(after - 1) + 1, shown};
}

llvm::StringRef SourceSet::text(Span span) const {
  if (!span.valid() || files_.empty()) return {};
  const File& file = *files_[fileOf(span.begin)];
  return file.text.slice(span.begin - file.base, span.end - file.base);
}

llvm::StringRef SourceSet::line(FileId id, uint32_t line) const {
  File& file = *files_[id];
  const auto& lines = file.lineTable();
  if (line == 0 || line > lines.size()) return {};
  const size_t end = line < lines.size() ? lines[line] : file.text.size();
  return file.text.slice(line == 1 ? file.hidden : lines[line - 1], end).rtrim("\r\n");
}

} // namespace chasi::source
