// What speaks against a virtual cluster, said at the place of the specification that it is about.
#pragma once

#include "compiler/eval/evaluator.h"

namespace chasi::lower {

/// Where the longest part of a path is written that leads into records, maps and lists: `a.b["c.d"][0].e` is given as a.b.c.d[0].e, for
/// keys may have dots. `around` when not even its first part was.
source::Span placeOfPath(eval::Evaluator& evaluator, const sema::Value& value, llvm::StringRef path, source::Span around);

/// Reports the entries of a list of std.core's `Refused` as CH4040. Their paths lead from the fields of the owner into blocks and maps:
/// `vcluster.values.sync.toHost`; the part of a path that was not written counts as written where the part before it was. False when
/// there is one.
bool acceptCluster(sema::Program& program, eval::Evaluator& evaluator, sema::Record& owner, const sema::Value& refused);

} // namespace chasi::lower
