#include "compiler/package/select.h"

#include <llvm/ADT/StringExtras.h>

#include <deque>
#include <set>

namespace chasi::package {

namespace {

using source::Code;

struct Ask {
  std::string name;
  Requirement least;
  std::string from;
  std::vector<std::string> chain; ///< "this workspace", "acme.platform 1.2.0", …: who asks, last
};

std::string told(const Ask& ask) { return fmt::format("{} requires {} {} ({})", fmt::join(ask.chain, " -> "), ask.name, ask.least.str(), ask.least.words()); }

struct State {
  Version version;
  std::string from;
  std::map<std::string, Catalog::Need> needs;
  Ask highest; ///< who asked for the most
};

class Selection {
public:
  Selection(const Lock& lock, Catalog& catalog) : lock_(lock), catalog_(catalog) {}

  llvm::Expected<std::vector<Selected>> run(const Manifest& workspace) {
    for (const Required& r : workspace.requires_) asks_.push_back({r.name, r.least, r.from, {"this workspace"}});
    while (!asks_.empty()) {
      const Ask ask = std::move(asks_.front());
      asks_.pop_front();
      if (llvm::Error error = meet(ask)) return error;
    }
    return reachable(workspace);
  }

private:
  const Lock& lock_;
  Catalog& catalog_;
  std::deque<Ask> asks_;
  std::map<std::string, State> states_;

  llvm::Error meet(const Ask& ask) {
    const auto at = states_.find(ask.name);
    if (at == states_.end()) return choose(ask, ask.from);
    State& state = at->second;
    if (!state.highest.least.compatible(ask.least)) return conflict(state.highest, ask);
    if (ask.least.admits(state.version)) return llvm::Error::success();
    return choose(ask, state.from);
  }

  /// The lowest version that meets the one who asks for the most.
  llvm::Error choose(const Ask& ask, const std::string& from) {
    auto found = pick(ask, from);
    if (!found) return found.takeError();
    auto needs = catalog_.needs(ask.name, *found, from);
    if (!needs) return needs.takeError();
    for (const auto& [name, need] : *needs) {
      Ask next{name, need.least, catalog_.sourceFor(name, from, need.from), ask.chain};
      next.chain.push_back(fmt::format("{} {}", ask.name, found->str()));
      asks_.push_back(std::move(next));
    }
    states_[ask.name] = {*found, from, std::move(*needs), ask};
    return llvm::Error::success();
  }

  llvm::Expected<Version> pick(const Ask& ask, const std::string& from) {
    if (const Locked* locked = lock_.find(ask.name); locked && locked->from == from && ask.least.admits(locked->version)) return locked->version;
    auto versions = catalog_.versions(ask.name, from);
    if (!versions) return withChain(versions.takeError(), ask);
    llvm::sort(*versions);
    for (const Version& v : *versions)
      if (ask.least.admits(v)) return v;
    std::vector<std::string> names;
    for (const Version& v : *versions) names.push_back(v.str());
    return withChain(workspaceError(Code::BadSource, fmt::format("{} has no version of {} that is {}", from.empty() ? "vendor" : from, ask.name, ask.least.words()),
                                    names.empty() ? "" : fmt::format("it has {}", fmt::join(names, ", "))), ask);
  }

  static llvm::Error withChain(llvm::Error error, const Ask& ask) {
    return llvm::handleErrors(std::move(error), [&](const WorkspaceError& e) -> llvm::Error {
      auto out = std::make_unique<WorkspaceError>(e.code, e.message, e.hint);
      out->notes = e.notes;
      out->notes.push_back(told(ask));
      return llvm::Error(std::move(out));
    });
  }

  static llvm::Error conflict(const Ask& first, const Ask& second) {
    auto out = std::make_unique<WorkspaceError>(Code::VersionConflict, fmt::format("no version of {} meets everybody who requires it", first.name),
                                                fmt::format("use versions of those packages that agree on {}, or ask their owners for one", first.name));
    out->notes = {told(first), told(second)};
    return llvm::Error(std::move(out));
  }

  /// Versions that were passed by may have asked for packages that nobody needs any more.
  std::vector<Selected> reachable(const Manifest& workspace) {
    std::set<std::string> seen;
    std::vector<std::string> way;
    for (const Required& r : workspace.requires_) way.push_back(r.name);
    std::vector<Selected> out;
    while (!way.empty()) {
      const std::string name = way.back();
      way.pop_back();
      if (!seen.insert(name).second) continue;
      const State& state = states_.at(name);
      Selected selected{name, state.version, state.from, {}};
      for (const auto& [needed, need] : state.needs) {
        selected.needs[needed] = need.least.str();
        way.push_back(needed);
      }
      out.push_back(std::move(selected));
    }
    llvm::sort(out, [](const Selected& a, const Selected& b) { return a.name < b.name; });
    return out;
  }
};

} // namespace

llvm::Expected<std::vector<Selected>> select(const Manifest& workspace, const Lock& lock, Catalog& catalog) { return Selection(lock, catalog).run(workspace); }

} // namespace chasi::package
