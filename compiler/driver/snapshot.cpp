#include "compiler/driver/snapshot.h"

#include "compiler/source/line_diff.h"
#include "runtime/plan/yaml_text.h"
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
  plan::writeYaml(nlohmann::ordered_json::parse(json, nullptr, false), out);
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

std::vector<std::string> differingLines(llvm::StringRef before, llvm::StringRef after) {
  constexpr size_t kAround = 2;
  llvm::SmallVector<llvm::StringRef, 64> a, b;
  before.rtrim('\n').split(a, '\n');
  after.rtrim('\n').split(b, '\n');
  const std::vector<source::DiffLine> all = source::compareLines(a, b);
  std::vector<bool> near(all.size());
  for (size_t i = 0; i < all.size(); ++i)
    if (all[i].mark != ' ')
      for (size_t k = i - std::min(i, kAround); k <= i + kAround && k < all.size(); ++k) near[k] = true;
  std::vector<std::string> out;
  for (size_t i = 0; i < all.size(); ++i) {
    if (near[i]) out.push_back(all[i].mark + (" " + all[i].text.str()));
    else if (i == 0 || near[i - 1]) out.push_back("…");
  }
  return out;
}

} // namespace chasi::driver
