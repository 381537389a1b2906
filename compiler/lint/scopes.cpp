#include "compiler/lint/scopes.h"

#include <llvm/ADT/StringMap.h>

namespace chasi::lint {

using syntax::Node;
using syntax::NodeKind;
using syntax::NodeRef;
using syntax::Tree;

namespace {

class Walker {
public:
  Walker(const Tree& tree, const Walk& walk) : tree_(tree), walk_(walk) {}

  void run() {
    const auto nodes = tree_.nodes();
    for (uint32_t i = 0; i < nodes.size(); ++i) {
      while (!open_.empty() && open_.back().end <= i) close();
      for (auto it = waiting_.find(i); it != waiting_.end(); it = waiting_.find(i)) {
        const Scope scope = std::move(it->second);
        waiting_.erase(it);
        enter(scope);
      }
      node({&tree_, i});
    }
    while (!open_.empty()) close();
  }

private:
  struct Scope {
    uint32_t end = 0;
    std::vector<Local> names;
    size_t first = 0; ///< of its locals
  };
  const Tree& tree_;
  const Walk& walk_;
  std::vector<Scope> open_;
  std::multimap<uint32_t, Scope> waiting_; ///< by the node before which they begin
  std::vector<Local> locals_;
  llvm::StringMap<std::vector<size_t>> byName_;
  uint32_t policyEnd_ = 0;

  uint32_t endOf(NodeRef n) const { return tree_.nodes()[n.index()].end; }

  static Local local(NodeRef name, LocalKind kind) { return {name.tokenText(), name.span(), kind}; }

  void await(uint32_t from, uint32_t end, std::vector<Local> names) {
    if (!names.empty() && from < end) waiting_.emplace(from, Scope{end, std::move(names)});
  }

  void enter(Scope scope) {
    scope.first = locals_.size();
    for (Local& l : scope.names) {
      std::vector<size_t>& same = byName_[l.name];
      walk_.declared(l, same.empty() ? nullptr : &locals_[same.back()]);
      if (!same.empty()) locals_[same.back()].hidden = true;
      same.push_back(locals_.size());
      locals_.push_back(l);
    }
    scope.names.clear();
    open_.push_back(std::move(scope));
  }

  void close() {
    for (size_t first = open_.back().first; locals_.size() > first;) {
      byName_[locals_.back().name].pop_back();
      walk_.left(locals_.back());
      locals_.pop_back();
    }
    open_.pop_back();
  }

  void use(llvm::StringRef name, llvm::StringRef member) {
    const auto it = byName_.find(name);
    if (it == byName_.end() || it->second.empty()) return walk_.outer(name, member);
    locals_[it->second.back()].used = true;
  }

  /// Lets see each other and are seen by everything beside them.
  void lets(NodeRef n) {
    std::vector<Local> names;
    for (NodeRef c : n.children())
      if (c.is(NodeKind::Let)) names.push_back(local(c.child(0), LocalKind::Let));
    await(n.index() + 1, endOf(n), std::move(names));
  }

  void arguments(NodeRef n, NodeKind kind, LocalKind as) {
    std::vector<Local> names;
    for (NodeRef c : n.children())
      if (c.is(kind)) names.push_back(local(c.child(0), as));
    await(n.index() + 1, endOf(n), std::move(names));
  }

  /// What a loop binds is seen behind the list that it walks.
  void loop(NodeRef n, uint32_t end) {
    std::vector<Local> names;
    for (NodeRef c : n.children()) {
      if (c.is(NodeKind::Name)) {
        names.push_back(local(c, LocalKind::Loop));
        continue;
      }
      return await(endOf(c), end, std::move(names));
    }
  }

  /// `for a in e, b in a.xs` of a policy: names and lists take turns, and hold for the rest of it.
  void policyLoop(NodeRef n) {
    std::vector<Local> names;
    for (NodeRef c : n.children()) {
      if (c.is(NodeKind::Name)) {
        names.push_back(local(c, LocalKind::Loop));
      } else if (!names.empty()) {
        await(endOf(c), policyEnd_, std::move(names));
        names.clear();
      }
    }
  }

  void node(NodeRef n) {
    switch (n.kind()) {
    case NodeKind::Fn: return arguments(n, NodeKind::FnParam, LocalKind::Argument);
    case NodeKind::Lambda: return arguments(n, NodeKind::LambdaParam, LocalKind::Other);
    case NodeKind::MatchArm: return arguments(n, NodeKind::MatchBind, LocalKind::Other);
    case NodeKind::For:
    case NodeKind::ForEntry: return loop(n, endOf(n));
    case NodeKind::Policy: policyEnd_ = endOf(n); return lets(n);
    case NodeKind::PolicyFor: return policyLoop(n);
    case NodeKind::Block:
    case NodeKind::Body:
    case NodeKind::BodyExpr:
    case NodeKind::Test: return lets(n);
    case NodeKind::NameExpr: return use(n.tokenText(), memberAfter(n));
    case NodeKind::DottedName: return use(n.child(0).tokenText(), n.childCount() > 1 ? n.child(1).tokenText() : "");
    default: return;
    }
  }

  /// `b` of `a.b`, when `n` is that `a`: the node before it is the Member, the node after it the name.
  llvm::StringRef memberAfter(NodeRef n) const {
    if (n.index() == 0) return {};
    const NodeRef before{&tree_, n.index() - 1};
    return before.is(NodeKind::Member) ? before.child(1).tokenText() : llvm::StringRef();
  }
};

} // namespace

void walkNames(const Tree& tree, const Walk& walk) { Walker(tree, walk).run(); }

} // namespace chasi::lint
