// The plan: what is desired, what was found, and what would be done about the difference. Each write carries guards, so
// that a plan which the world has left behind is noticed and never carried out blindly.
#pragma once

#include "runtime/plan/fault.h"
#include "runtime/plan/operation.h"

#include <llvm/Support/Error.h>
#include <llvm/Support/raw_ostream.h>

#include <optional>
#include <string>
#include <vector>

namespace chasi::plan {

enum class Action : uint8_t {
  None,    ///< as desired already
  Create,
  Update,
  Replace, ///< delete, then create: the change is not possible on a living object
  Delete,  ///< only in the plan of a destroy
  Unknown, ///< can be told only while applying; `reason` says why
  Build,   ///< an image
};

/// One field. Values are compact JSON; empty means absent. A secret has neither value: nothing that could be used to guess
/// it, not even a digest, is kept.
struct FieldChange {
  std::string path;    ///< as people write it: spec.template.spec.containers[name=api].image
  std::string before;
  std::string after;
  std::string manager; ///< the other field manager that owns what is there now; empty when it is ours or nobody's
  bool secret = false;
  std::string later = {}; ///< what comes is known only while applying: "known after system.shop/Service/shop/web"; `after` is empty then
};

/// What must still be true of the object when the write arrives. Empty for an object that must not exist.
struct Guard {
  std::string uid;
  std::string resourceVersion;
};

/// Why an operation cannot be carried out as planned.
using Problem = FaultText;

struct Step {
  Action action = Action::Unknown;
  std::string reason; ///< Unknown, Replace: why; shown to people
  std::string lost;   ///< Replace: what goes with the object, such as "the data on its volume"; empty when nothing does
  std::vector<std::string> until; ///< operations before which the server cannot say what it makes of this one
  std::vector<FieldChange> changes;
  Guard guard;
  bool adopted = false; ///< exists, was not ours, and will be taken over
  std::optional<Problem> problem;
  /// Why a run leaves this operation out although it has something to do: it was not selected, or its cluster is missing. Empty when it is
  /// carried out. With it, a problem stops only what needs the operation.
  std::string leftOut = {};
};

/// An object that this workspace made and that nothing describes any more.
struct Prune {
  std::string target;
  ObjectRef object;
  Guard guard;
  std::string id;    ///< the operation that made it; empty when no longer known
  std::string owner;
  std::string leftOut = {}; ///< why this run keeps it; empty when it is deleted
};

/// A cluster of which nothing could be said: not reached, not let in. Its operations are left out.
struct MissingTarget {
  std::string target;
  Problem problem;
};

/// Something worth knowing that no operation is about.
struct Notice {
  std::string target; ///< the cluster; empty when it is about the plan itself
  std::string message;
};

/// Which cluster the plan was made for.
struct Pin {
  std::string target;
  std::string server;     ///< URL
  std::string clusterUid; ///< uid of the namespace kube-system; empty when it may not be read
};

struct Plan {
  Desired desired;
  std::vector<Step> steps; ///< one for each operation of `desired`
  std::vector<Prune> prunes;
  std::vector<Pin> pins;
  std::vector<MissingTarget> missing;
  std::vector<Notice> notices;
  bool offline = false;     ///< compared with nothing
  bool destroys = false;    ///< a plan of a destroy: all in `prunes`
  std::string toolVersion;
  std::string commit;       ///< of the repository that the sources lie in; empty when there is none, or nobody asked
  bool dirty = false;       ///< some of them were not committed
  std::string module = {};  ///< where the sources are, from the root of their workspace: a folder or a file; empty when nobody said
  std::string restores;     ///< the run whose state this is, in the plan of a rollback
};

struct Counts {
  size_t create = 0, change = 0, replace = 0, remove = 0, unchanged = 0, unknown = 0, build = 0, problems = 0, leftOut = 0;
  size_t changes() const { return create + change + replace + remove + unknown + build; }
};
Counts count(const Plan& plan);
/// Counts one more.
void add(Counts& counts, const Step& step);

/// "sha256:…" over what would be done and to which versions of objects. A saved plan has the digest of the plan that was saved.
std::string planDigest(const Plan& plan);

const char* name(Action action);
/// "Deployment/api in payments"; the name as people say it.
std::string describe(const ObjectRef& object);
/// Its object, said so; the id of what makes none.
std::string describe(const Operation& op);

/// `apiVersion: chasi.dev/plan/v1`. The data of Secrets is left out, also where the specification holds it as plain text.
void writePlan(const Plan& plan, llvm::raw_ostream& out);
/// CH6001 for what is no plan, CH6002 for a later version, CH6003/4 for a broken graph.
llvm::Expected<Plan> readPlan(llvm::StringRef text);
/// The JSON Schema of the format (draft 2020-12).
llvm::StringRef planSchema();

} // namespace chasi::plan
