// Objects that name no namespace although they lie in one, as files for `kubectl apply -n NAMESPACE` have them.
#pragma once

#include "compiler/eval/evaluator.h"
#include "runtime/plan/kube_schema.h"

#include <optional>
#include <set>

namespace chasi::lower {

class Placing {
public:
  Placing(sema::Program& program, eval::Evaluator& evaluator) : p(program), e(evaluator) {}

  /// What all declarations are lowered to; to be set before the first `place`.
  void setAll(std::vector<const sema::ListValue*> lists) { lists_ = std::move(lists); }

  /// The manifest with that namespace, when it names none and its kind lies in one: by the types, then by the definitions of the
  /// specification. Custom kinds that it does not define count as lying in one.
  const sema::MapValue* place(const sema::MapValue& manifest, sema::Value ns, const k8s::Schema& types);

private:
  sema::Program& p;
  eval::Evaluator& e;
  std::vector<const sema::ListValue*> lists_;
  std::optional<std::set<std::pair<std::string, std::string>>> clusterWide_; ///< group and kind; read when the first custom object comes up

  bool isClusterWide(llvm::StringRef group, llvm::StringRef kind);
};

} // namespace chasi::lower
