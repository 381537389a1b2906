#include "runtime/engine/cluster_facts.h"

#include "runtime/plan/fault.h"

#include <fmt/format.h>

namespace chasi::engine {

using plan::fault;

llvm::Expected<std::optional<std::string>> ClusterFacts::value(const plan::Fact& fact) const {
  const auto at = read_.find(fact.operation);
  if (at == read_.end()) return std::nullopt;
  const Read& read = at->second;
  if (!read.fault.message.empty()) return fault(read.fault);
  if (read.object.empty()) return std::nullopt;
  llvm::Expected<plan::JsonView> view = plan::JsonView::parse(read.object);
  if (!view) return view.takeError();
  return plan::tellFact(fact, view->root());
}

bool ClusterFacts::knows(const plan::Fact& fact) const {
  llvm::Expected<std::optional<std::string>> found = value(fact);
  if (found) return found->has_value();
  llvm::consumeError(found.takeError());
  return false;
}

std::set<std::string> ClusterFacts::missing(const plan::Operation& op) const {
  std::set<std::string> operations;
  for (const plan::Fact& fact : plan::factsOf(op)) {
    llvm::Expected<std::optional<std::string>> found = value(fact);
    if (!found) llvm::consumeError(found.takeError()); // waiting does not help
    else if (!*found) operations.insert(fact.operation);
  }
  return operations;
}

bool ClusterFacts::due(const std::string& operation, kube::Transport::Time now, std::chrono::milliseconds pause) {
  Read& read = read_[operation];
  if (read.asked && now - *read.asked < pause) return false;
  read.asked = now;
  return true;
}

void ClusterFacts::take(const std::string& operation, llvm::Expected<kube::Response> response) {
  Read& read = read_[operation];
  read.object.clear();
  read.fault = {};
  if (!response) read.fault = plan::takeText(response.takeError());
  else if (response->ok()) read.object = std::move(response->body);
  else if (response->http != 404) read.fault = plan::takeText(kube::toFault(response->status, "reading what " + operation + " tells"));
}

void ClusterFacts::tell(const std::string& operation, std::string json) {
  Read& read = read_[operation];
  read.object = std::move(json);
  read.fault = {};
}

plan::SecretReader ClusterFacts::reader(plan::SecretReader others) const {
  return [this, others = std::move(others)](const plan::SecretRef& ref) -> llvm::Expected<std::string> {
    if (ref.provider != plan::kFact) return others(ref);
    const plan::Fact fact = plan::readFact(ref.key);
    llvm::Expected<std::optional<std::string>> found = value(fact);
    if (!found) return found.takeError();
    if (*found) return **found;
    return fault("CH6217", fmt::format("{} is known after {}", fact.path, fact.operation));
  };
}

} // namespace chasi::engine
