#include "compiler/source/line_diff.h"

#include <fmt/format.h>
#include <llvm/ADT/SmallVector.h>

#include <vector>

namespace chasi::source {

namespace {

constexpr size_t kAround = 3;
constexpr size_t kMaxCells = 4'000'000;

/// The middle, where the texts differ at both ends: by the longest common subsequence.
void middle(llvm::ArrayRef<llvm::StringRef> a, llvm::ArrayRef<llvm::StringRef> b, std::vector<DiffLine>& out) {
  const size_t n = a.size(), m = b.size();
  if (n * m > kMaxCells) {
    for (llvm::StringRef line : a) out.push_back({'-', line});
    for (llvm::StringRef line : b) out.push_back({'+', line});
    return;
  }
  std::vector<uint32_t> length((n + 1) * (m + 1), 0);
  const auto at = [&](size_t i, size_t j) -> uint32_t& { return length[i * (m + 1) + j]; };
  for (size_t i = n; i-- > 0;)
    for (size_t j = m; j-- > 0;) at(i, j) = a[i] == b[j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
  size_t i = 0, j = 0;
  while (i < n || j < m) {
    if (i < n && j < m && a[i] == b[j]) out.push_back({' ', a[i]}), ++i, ++j;
    else if (i < n && (j == m || at(i + 1, j) >= at(i, j + 1))) out.push_back({'-', a[i++]});
    else out.push_back({'+', b[j++]});
  }
}

std::string shown(const DiffLine& line, bool color) {
  const char* paint = !color || line.mark == ' ' ? "" : line.mark == '-' ? "\x1b[31m" : "\x1b[32m";
  std::string text = fmt::format("{}{}{}{}\n", paint, line.mark, line.text.rtrim('\n').str(), *paint ? "\x1b[0m" : "");
  if (!line.text.ends_with("\n")) text += "\\ no line break at the end of the file\n";
  return text;
}

} // namespace

std::vector<llvm::StringRef> linesOf(llvm::StringRef text) {
  std::vector<llvm::StringRef> out;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const size_t size = end == llvm::StringRef::npos ? text.size() : end + 1;
    out.push_back(text.take_front(size));
    text = text.drop_front(size);
  }
  return out;
}

std::vector<DiffLine> compareLines(llvm::ArrayRef<llvm::StringRef> a, llvm::ArrayRef<llvm::StringRef> b) {
  size_t head = 0, tail = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  while (tail < a.size() - head && tail < b.size() - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  std::vector<DiffLine> out;
  for (llvm::StringRef line : a.take_front(head)) out.push_back({' ', line});
  middle(a.slice(head, a.size() - head - tail), b.slice(head, b.size() - head - tail), out);
  for (llvm::StringRef line : a.take_back(tail)) out.push_back({' ', line});
  return out;
}

std::string lineDiff(const std::string& name, llvm::StringRef before, llvm::StringRef after, bool color) {
  if (before == after) return "";
  const std::vector<DiffLine> lines = compareLines(linesOf(before), linesOf(after));
  std::string out = fmt::format("--- {}\n+++ {}\n", name, name);
  size_t oldLine = 1, newLine = 1, from = 0; // numbers of the line at `from`
  const auto advance = [&](size_t to) {
    for (; from < to; ++from) {
      if (lines[from].mark != '+') ++oldLine;
      if (lines[from].mark != '-') ++newLine;
    }
  };
  for (size_t i = 0; i < lines.size();) {
    if (lines[i].mark == ' ') {
      ++i;
      continue;
    }
    const size_t begin = i > kAround ? i - kAround : 0;
    size_t last = i; // the last change of this piece: the next one is further away than two margins
    for (size_t j = i; j < lines.size() && j <= last + 2 * kAround; ++j)
      if (lines[j].mark != ' ') last = j;
    const size_t end = std::min(lines.size(), last + 1 + kAround);
    advance(begin);
    size_t olds = 0, news = 0;
    for (size_t j = begin; j < end; ++j) olds += lines[j].mark != '+', news += lines[j].mark != '-';
    out += fmt::format("@@ -{},{} +{},{} @@\n", olds ? oldLine : oldLine - 1, olds, news ? newLine : newLine - 1, news);
    for (size_t j = begin; j < end; ++j) out += shown(lines[j], color);
    i = end;
  }
  return out;
}

} // namespace chasi::source
