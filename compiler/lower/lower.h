// From evaluated declarations to operations and the graph between them.
#pragma once

#include "compiler/eval/evaluator.h"
#include "compiler/eval/manifest_text.h"
#include "compiler/manifest/members.h"
#include "compiler/sema/pins.h"
#include "runtime/plan/kube_schema.h"
#include "runtime/plan/operation.h"

#include <llvm/ADT/STLFunctionalExtras.h>

#include <array>
#include <optional>

namespace chasi::lower {

using namespace manifest;

/// Lowers all declarations. The operations come in apply order; mistakes are reported to the program's diagnostics.
void lowerAll(sema::Program& program, eval::Evaluator& evaluator, plan::Desired& desired, const sema::PinReader& pins, const eval::ManifestReader& manifests);

/// The types of what lives on a cluster: those of its release of Kubernetes, or of the nearest one known.
const k8s::Schema& typesOf(eval::Evaluator& evaluator, sema::Record& cluster);

/// Another object that a manifest names under a well-known key. The texts live in the manifest.
struct Mention {
  llvm::StringRef kind, ns, name;
};

/// A place in an object that is filled in with what other objects tell.
struct Late {
  std::string pointer;
  const sema::SecretValue* value = nullptr;
  bool secret = false; ///< a secret is made of it as well
};

/// What an object takes that others want too, or gives to be taken; see stakes.h.
struct Stake {
  enum class Kind : uint8_t { NodePort, Route, Pool, Pods, Claims, Limits, Quota };
  enum Share : uint8_t { Cpu, Memory, CpuLimit, MemoryLimit, PodCount, Storage, ClaimCount, kShares };

  Kind kind = Kind::NodePort;
  uint64_t key = 0;             ///< the same for all that may clash
  uint32_t first = 0, second = 0; ///< where it stands, when there are several: port; rule and path
  std::array<int64_t, kShares> shares{}; ///< Pods, Claims: what all copies ask for; Quota: what there is, -1 for what it does not say
};

/// What the graph and the checks need to know about an operation; its place in the list is the operation's.
struct Draft {
  sema::Record* owner = nullptr;
  sema::Record* record = nullptr; ///< that describes it
  sema::Record* on = nullptr; ///< the cluster of an object
  sema::Record* inside = nullptr; ///< the tenant whose virtual cluster on it the object goes to, if any
  const k8s::Schema* types = nullptr; ///< of the release of Kubernetes that runs there, or the nearest one known
  llvm::StringRef part;
  const sema::ListValue* after = nullptr; ///< texts: parts of the owner; or null
  const sema::MapValue* manifest = nullptr;
  std::vector<Mention> mentions;
  std::vector<Stake> stakes;
  uint64_t hash = 0;         ///< for `Lookup`
  bool data = false;         ///< the manifest is data, and the payload its JSON; else that needs the evaluator
  bool holdsRecords = false; ///< the manifest does: its JSON is not told by it alone
  bool unchecked = false;    ///< somebody said that the types do not count
  bool doubtful = true;      ///< whether Kubernetes takes the object is not known yet
  source::Span span; ///< where to report what is wrong with it
  std::vector<Late> late;
  std::vector<uint32_t> tellers; ///< operations that tell it something; filled in by bindFacts
};

/// The declaration in plans: "tenant.retail".
inline std::string ownerName(const sema::Record& declaration) { return declaration.schema->name.str() + "." + declaration.name.str(); }

/// The target of what goes into the virtual cluster of a tenant.
inline std::string insideName(const sema::Record& host, const sema::Record& tenant) { return host.name.str() + "/" + tenant.name.str(); }

/// Finds the operations that tell others something, checks that they can, and writes it down as `later` and `secrets`. `maker` knows
/// which draft makes an object of a target.
using MakerOf = llvm::function_ref<std::optional<uint32_t>(const std::string& target, const plan::ObjectRef& object)>;
void bindFacts(sema::Program& program, eval::Evaluator& evaluator, std::vector<Draft>& drafts, std::vector<plan::Operation>& operations, MakerOf maker);

/// Puts the operations in order and fills `needs`; reports circles. The drafts keep their places, by which `objects` finds them.
void order(sema::Program& program, eval::Evaluator& evaluator, const std::vector<Draft>& drafts, std::vector<plan::Operation>& operations, const class Lookup& objects);

// In pieces, for a server that lowers the same specification again and again (see kept.h).

/// The first part of `lowerAll`, for some declarations: side by side, what becomes of them. False when they are not all that counts: some
/// describe one object, or ask each other or the cluster for something.
bool lowerSome(sema::Program& program, eval::Evaluator& evaluator, const sema::PinReader& pins, llvm::ArrayRef<sema::Record*> declarations, std::vector<Draft>& drafts, std::vector<plan::Operation>& operations);
/// Gives all operations to policies and tests that ask for them.
void tellOperations(sema::Program& program, eval::Evaluator& evaluator, std::vector<Draft>& drafts, std::vector<plan::Operation>& operations);
/// Reports circles, and changes nothing.
void checkOrder(sema::Program& program, eval::Evaluator& evaluator, const std::vector<Draft>& drafts, std::vector<plan::Operation>& operations);
/// What `order` looks at in one declaration.
uint64_t orderHash(eval::Evaluator& evaluator, sema::Record& owner, llvm::ArrayRef<Draft> drafts, llvm::ArrayRef<plan::Operation> operations);
/// What tells an object apart from others.
uint64_t objectHash(const std::string& target, const plan::ObjectRef& object);

/// Tells the evaluator when something was reported of a declaration while it lived.
class Watch {
public:
  Watch(const sema::Program& program, eval::Evaluator& evaluator, const sema::Record& owner) : p_(program), e_(evaluator), owner_(owner), before_(program.diagnostics.all().size()) {}
  ~Watch() {
    if (p_.diagnostics.all().size() != before_) e_.tell(owner_);
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

private:
  const sema::Program& p_;
  eval::Evaluator& e_;
  const sema::Record& owner_;
  size_t before_;
};

/// The objects that a manifest names.
std::vector<Mention> mentionsOf(const sema::MapValue& manifest, llvm::StringRef ns);

/// Reports that the API would refuse an object: at the value, or where the object is lowered from. Empty help: there is none.
source::Diagnostic& badObject(sema::Program& program, const Draft& draft, const plan::Operation& operation, const std::string& pointer, std::string message, std::string help);

/// Checks the doubtful objects against the types of Kubernetes; reports what the API would refuse.
void validate(sema::Program& program, eval::Evaluator& evaluator, const std::vector<Draft>& drafts, const std::vector<plan::Operation>& operations);

/// The name of a file as everybody sees it who has the workspace: from its root on.
std::string stableName(const sema::Program& program, source::FileId file);
/// A JSON pointer for people: "spec.template.spec.containers[0].image".
std::string readable(llvm::StringRef pointer);

} // namespace chasi::lower
