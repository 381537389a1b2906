// `chasic explain CODE`; what explains a value is in explain_value.cpp, and a tenant's walls in explain_isolation.cpp.
#include "compiler/driver/explain_isolation.h"
#include "compiler/driver/explain_value.h"
#include "compiler/driver/pages.h"
#include "compiler/driver/report.h"
#include "compiler/driver/run.h"

#include <llvm/ADT/StringExtras.h>

#include <nlohmann/json.hpp>

namespace chasi::driver {

namespace {

constexpr size_t kWidth = 100;

void paragraph(llvm::StringRef text, llvm::StringRef indent, llvm::raw_ostream& out) {
  size_t column = 0;
  llvm::SmallVector<llvm::StringRef, 64> words;
  text.split(words, ' ', -1, false);
  for (const llvm::StringRef word : words) {
    if (column && column + 1 + word.size() + indent.size() > kWidth) out << '\n' << indent, column = 0;
    if (column) out << ' ', ++column;
    out << word;
    column += word.size();
  }
  out << '\n';
}

/// Paragraphs of a page; lines of one belong together.
void paragraphs(llvm::StringRef text, llvm::raw_ostream& out) {
  bool first = true;
  while (!text.empty()) {
    llvm::StringRef part;
    std::tie(part, text) = text.split("\n\n");
    std::string joined = part.trim().str();
    std::replace(joined.begin(), joined.end(), '\n', ' ');
    if (!std::exchange(first, false)) out << '\n';
    paragraph(joined, "", out);
  }
}

void example(llvm::StringRef title, llvm::StringRef text, const Terminal& terminal, llvm::raw_ostream& out) {
  if (text.empty()) return;
  out << '\n' << (terminal.outColor ? "\x1b[1m" : "") << title << (terminal.outColor ? "\x1b[0m" : "") << "\n\n";
  while (!text.empty()) {
    llvm::StringRef line;
    std::tie(line, text) = text.split('\n');
    out << (line.empty() ? "" : "    ") << line << '\n';
  }
}

struct Row {
  std::string code, severity, title, explanation;
};

std::optional<Row> rowOf(llvm::StringRef id) {
  if (const plan::FaultInfo* row = plan::findFault(id)) return Row{row->code, "error", row->title, row->explanation};
  if (const auto code = source::findCode(id)) {
    const source::CodeInfo& row = source::info(*code);
    return Row{row.id, row.severity == source::Severity::Warning ? "warning" : "error", row.title, row.title};
  }
  return std::nullopt;
}

void printText(const Row& row, const Page& page, const Terminal& terminal) {
  llvm::raw_ostream& out = llvm::outs();
  out << (terminal.outColor ? "\x1b[1m" : "") << row.code << " (" << row.severity << "): " << row.title << (terminal.outColor ? "\x1b[0m" : "") << "\n\n";
  paragraphs(page.meaning, out);
  example("Wrong", page.wrong, terminal, out);
  example("Right", page.right, terminal, out);
  if (page.next.empty()) return;
  out << '\n' << (terminal.outColor ? "\x1b[1m" : "") << "Next steps" << (terminal.outColor ? "\x1b[0m" : "") << "\n\n";
  for (const std::string& step : page.next) {
    out << "  - ";
    paragraph(step, "    ", out);
  }
}

void printJson(const Row& row, const Page& page) {
  const nlohmann::ordered_json json{{"code", row.code}, {"severity", row.severity}, {"title", row.title}, {"text", page.meaning}, {"wrong", page.wrong}, {"right", page.right}, {"next", page.next}};
  llvm::outs() << json.dump(2) << '\n';
}

/// "CH2001", "ch21": somebody means a code. No declaration begins like this unless it is one of these letters and digits.
bool looksLikeCode(llvm::StringRef word) {
  return word.starts_with_insensitive("CH") && word.size() > 2 && llvm::all_of(word.drop_front(2), [](char c) { return llvm::isDigit(c); });
}

int unknownCode(const std::string& given) {
  std::vector<std::string> known;
  for (const source::CodeInfo& row : source::allCodes()) known.emplace_back(row.id);
  for (const plan::FaultInfo& row : plan::faultInfos()) known.emplace_back(row.code);
  const std::string near = source::nearest(llvm::StringRef(given).upper(), known);
  llvm::errs() << fmt::format("chasic: there is no code {}{}\n", given, near.empty() ? "; codes look like CH2001" : "; did you mean " + near + "?");
  return kUsage;
}

} // namespace

int runExplain(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  if (invocation.word(0) == "isolation" && invocation.words.size() > 1) return explainIsolation(invocation, terminal);
  if (invocation.words.size() > 2) {
    llvm::errs() << "chasic: `chasic explain` takes CODE, VALUE [PATH], or isolation TENANT [PATH]\n";
    return kUsage;
  }
  const auto row = rowOf(llvm::StringRef(invocation.word(0)).upper());
  if (!row && looksLikeCode(invocation.word(0))) return unknownCode(invocation.word(0));
  if (!row) return explainValue(invocation, terminal);
  const Page page = findPage(row->code).value_or(Page{.meaning = row->explanation});
  if (invocation.get("--format", "text") == "json") printJson(*row, page);
  else printText(*row, page, terminal);
  return kDone;
}

} // namespace chasi::driver
