// What came of a run of tests, for people, programs and pipelines.
#pragma once

#include "compiler/driver/terminal.h"
#include "compiler/lower/test.h"
#include "runtime/plan/xml_text.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace chasi::driver {

struct TestOutcome {
  lower::TestName name;
  std::unique_ptr<lower::TestRun> run;
  std::chrono::milliseconds took{0};

  bool passed() const { return !run->failures.hasErrors(); }
};

struct TestSummary {
  std::string module; ///< its name
  std::vector<TestOutcome> outcomes;
  size_t filtered = 0; ///< tests that --filter left out
  std::chrono::milliseconds took{0};

  size_t failed() const;
};

/// "✓ title (3 ms)", and below it what is wrong.
void printOutcome(const TestOutcome& outcome, bool color, llvm::raw_ostream& out);
/// The last line.
void printSummary(const TestSummary& summary, bool color, llvm::raw_ostream& out);
/// One object; the diagnostics of a test are as in cli.md.
void printTestsJson(const TestSummary& summary, llvm::raw_ostream& out);
/// SARIF 2.1.0: what is wrong in the tests that failed, each result with the title of its test.
void printTestsSarif(const TestSummary& summary, llvm::raw_ostream& out);
/// The XML of JUnit as CI systems read it, with the file and line of each test.
void printTestsJunit(const TestSummary& summary, llvm::raw_ostream& out);

using plan::xmlText;

} // namespace chasi::driver
