#include "compiler/driver/carrying.h"

#include "compiler/driver/report.h"
#include "runtime/engine/audit.h"

#include <cstdlib>

namespace chasi::driver {

namespace {

/// "12" in --prune 12; nothing when it is no number.
std::optional<size_t> countOf(const std::string& text) {
  size_t count = 0;
  return text.empty() || llvm::StringRef(text).getAsInteger(10, count) ? std::nullopt : std::optional(count);
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
    out.requireAll = invocation_.has("--require-all");
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
    options.runId = engine::newRunId();
    if (llvm::Error error = openAudit(plan, options.runId)) return printError(std::move(error), terminal_, json_);
    if (plan.destroys && !options.allowPrune) options.allowPrune = plan::count(plan).remove; // the plan's own number was confirmed
    auto summary = engine::apply(plan, session.clusters->connections, options);
    if (terminal_.live && !json_) write(live_.clear());
    if (!summary) {
      if (audit_) audit_->end("not begun", "");
      return audited(printError(summary.takeError(), terminal_, json_));
    }
    if (audit_) audit_->end(summary->interrupted ? "interrupted" : summary->ok() ? "succeeded" : "incomplete", engine::inWords(*summary));
    if (summary->writes && !json_ && !terminal_.quiet) run_ = options.runId.substr(0, 8);
    return audited(conclude(*summary));
  }

  int conclude(const engine::Summary& s) {
    if (!json_) {
      for (const engine::FailedOperation& f : s.failures) {
        std::vector<std::string> notes;
        if (!f.id.empty()) notes.push_back(fmt::format("while applying {} on cluster {}", f.id, f.target));
        printFault(f.fault.code, f.fault.message, f.fault.hint, notes, f.source, terminal_, llvm::errs());
      }
      for (const engine::LeftOutTarget& m : s.missing) {
        // What gave up half-way was printed as the failure of an operation.
        const bool printed = std::any_of(s.failures.begin(), s.failures.end(), [&](const auto& f) { return f.fault.code == m.fault.code && f.target == m.target; });
        if (!printed) printFault(m.fault.code, m.fault.message, m.fault.hint, {}, m.source, terminal_, llvm::errs());
      }
      if (!terminal_.quiet || !s.ok()) llvm::errs() << text(s) << '\n';
      for (const engine::LeftOutTarget& m : s.missing) llvm::errs() << fmt::format("cluster {} was left out; running again continues there\n", m.target);
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
  std::unique_ptr<engine::AuditLog> audit_;
  std::string run_; // its id, when it is worth telling

  /// A run that changes nothing is not worth a line.
  llvm::Error openAudit(const plan::Plan& plan, const std::string& run) {
    const char* variable = std::getenv("CHASI_AUDIT");
    const std::string path = invocation_.has("--audit") ? invocation_.get("--audit") : variable ? variable : "";
    if (path.empty() || plan::count(plan).changes() == 0) return llvm::Error::success();
    auto log = engine::AuditLog::open(path);
    if (!log) return log.takeError();
    audit_ = std::move(*log);
    return audit_->start(plan, run, engine::userAtHost());
  }

  /// What could not be written down is no success, even when all was done.
  int audited(int code) {
    if (!audit_ || audit_->trouble().empty()) return code;
    printFault("CH6229", audit_->trouble(), "the run itself went on; `chasic history` has its record", {}, {}, terminal_, llvm::errs());
    return code == kDone ? kUnreachable : code;
  }

  static void write(const std::string& text) {
    llvm::errs() << text;
    llvm::errs().flush();
  }

  static bool usage(const std::string& message) {
    llvm::errs() << "chasic: " << message << '\n';
    return false;
  }

  void show(const engine::Event& event) {
    if (audit_) audit_->add(event);
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

  std::string text(const engine::Summary& s) const {
    const std::string lasted = s.duration.count() == 0 ? "" : " in " + inWords(s.duration);
    return fmt::format("{}{} ({} requests, {} writes{})", engine::inWords(s), lasted, s.requests, s.writes, run_.empty() ? "" : ", run " + run_);
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
  return exitOfProblems(plan, kIncomplete);
}

} // namespace

int exitOfProblems(const plan::Plan& plan, int otherwise) {
  const bool registries = llvm::all_of(plan.steps, [](const plan::Step& step) { return !step.problem || (llvm::StringRef(step.problem->code).starts_with("CH71") && exitOf(step.problem->code) == kUnreachable); });
  return registries ? kUnreachable : otherwise;
}

int carryOut(plan::Plan& plan, Session& session, const Invocation& invocation, const Terminal& terminal, bool json, const char* verb) {
  const plan::Counts counts = plan::count(plan);
  if (!json && counts.problems) return problems(plan, terminal);
  Run run(invocation, terminal, json);
  if (counts.changes() == 0) return run.carryOut(plan, session);
  const bool asking = !invocation.has("--yes");
  if (!json && (asking || terminal.verbose)) plan::printPlan(plan, {.color = terminal.outColor}, llvm::outs());
  llvm::outs().flush();
  int exit = kDone;
  if (!agreed(invocation, plan, verb, exit)) return exit;
  if (!session.saved) session.addProvenance(plan);
  return run.carryOut(plan, session);
}

} // namespace chasi::driver
