#include "compiler/driver/snapshot.h"

#include "compiler/driver/yaml.h"
#include "runtime/plan/fault.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <set>

namespace chasi::driver {

namespace {

using source::Code;
namespace fs = llvm::sys::fs;

std::string asYaml(const std::string& json) {
  std::string text;
  llvm::raw_string_ostream out(text);
  writeYaml(nlohmann::ordered_json::parse(json, nullptr, false), out);
  if (!llvm::StringRef(text).ends_with("\n")) text += '\n';
  return text;
}

/// Without the carriage returns that a checkout may have put there; nothing when there is no file.
llvm::Expected<std::optional<std::string>> readSnapshot(const std::string& file) {
  auto buffer = llvm::MemoryBuffer::getFile(file);
  if (!buffer && buffer.getError() == std::errc::no_such_file_or_directory) return std::nullopt;
  if (!buffer) return plan::fault("CH6008", fmt::format("{} cannot be read: {}", file, buffer.getError().message()));
  std::string text = (*buffer)->getBuffer().str();
  std::erase(text, '\r');
  return text;
}

llvm::Error write(SnapshotFolder& snapshots, const std::string& file, const std::string& text) {
  if (const std::error_code code = fs::create_directories(snapshots.folder))
    return plan::fault("CH6008", fmt::format("the folder {} cannot be made: {}", snapshots.folder, code.message()));
  if (llvm::Error error = writeFile(file, text)) return error;
  ++snapshots.written;
  return llvm::Error::success();
}

std::string joined(const std::vector<std::string>& lines) {
  constexpr size_t kShown = 40;
  std::string text;
  for (size_t i = 0; i < lines.size() && i < kShown; ++i) text += (i ? "\n" : "") + lines[i];
  if (lines.size() > kShown) text += fmt::format("\n… and {} more lines", lines.size() - kShown);
  return text;
}

} // namespace

std::string snapshotFile(const SnapshotFolder& snapshots, const std::string& slug, size_t n) {
  llvm::SmallString<256> path(snapshots.folder);
  llvm::sys::path::append(path, n == 0 ? slug + ".yaml" : fmt::format("{}-{}.yaml", slug, n + 1));
  return path.str().str();
}

llvm::Error compareSnapshots(SnapshotFolder& snapshots, const lower::TestName& test, lower::TestRun& run) {
  for (size_t i = 0; i < run.snapshots.size(); ++i) {
    const eval::TakenSnapshot& taken = run.snapshots[i];
    if (taken.json.empty()) continue;
    const std::string file = snapshotFile(snapshots, test.slug, i);
    const std::string now = asYaml(taken.json);
    auto before = readSnapshot(file);
    if (!before) return before.takeError();
    if (*before == now) continue;
    if (snapshots.update) {
      if (llvm::Error error = write(snapshots, file, now)) return error;
    } else if (!*before) {
      run.failures.report(Code::SnapshotMissing, taken.span, "this has no snapshot yet")
          .note(fmt::format("it would be {}", file))
          .hint(fmt::format("`{}` writes it; read it, and commit it with the test", snapshots.command));
    } else {
      run.failures.report(Code::SnapshotDiffers, taken.span, fmt::format("this differs from its snapshot, {}", file))
          .note(joined(differingLines(**before, now)))
          .hint(fmt::format("when the new value is right, `{}` writes it", snapshots.command));
    }
  }
  return llvm::Error::success();
}

std::vector<std::string> strayFiles(const SnapshotFolder& snapshots, const std::vector<lower::TestName>& tests) {
  std::set<std::string> known;
  for (const lower::TestName& t : tests)
    for (size_t i = 0; i < t.snapshots; ++i) known.insert(snapshotFile(snapshots, t.slug, i));
  std::vector<std::string> out;
  std::error_code code;
  for (fs::directory_iterator it(snapshots.folder, code), end; it != end && !code; it.increment(code))
    if (llvm::StringRef(it->path()).ends_with(".yaml") && !known.contains(it->path())) out.push_back(it->path());
  std::sort(out.begin(), out.end());
  return out;
}

namespace {

using Lines = llvm::SmallVector<llvm::StringRef, 64>;

/// One line of the way from one text to the other.
struct DiffLine {
  char sign;
  llvm::StringRef text;
};

/// The longest common subsequence of what is left between the equal ends. Texts that differ very much are shown whole, one
/// after the other: the table would grow with the product of their lengths.
void middle(llvm::ArrayRef<llvm::StringRef> a, llvm::ArrayRef<llvm::StringRef> b, std::vector<DiffLine>& out) {
  constexpr size_t kMaxCells = 4'000'000;
  if (a.size() * b.size() > kMaxCells) {
    for (const llvm::StringRef line : a) out.push_back({'-', line});
    for (const llvm::StringRef line : b) out.push_back({'+', line});
    return;
  }
  const size_t width = b.size() + 1;
  std::vector<uint32_t> longest((a.size() + 1) * width);
  for (size_t i = a.size(); i-- > 0;)
    for (size_t j = b.size(); j-- > 0;)
      longest[i * width + j] = a[i] == b[j] ? longest[(i + 1) * width + j + 1] + 1 : std::max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      out.push_back({' ', a[i]});
      ++i, ++j;
    } else if (j == b.size() || (i < a.size() && longest[(i + 1) * width + j] >= longest[i * width + j + 1])) {
      out.push_back({'-', a[i++]});
    } else {
      out.push_back({'+', b[j++]});
    }
  }
}

} // namespace

std::vector<std::string> differingLines(llvm::StringRef before, llvm::StringRef after) {
  constexpr size_t kAround = 2;
  Lines a, b;
  before.rtrim('\n').split(a, '\n');
  after.rtrim('\n').split(b, '\n');
  size_t head = 0, tail = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  while (tail < a.size() - head && tail < b.size() - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  std::vector<DiffLine> all;
  for (size_t i = 0; i < head; ++i) all.push_back({' ', a[i]});
  middle(llvm::ArrayRef(a).slice(head, a.size() - head - tail), llvm::ArrayRef(b).slice(head, b.size() - head - tail), all);
  for (size_t i = a.size() - tail; i < a.size(); ++i) all.push_back({' ', a[i]});
  std::vector<bool> near(all.size());
  for (size_t i = 0; i < all.size(); ++i)
    if (all[i].sign != ' ')
      for (size_t k = i - std::min(i, kAround); k <= i + kAround && k < all.size(); ++k) near[k] = true;
  std::vector<std::string> out;
  for (size_t i = 0; i < all.size(); ++i) {
    if (near[i]) out.push_back(all[i].sign + (" " + all[i].text.str()));
    else if (i == 0 || near[i - 1]) out.push_back("…");
  }
  return out;
}

} // namespace chasi::driver
