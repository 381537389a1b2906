// The right half of chasi in a few calls: compare what is desired with what is there, and make it so.
#pragma once

#include "runtime/engine/connections.h"
#include "runtime/engine/events.h"
#include "runtime/plan/fault.h"
#include "runtime/plan/plan.h"
#include "runtime/plan/secrets.h"

#include <llvm/Support/Error.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <set>
#include <string>

namespace chasi::engine {

/// How images are built; the digests are compared with the layout.
struct ImageFolders {
  std::string workspaceRoot = "."; ///< what paths in a description start from
  std::string layoutDir;           ///< one layout for all images; empty: each goes to its own, as described
  std::string cacheDir;
  std::string fetchedDir = {};     ///< the layout that keeps what registries and archives gave
  bool offline = false;            ///< no registry is asked for what is missing
};

/// Set from a signal handler or another thread. 1: start nothing new, let finish what runs. 2: leave at once.
using Cancel = std::atomic<int>;

struct CompareOptions {
  plan::SecretReader secrets = plan::readSecret;
  bool dryRunCreates = false;   ///< let the server check new objects, too; costs one request each
  bool refresh = false;         ///< believe no stamp: ask the server about every object
  bool describeCreates = true;  ///< list the fields of new objects, too
  bool adoptAll = false;        ///< take over what exists and is not ours
  bool requireAll = false;      ///< a cluster that cannot be compared with is an error of all
  std::set<std::string> adopt;  ///< ids of operations that may do so
  ImageFolders images;
  EventSink events;             ///< retries, and what is being read
  const Cancel* cancel = nullptr;
};

/// Reads; writes nothing. What stands in the way of one operation is a `problem` of its step. A cluster that cannot be read is `missing`,
/// and its operations are left out together with what needs them. An error is what makes the whole comparison meaningless: no cluster
/// that can be read, a broken graph.
llvm::Expected<plan::Plan> compare(plan::Desired desired, Connections& connections, const CompareOptions& options);

/// Without any cluster: everything is Create or Build, and the plan says that it is offline.
llvm::Expected<plan::Plan> compareOffline(plan::Desired desired);

/// What deletes everything that the workspace owns in the clusters of `desired`: all of it in `prunes`.
llvm::Expected<plan::Plan> planDestroy(const plan::Desired& desired, Connections& connections, const CompareOptions& options);

struct ApplyOptions {
  size_t parallelism = 0;            ///< requests in flight for each cluster; 0: by the connection and what the server bears
  plan::SecretReader secrets = plan::readSecret;
  ImageFolders images;
  EventSink events;
  const Cancel* cancel = nullptr;
  std::optional<size_t> allowPrune;  ///< consent to exactly so many deletions
  bool allowReplace = false;         ///< consent to every Replace of the plan with which no data goes
  std::set<std::string> replace;     ///< ids of operations whose Replace was agreed to, data included
  bool waitAll = false;              ///< end only when everything is ready, also what nothing waits for
  bool requireAll = false;           ///< begin nothing when a cluster must be left out
  std::chrono::milliseconds readyTimeout = std::chrono::minutes(5); ///< for each operation
  std::chrono::milliseconds lockPatience = std::chrono::seconds(0); ///< how long to wait for another run
  std::string user;                  ///< shown to whom the lock stands in the way; default: user@host
  std::string runId;                 ///< as newRunId() makes one; empty: the run makes its own
};

/// Sixteen hexadecimal digits, different each time.
std::string newRunId();
/// "user@host" of this process.
std::string userAtHost();

/// A cluster that a run left out, or gave up on half-way.
struct LeftOutTarget {
  std::string target;
  plan::FaultText fault;
  plan::SourceRef source;
};

struct FailedOperation {
  std::string id; ///< empty for a prune that is no longer known by id
  std::string target;
  plan::FaultText fault;
  plan::SourceRef source;
};

struct Summary {
  size_t created = 0, updated = 0, replaced = 0, deleted = 0, built = 0, unchanged = 0, skipped = 0;
  size_t leftOut = 0; ///< not selected, and not counted as skipped
  size_t toPlan = 0;  ///< deletions inside virtual clusters that could not be looked at before: the next plan shows them
  std::vector<FailedOperation> failures;
  std::vector<LeftOutTarget> missing;
  bool interrupted = false;
  size_t requests = 0, writes = 0, retries = 0; ///< to all clusters since the Connections were made; dry runs are no writes
  std::chrono::milliseconds duration{0};
  bool ok() const { return failures.empty() && missing.empty() && !interrupted && skipped == 0; }
};

/// "3 created, 12 unchanged", or "nothing to do".
std::string inWords(const Summary& summary);

/// Carries a plan out. An error means that nothing was begun (wrong cluster CH6201, budget CH6206, problems in the plan, no cluster that can
/// be reached and locked); what fails on the way is in the Summary, and so is a cluster that was left out while others were changed.
/// Running again after anything, kill -9 included, continues. A plan without changes sends no write at all, unless an earlier run died and
/// left its record open.
llvm::Expected<Summary> apply(const plan::Plan& plan, Connections& connections, const ApplyOptions& options);

enum class State : uint8_t { Ready, Progressing, Failed, Missing, Unknown };
const char* name(State state);

struct ObjectStatus {
  std::string operation;
  plan::ObjectRef object;
  std::string target;
  State state = State::Ready;
  std::string reason;
};
struct OwnerStatus {
  std::string owner; ///< declaration
  State state = State::Ready; ///< the worst of its objects
  size_t objects = 0, ready = 0;
  std::vector<ObjectStatus> troubles; ///< what is not Ready
};
/// In the order of the declarations' first operation.
struct StatusReport {
  std::vector<OwnerStatus> owners;
  std::vector<LeftOutTarget> missing; ///< clusters of which nothing can be said; what is on them is Unknown
  bool healthy() const;
};
llvm::Expected<StatusReport> status(const plan::Desired& desired, Connections& connections, const EventSink& events = {});
void printStatus(const StatusReport& report, bool color, llvm::raw_ostream& out);
void printStatusJson(const StatusReport& report, llvm::raw_ostream& out);

} // namespace chasi::engine
