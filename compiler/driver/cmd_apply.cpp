#include "compiler/driver/planning.h"
#include "compiler/driver/run.h"

namespace chasi::driver {

namespace {

/// "12" in --prune 12; nothing when it is no number.
std::optional<size_t> countOf(const std::string& text) {
  size_t count = 0;
  return text.empty() || llvm::StringRef(text).getAsInteger(10, count) ? std::nullopt : std::optional(count);
}

std::optional<std::chrono::milliseconds> durationOf(llvm::StringRef text) {
  unsigned long long n = 0;
  if (text.consumeInteger(10, n)) return std::nullopt;
  if (text == "ms") return std::chrono::milliseconds(n);
  if (text == "s" || text.empty()) return std::chrono::seconds(n);
  if (text == "m" || text == "min") return std::chrono::minutes(n);
  if (text == "h") return std::chrono::hours(n);
  return std::nullopt;
}

class Run {
public:
  Run(const Invocation& invocation, const Terminal& terminal, bool json) : invocation_(invocation), terminal_(terminal), json_(json), live_(terminal.errColor) {}

  bool options(Session& session, engine::ApplyOptions& out) {
    out.images = session.images();
    out.secrets = session.secrets(invocation_);
    out.cancel = &interrupts();
    out.allowReplace = invocation_.has("--replace");
    for (const std::string& id : invocation_.all("--replace-object")) out.replace.insert(id);
    out.waitAll = invocation_.has("--wait");
    out.events = [this](const engine::Event& event) { show(event); };
    if (invocation_.has("--prune")) {
      out.allowPrune = countOf(invocation_.get("--prune"));
      if (!out.allowPrune) return usage("--prune takes the exact number of deletions");
    }
    for (const auto& [flag, place] : {std::pair{"--timeout", &out.readyTimeout}, std::pair{"--lock-timeout", &out.lockPatience}}) {
      if (!invocation_.has(flag)) continue;
      const auto given = durationOf(invocation_.get(flag));
      if (!given) return usage(fmt::format("{} takes a duration such as 90s or 5min", flag));
      *place = *given;
    }
    return true;
  }

  int carryOut(plan::Plan& plan, Session& session) {
    engine::ApplyOptions options;
    if (!this->options(session, options)) return kUsage;
    if (plan.destroys && !options.allowPrune) options.allowPrune = plan.prunes.size(); // the plan's own number was confirmed
    auto summary = engine::apply(plan, session.clusters->connections, options);
    if (terminal_.live && !json_) write(live_.clear());
    if (!summary) return printError(summary.takeError(), terminal_, json_);
    return conclude(*summary);
  }

  int conclude(const engine::Summary& s) {
    if (!json_) {
      for (const engine::FailedOperation& f : s.failures) {
        std::vector<std::string> notes;
        if (!f.id.empty()) notes.push_back(fmt::format("while applying {} on cluster {}", f.id, f.target));
        printFault(f.fault.code, f.fault.message, f.fault.hint, notes, f.source, terminal_, llvm::errs());
      }
      if (!terminal_.quiet || !s.ok()) llvm::errs() << text(s) << '\n';
    }
    if (s.ok()) return kDone;
    if (s.interrupted) {
      if (!json_) llvm::errs() << "interrupted; what was done is recorded, and running again continues\n";
      return kInterrupted;
    }
    return kIncomplete;
  }

private:
  const Invocation& invocation_;
  const Terminal& terminal_;
  bool json_;
  engine::LiveProgress live_;

  static void write(const std::string& text) {
    llvm::errs() << text;
    llvm::errs().flush();
  }

  static bool usage(const std::string& message) {
    llvm::errs() << "chasic: " << message << '\n';
    return false;
  }

  void show(const engine::Event& event) {
    if (json_) {
      engine::printEventJson(event, llvm::outs());
      llvm::outs().flush();
    } else if (terminal_.live && !terminal_.verbose) {
      write(live_.add(event, terminalWidth()));
    } else if (!terminal_.quiet) {
      const std::string line = engine::eventLine(event, terminal_.errColor);
      if (!line.empty()) write(line);
    }
  }

  static std::string text(const engine::Summary& s) {
    const std::string lasted = s.duration.count() == 0 ? "" : " in " + inWords(s.duration);
    return fmt::format("{}{} ({} requests, {} writes)", engine::inWords(s), lasted, s.requests, s.writes);
  }
};

/// Asks, or says how to do without. True: go on.
bool agreed(const Invocation& invocation, const plan::Plan& plan, const char* verb, int& exit) {
  if (invocation.has("--yes")) return true;
  const Answer answer = confirm(fmt::format("{} this ({})?", verb, plan::summaryLine(plan::count(plan))));
  if (answer.yes) return true;
  if (answer.asked) {
    llvm::errs() << "nothing was changed\n";
    exit = kDone;
    return false;
  }
  llvm::errs() << "chasic: nothing is changed without a confirmation; without a terminal, say --yes\n";
  exit = kUsage;
  return false;
}

int problems(const plan::Plan& plan, const Terminal& terminal) {
  for (size_t i = 0; i < plan.steps.size(); ++i)
    if (const auto& p = plan.steps[i].problem) printFault(p->code, p->message, p->hint, {}, plan.desired.operations[i].source, terminal, llvm::errs());
  llvm::errs() << "nothing was changed\n";
  return kIncomplete;
}

int execute(const Invocation& invocation, bool destroys) {
  const Terminal terminal = terminalFor(invocation);
  const bool json = invocation.get("--format", "text") == "json";
  catchInterrupts();
  int exit = kDone;
  const std::string path = invocation.word(0, ".");
  auto session = !destroys && looksLikePlan(path) ? Session::openPlan(invocation, path, terminal, exit, json)
                                                       : Session::open(invocation, terminal, exit, json, destroys ? Depth::Lower : Depth::Policies);
  if (!session) return exit;
  const plan::Desired& desired = session->saved ? session->saved->desired : session->spec->compiled.desired;
  if (llvm::Error error = destroys ? llvm::Error::success() : Session::checkPrograms(desired, invocation)) return printError(std::move(error), terminal, json);
  llvm::Expected<plan::Plan> plan = session->saved ? llvm::Expected<plan::Plan>(std::move(*session->saved))
                                    : destroys     ? engine::planDestroy(session->spec->compiled.desired, session->clusters->connections, session->compareOptions(invocation))
                                                   : session->compare(invocation);
  if (!plan) return printError(plan.takeError(), terminal, json);
  const plan::Counts counts = plan::count(*plan);
  if (!json && counts.problems) return problems(*plan, terminal);
  Run run(invocation, terminal, json);
  if (counts.changes() == 0) return run.carryOut(*plan, *session);
  const bool asking = !invocation.has("--yes");
  if (!json && (asking || terminal.verbose)) plan::printPlan(*plan, {.color = terminal.outColor}, llvm::outs());
  llvm::outs().flush();
  if (!agreed(invocation, *plan, destroys ? "Delete" : "Apply", exit)) return exit;
  return run.carryOut(*plan, *session);
}

} // namespace

int runApply(const Invocation& invocation) { return execute(invocation, false); }
int runDestroy(const Invocation& invocation) { return execute(invocation, true); }

} // namespace chasi::driver
