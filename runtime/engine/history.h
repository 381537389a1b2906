// The runs of a workspace, kept on every cluster that they wrote to: who did what when, and the state that came of it.
//
// A record is a ConfigMap in chasi-system. Its annotations tell of the run, so that a list without data is the whole history; its data is the
// desired state of that cluster and of the virtual clusters on it, packed, without values of secrets. It is written before the first change, and completed after the last one
// by a field manager of its own: a run that was killed shows as one that did not end.
#pragma once

#include "runtime/engine/connections.h"
#include "runtime/engine/engine.h"
#include "runtime/plan/plan.h"

#include <llvm/Support/Error.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace chasi::engine {

struct Run;
struct SiteRun;

/// Records of a workspace on a cluster. A run that finds more than that and kSpareRuns deletes the oldest, but never the newest one that
/// succeeded.
inline constexpr size_t kKeptRuns = 20;
inline constexpr size_t kSpareRuns = 5;

inline constexpr const char* kRunOfLabel = "chasi.dev/run-of"; ///< on each record: the id of the workspace's ApplySet

struct RunFailure {
  std::string code, operation, target, message;
};

/// Where a run is recorded.
struct RunPart {
  std::string target;  ///< the first of the cluster, or a virtual cluster in which something changed
  std::string name;    ///< of the ConfigMap
  std::string noState; ///< why the state was not kept there; empty when it was
};

struct RunRecord {
  std::string id, who, started;
  std::string ended;   ///< empty: it did not end
  std::string outcome; ///< "succeeded", "incomplete", "interrupted", "did not end"
  int64_t milliseconds = 0;
  std::string environment, commit, planDigest, sourceDigest, paramsDigest, tool;
  std::string restores; ///< the run that it went back to
  bool dirty = false, destroys = false;
  std::map<std::string, size_t> counts; ///< "created", "changed", …
  std::map<std::string, std::string> contexts; ///< of its clusters by name, as they were declared; virtual clusters have none
  std::vector<RunFailure> failures;
  std::vector<RunPart> parts; ///< one for each cluster that has it
  bool succeeded() const { return outcome == "succeeded"; }
};

struct History {
  std::vector<RunRecord> runs; ///< the newest first
  std::vector<LeftOutTarget> missing; ///< clusters that could not be asked
};

/// What all clusters of `desired` remember of its workspace. An error when none could be asked.
llvm::Expected<History> readHistory(const plan::Desired& desired, Connections& connections);

/// The run with this id, or the only one whose id begins so; CH6227.
llvm::Expected<const RunRecord*> findRun(const History& history, const std::string& id);
/// The newest run that succeeded, before the newest one; CH6227 when there is none.
llvm::Expected<const RunRecord*> runBefore(const History& history);

/// What the newest record on a cluster asked for; nothing where there is none that kept it.
llvm::Expected<std::optional<plan::Desired>> newestState(Site& site, const std::string& workspace);

/// The state of all clusters after that run: of each, the newest state up to then. Clusters that had none yet, or cannot be asked, are not among
/// its targets. CH6228 when a state was not kept, or not all of it.
llvm::Expected<plan::Desired> stateAfter(const RunRecord& run, const History& history, const plan::Desired& described, Connections& connections);

void printHistory(const History& history, llvm::raw_ostream& out);
void printRun(const RunRecord& run, llvm::raw_ostream& out);
/// {"runs": […]}, the newest first.
void printHistoryJson(const std::vector<RunRecord>& runs, llvm::raw_ostream& out);

/// What lists the records of a workspace on a cluster, and what one of them tells.
kube::ListRequest runsRequest(const std::string& workspace, const std::string& server);
RunRecord readRecord(plan::JsonValue configMap, const std::string& target);

/// Before the first change of a cluster. Runs the loop.
llvm::Error beginHistory(Run& run, SiteRun& site);
/// After the last one, on every cluster that still answers; removes what is too old. Runs the loop.
void endHistory(Run& run);

} // namespace chasi::engine
