// Tests of a specification: which there are, and what comes of one.
#pragma once

#include "compiler/lower/compile.h"

#include <string>
#include <vector>

namespace chasi::lower {

struct TestName {
  std::string title;
  std::string slug;       ///< tells tests apart, and names the files of their snapshots
  std::string file;       ///< as diagnostics show it
  uint32_t line = 1;
  size_t snapshots = 0;   ///< how many it takes
};

/// Reads and checks the module, evaluates nothing. The tests stand in source order; mistakes are in `diagnostics`.
std::vector<TestName> listTests(source::SourceSet& sources, source::Diagnostics& diagnostics, const CompileInput& input);

struct TestRun {
  source::SourceSet sources;
  source::Diagnostics failures; ///< what the test does not expect; warnings are left out
  std::vector<eval::TakenSnapshot> snapshots; ///< to be compared by the caller; empty text: that was reported
};

/// Evaluates the workspace anew, with what the test sets, and runs the test. All errors that it does not expect are
/// failures, and so is what it expects and does not get.
void runTest(TestRun& run, CompileInput input, const std::string& slug);

} // namespace chasi::lower
