// What declarations become: objects of API versions that Kubernetes is about to drop, and what objects say about each other.
#include "compiler/lint/relations.h"
#include "compiler/lint/rules.h"
#include "runtime/plan/kube_retired.h"

#include <llvm/ADT/DenseMap.h>

#include <set>

namespace chasi::lint {

using namespace sema;
using source::Code;
using source::Span;

namespace {

class Versions {
public:
  explicit Versions(Program& program) : p(program) {}

  /// True also when that was said of its place already.
  bool isDeprecated(const manifest::Object& o) {
    const MapValue& map = *o.manifest;
    const Value *version = map.find("apiVersion"), *kind = map.find("kind");
    if (!version || !kind || !version->isText() || !kind->isText()) return false;
    // By where the texts lie: most objects have theirs from a few places in the sources.
    const auto [known, fresh] = retired_.try_emplace({version->str().data(), kind->str().data()}, nullptr);
    if (fresh) known->second = k8s::retired(std::string_view(version->str()), std::string_view(kind->str()));
    const k8s::Retired* gone = known->second;
    if (!gone || gone->kind != std::string_view(kind->str()) || !gone->removed.empty()) return false; // what is removed is an error where the object is checked
    const Span written = map.shape->keys[map.shape->find("apiVersion")].span;
    const Span at = written.valid() ? written : o.owner->span;
    if (!said_.insert(at.begin).second) return true;
    p.diagnostics.report(Code::DeprecatedApi, at, fmt::format("{} in {} is deprecated", kind->str().str(), version->str().str()))
        .hint(gone->replacement.empty() ? std::string("nothing takes its place: ask whether it is needed") : fmt::format("write `{}`", gone->replacement));
    return true;
  }

private:
  Program& p;
  llvm::DenseMap<std::pair<const char*, const char*>, const k8s::Retired*> retired_;
  std::set<uint32_t> said_; ///< places: a loop makes many objects of one
};

} // namespace

void emittedObjects(Program& program, eval::Evaluator& evaluator, Kept* kept) {
  const manifest::Index objects = objectsOf(evaluator, kept);
  Versions versions(program);
  Relations relations(program, evaluator, objects);
  for (const manifest::Object& o : objects.objects())
    if (versions.isDeprecated(o)) relations.tell(*o.owner);
  serviceRelations(relations);
  workloadRelations(relations);
  podRelations(relations);
  containerRelations(relations);
  rightRelations(relations);
  relations.finish(kept);
}

} // namespace chasi::lint
