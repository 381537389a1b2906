#include "compiler/lower/test.h"

#include "compiler/lower/stack.h"
#include "compiler/sema/policy_ir.h"

namespace chasi::lower {

using sema::TestIr;
using sema::TestStepIr;
using source::Code;
using source::Diagnostic;
using source::Severity;

std::vector<TestName> listTests(source::SourceSet& sources, source::Diagnostics& diagnostics, const CompileInput& input) {
  std::vector<TestName> out;
  sema::Program program(sources, diagnostics);
  withLargeStack([&] { sema::load(program, input.load); });
  diagnostics.sort();
  for (const auto& test : program.tests) {
    TestName name{.title = test->title, .slug = sema::testSlug(test->title)};
    name.file = sources.name(sources.fileOf(test->span.begin)).str();
    name.line = sources.position(test->span.begin).line;
    for (const TestStepIr& step : test->steps) name.snapshots += step.kind == TestStepIr::Snapshot;
    out.push_back(std::move(name));
  }
  return out;
}

namespace {

bool meets(const Diagnostic& d, const TestStepIr& step) { return d.code == step.code && llvm::StringRef(d.message).contains(step.part); }

/// Nothing expected came: says what did come, for that is most often a wrong word in the expectation.
void unmet(const TestStepIr& step, const source::Diagnostics& all, source::Diagnostics& failures) {
  const source::CodeInfo& info = source::info(step.code);
  const std::string what = step.part.empty() ? std::string(info.id) : fmt::format("{} with \"{}\"", info.id, step.part);
  Diagnostic& d = failures.report(Code::ExpectationUnmet, step.span, fmt::format("{} was expected and did not come", what));
  size_t shown = 0;
  for (const Diagnostic& other : all.all()) {
    if (other.code != step.code || shown == 3) continue;
    d.note(fmt::format("{} came with: {}", info.id, other.message));
    ++shown;
  }
  if (!shown) d.note(fmt::format("{}: {}", info.id, info.title));
}

/// The files themselves are wrong, so that every claim about what they say is beside the point.
bool unreadable(const source::Diagnostics& all) {
  return std::any_of(all.all().begin(), all.all().end(), [](const Diagnostic& d) { return d.severity == Severity::Error && llvm::StringRef(source::info(d.code).id) < "CH4"; });
}

void judge(const TestIr& test, const source::Diagnostics& all, const eval::TestResult& result, source::Diagnostics& failures) {
  const bool claimsCount = !unreadable(all);
  for (const Diagnostic& d : all.all()) {
    if (d.severity != Severity::Error || (d.code == Code::AssertionFailed && !claimsCount)) continue;
    const bool expected = std::any_of(test.steps.begin(), test.steps.end(), [&](const TestStepIr& s) { return s.kind == TestStepIr::Expect && meets(d, s); });
    if (!expected) failures.report(d.code, d.span, d.message) = d;
  }
  if (!claimsCount) return;
  const bool unexpected = failures.hasErrors();
  for (const TestStepIr& step : test.steps)
    if (step.kind == TestStepIr::Expect && std::none_of(all.all().begin(), all.all().end(), [&](const Diagnostic& d) { return meets(d, step); })) unmet(step, all, failures);
  if (unexpected) return; // what could not be worked out follows from that
  for (const source::Span span : result.unknown)
    failures.report(Code::AssertionFailed, span, "this cannot be worked out").note("it depends on something that the test expects to be wrong");
}

} // namespace

void runTest(TestRun& run, CompileInput input, const std::string& slug) {
  input.load.test = slug;
  source::Diagnostics all;
  const Compiled compiled = compile(run.sources, all, input);
  if (const TestIr* test = compiled.program->chosenTest) judge(*test, all, compiled.test, run.failures);
  else run.failures = std::move(all);
  run.failures.sort();
  run.snapshots = compiled.test.snapshots;
}

} // namespace chasi::lower
