// A plan for people.
#pragma once

#include "runtime/plan/difference.h"
#include "runtime/plan/plan.h"

#include <llvm/Support/raw_ostream.h>

namespace chasi::plan {

struct PlanTextStyle {
  bool color = false;
  bool unchanged = false;   ///< list what stays as it is, too
  size_t maxChanges = 40;   ///< fields shown of one object; the rest is counted
};

/// Grouped by declaration: a line for each operation with its place in the specification, below it the fields; then what
/// would be deleted, what stands in the way, and the line of summaryLine.
void printPlan(const Plan& plan, const PlanTextStyle& style, llvm::raw_ostream& out);

/// For a comment on a change or the summary of a pipeline (GitHub and GitLab both read it): what it comes to, what must not be overlooked, a table by
/// declaration, and the text of printPlan folded away, coloured as a diff. Never longer than `limit` bytes; what does not fit is said to be left out.
void printPlanMarkdown(const Plan& plan, size_t limit, llvm::raw_ostream& out);
/// Comments of GitHub hold 65,536 characters; what a pipeline puts around it needs some.
inline constexpr size_t kMarkdownLimit = 60'000;

/// A difference in the same form: grouped by declaration, with the fields that differ; then a line that counts.
void printDifference(const Difference& difference, const PlanTextStyle& style, llvm::raw_ostream& out);

/// "3 to create, 1 to change, 0 to delete, 12 unchanged".
std::string summaryLine(const Counts& counts);

} // namespace chasi::plan
