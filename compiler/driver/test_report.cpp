#include "compiler/driver/test_report.h"
#include "compiler/source/sarif.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace chasi::driver {

namespace {

using nlohmann::ordered_json;

std::string paint(bool color, const char* code, const std::string& text) { return color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text; }

double seconds(std::chrono::milliseconds ms) { return static_cast<double>(ms.count()) / 1000; }

ordered_json diagnosticsOf(const lower::TestRun& run) {
  std::string text;
  llvm::raw_string_ostream out(text);
  source::printJson(run.failures, run.sources, out);
  return ordered_json::parse(text)["diagnostics"];
}

} // namespace

size_t TestSummary::failed() const {
  return static_cast<size_t>(std::count_if(outcomes.begin(), outcomes.end(), [](const TestOutcome& o) { return !o.passed(); }));
}

void printOutcome(const TestOutcome& outcome, bool color, llvm::raw_ostream& out) {
  out << (outcome.passed() ? paint(color, "32", "✓") : paint(color, "31", "✗")) << ' ' << outcome.name.title << paint(color, "2", fmt::format(" ({})", inWords(outcome.took))) << '\n';
  if (outcome.passed()) return;
  out << '\n';
  source::printText(outcome.run->failures, outcome.run->sources, out, {.color = color, .total = false});
}

void printSummary(const TestSummary& summary, bool color, llvm::raw_ostream& out) {
  const size_t failed = summary.failed(), passed = summary.outcomes.size() - failed;
  std::string line = failed ? paint(color, "1;31", fmt::format("{} failed", failed)) + ", " : "";
  line += paint(color, failed ? "0" : "1;32", fmt::format("{} passed", passed));
  if (summary.filtered) line += fmt::format(", {} left out", summary.filtered);
  out << fmt::format("{} in {} ({})\n", line, summary.module, inWords(summary.took));
}

void printTestsJson(const TestSummary& summary, llvm::raw_ostream& out) {
  ordered_json tests = ordered_json::array();
  for (const TestOutcome& o : summary.outcomes)
    tests.push_back({{"name", o.name.title}, {"file", o.name.file}, {"line", o.name.line}, {"status", o.passed() ? "passed" : "failed"}, {"seconds", seconds(o.took)}, {"diagnostics", diagnosticsOf(*o.run)}});
  const ordered_json all{{"module", summary.module}, {"passed", summary.outcomes.size() - summary.failed()}, {"failed", summary.failed()}, {"seconds", seconds(summary.took)}, {"tests", tests}};
  out << all.dump(-1, ' ', false, ordered_json::error_handler_t::replace) << '\n';
}

void printTestsSarif(const TestSummary& summary, llvm::raw_ostream& out) {
  std::vector<source::SarifPart> parts;
  for (const TestOutcome& o : summary.outcomes)
    if (!o.passed()) parts.push_back({o.run->failures, o.run->sources, o.name.title});
  source::printSarifParts(parts, out);
}

void printTestsJunit(const TestSummary& summary, llvm::raw_ostream& out) {
  const std::string counts = fmt::format("tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\" time=\"{:.3f}\"", summary.outcomes.size(), summary.failed(), seconds(summary.took));
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      << fmt::format("<testsuites {}>\n", counts) << fmt::format("  <testsuite name=\"{}\" {}>\n", xmlText(summary.module), counts);
  for (const TestOutcome& o : summary.outcomes) {
    out << fmt::format("    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.3f}\"", xmlText(o.name.title), xmlText(summary.module), xmlText(o.name.file), o.name.line, seconds(o.took));
    if (o.passed()) {
      out << "/>\n";
      continue;
    }
    const source::Diagnostic& first = *std::find_if(o.run->failures.all().begin(), o.run->failures.all().end(), [](const auto& d) { return d.severity == source::Severity::Error; });
    std::string text;
    llvm::raw_string_ostream told(text);
    source::printText(o.run->failures, o.run->sources, told, {});
    out << fmt::format(">\n      <failure message=\"{}\" type=\"{}\">{}</failure>\n    </testcase>\n", xmlText(first.message), source::info(first.code).id, xmlText(text, false));
  }
  out << "  </testsuite>\n</testsuites>\n";
}

} // namespace chasi::driver
