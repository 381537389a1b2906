#include "compiler/driver/report.h"
#include "compiler/driver/run.h"

namespace chasi::driver {

namespace {

void paragraph(llvm::StringRef text, llvm::raw_ostream& out) {
  size_t column = 0;
  llvm::SmallVector<llvm::StringRef, 64> words;
  text.split(words, ' ', -1, false);
  for (const llvm::StringRef word : words) {
    if (column && column + 1 + word.size() > 90) out << '\n', column = 0;
    if (column) out << ' ', ++column;
    out << word;
    column += word.size();
  }
  out << '\n';
}

} // namespace

int runExplain(const Invocation& invocation) {
  const std::string id = llvm::StringRef(invocation.word(0)).upper();
  if (const plan::FaultInfo* row = plan::findFault(id)) {
    llvm::outs() << row->code << ": " << row->title << "\n\n";
    paragraph(row->explanation, llvm::outs());
    return kDone;
  }
  if (const auto code = source::findCode(id)) {
    const source::CodeInfo& row = source::info(*code);
    llvm::outs() << row.id << ": " << row.title << '\n';
    return kDone;
  }
  std::vector<std::string> known;
  for (const source::CodeInfo& row : source::allCodes()) known.emplace_back(row.id);
  for (const plan::FaultInfo& row : plan::faultInfos()) known.emplace_back(row.code);
  const std::string near = source::nearest(id, known);
  llvm::errs() << fmt::format("chasic: there is no code {}{}\n", invocation.word(0), near.empty() ? "; codes look like CH2001" : "; did you mean " + near + "?");
  return kUsage;
}

} // namespace chasi::driver
