// What declarations become: objects of API versions that Kubernetes is about to drop.
#include "compiler/lint/rules.h"
#include "runtime/plan/kube_retired.h"

#include <llvm/ADT/DenseMap.h>

#include <set>

namespace chasi::lint {

using namespace sema;
using source::Code;
using source::Span;

namespace {

class Objects {
public:
  Objects(Program& program, eval::Evaluator& evaluator) : p(program), eval_(evaluator) {}

  void run() {
    for (Record* r : eval_.declarations()) {
      if (r->schema->lowerSlot < 0) continue;
      const Value list = eval_.slot(*r, static_cast<uint32_t>(r->schema->lowerSlot));
      if (list.tag != Tag::List) continue;
      for (const Value& item : list.list->items)
        if (item.tag == Tag::Record && item.record->schema->name == "Object") object(*item.record, *r);
    }
  }

private:
  Program& p;
  eval::Evaluator& eval_;
  llvm::DenseMap<std::pair<const char*, const char*>, const k8s::Retired*> retired_;
  std::set<uint32_t> said_; ///< places: a loop makes many objects of one

  void object(Record& made, Record& owner) {
    const Value manifest = eval_.field(made, "manifest");
    if (manifest.tag != Tag::Map) return;
    const MapValue& map = *manifest.map;
    const Value *version = map.find("apiVersion"), *kind = map.find("kind");
    if (!version || !kind || !version->isText() || !kind->isText()) return;
    // By where the texts lie: most objects have theirs from a few places in the sources.
    const auto [known, fresh] = retired_.try_emplace({version->str().data(), kind->str().data()}, nullptr);
    if (fresh) known->second = k8s::retired(std::string_view(version->str()), std::string_view(kind->str()));
    const k8s::Retired* gone = known->second;
    if (!gone || gone->kind != std::string_view(kind->str()) || !gone->removed.empty()) return; // what is removed is an error where the object is checked
    const Span written = map.shape->keys[map.shape->find("apiVersion")].span;
    const Span at = written.valid() ? written : owner.span;
    if (!said_.insert(at.begin).second) return;
    p.diagnostics.report(Code::DeprecatedApi, at, fmt::format("{} in {} is deprecated", kind->str().str(), version->str().str()))
        .hint(gone->replacement.empty() ? std::string("nothing takes its place: ask whether it is needed") : fmt::format("write `{}`", gone->replacement));
  }
};

} // namespace

void emittedObjects(Program& program, eval::Evaluator& evaluator) { Objects(program, evaluator).run(); }

} // namespace chasi::lint
