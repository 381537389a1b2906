#include "compiler/driver/carrying.h"
#include "compiler/driver/records.h"
#include "compiler/driver/report.h"
#include "compiler/driver/run.h"
#include "runtime/engine/unlock.h"

#include <llvm/Support/FileSystem.h>

namespace chasi::driver {

namespace {

/// The id of a run, or its beginning: of four digits and more, so that few folders are called so.
bool looksLikeRun(const std::string& word) {
  return word.size() >= 4 && word.size() <= 16 && word.find_first_not_of("0123456789abcdef") == word.npos && !llvm::sys::fs::exists(word);
}

void tellMissing(const std::vector<engine::LeftOutTarget>& missing, const Terminal& terminal) {
  for (const engine::LeftOutTarget& m : missing)
    printFault(m.fault.code, fmt::format("cluster {}: {}", m.target, m.fault.message), m.fault.hint, {}, m.source, terminal, llvm::errs());
}

int print(const engine::History& history, const std::string& id, bool json, const Terminal& terminal) {
  if (id.empty()) {
    if (json) engine::printHistoryJson(history.runs, llvm::outs());
    else engine::printHistory(history, llvm::outs());
    return kDone;
  }
  auto run = engine::findRun(history, id);
  if (!run) return printError(run.takeError(), terminal, json);
  if (json) engine::printHistoryJson({**run}, llvm::outs());
  else engine::printRun(**run, llvm::outs());
  return kDone;
}

/// The state to go back to, and which run it is of.
llvm::Expected<plan::Plan> planRollback(const Invocation& invocation, Records& records, const std::string& id, engine::History& history, const Terminal& terminal) {
  auto found = readHistory(records, invocation, id);
  if (!found) return found.takeError();
  const plan::Desired& described = records.described;
  Session& session = *records.session;
  history = std::move(*found);
  if (invocation.has("--require-all") && !history.missing.empty()) {
    const engine::LeftOutTarget& m = history.missing.front();
    return plan::fault(m.fault, m.source);
  }
  auto run = chosenRun(history, id);
  if (!run) return run.takeError();
  if (llvm::Error error = checkEnvironment(records, **run)) return error;
  auto state = engine::stateAfter(**run, history, described, session.clusters->connections);
  if (!state) return state.takeError();
  if (llvm::Error error = Session::checkPrograms(*state, invocation)) return error;
  if (!terminal.quiet)
    llvm::errs() << fmt::format("back to run {} of {}{}\n", (*run)->id.substr(0, 8), (*run)->started.substr(0, 19), (*run)->commit.empty() ? "" : ", commit " + (*run)->commit.substr(0, 12));
  for (const plan::Target& target : described.targets)
    if (llvm::none_of(state->targets, [&](const plan::Target& t) { return t.name == target.name; }))
      llvm::errs() << fmt::format("cluster {} stays as it is: it has no state of that run or of an earlier one\n", target.name);
  auto plan = engine::compare(std::move(*state), session.clusters->connections, session.compareOptions(invocation));
  if (!plan) return plan;
  plan->restores = (*run)->id;
  plan->commit = (*run)->commit;
  plan->dirty = (*run)->dirty;
  const plan::Desired selectable = plan->desired;
  if (llvm::Error error = engine::select(*plan, {invocation.all("--target"), invocation.all("--exclude")}, selectable)) return error;
  return plan;
}

} // namespace

int runHistory(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const bool json = invocation.get("--format", "text") == "json";
  const std::string id = looksLikeRun(invocation.word(0)) ? invocation.word(0) : "";
  int exit = kDone;
  auto records = openRecords(invocation, terminal, exit, json, id.empty() ? 0 : 1);
  if (!records) return exit;
  auto history = readHistory(*records, invocation, id);
  if (!history) return printError(history.takeError(), terminal, json);
  tellMissing(history->missing, terminal);
  exit = print(*history, id, json, terminal);
  return exit == kDone && !history->missing.empty() ? kUnreachable : exit;
}

int runRollback(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  const bool json = invocation.get("--format", "text") == "json";
  catchInterrupts();
  const std::string id = looksLikeRun(invocation.word(0)) ? invocation.word(0) : "";
  int exit = kDone;
  auto records = openRecords(invocation, terminal, exit, json, id.empty() ? 0 : 1);
  if (!records) return exit;
  engine::History history;
  auto plan = planRollback(invocation, *records, id, history, terminal);
  tellMissing(history.missing, terminal);
  if (!plan) return printError(plan.takeError(), terminal, json);
  exit = carryOut(*plan, *records->session, invocation, terminal, json, "Roll back to");
  return exit == kDone && !history.missing.empty() ? kIncomplete : exit;
}

int runUnlock(const Invocation& invocation) {
  const Terminal terminal = terminalFor(invocation);
  int exit = kDone;
  auto records = openRecords(invocation, terminal, exit, false, 0);
  if (!records) return exit;
  const plan::Desired& desired = records->described;
  std::vector<engine::LeftOutTarget> missing;
  auto locks = engine::heldLocks(desired, records->session->clusters->connections, missing);
  if (!locks) return printError(locks.takeError(), terminal);
  tellMissing(missing, terminal);
  const std::string holder = invocation.get("--holder");
  std::vector<const engine::HeldLock*> named;
  for (const engine::HeldLock& lock : *locks) {
    if (lock.holder == holder) named.push_back(&lock);
    if (holder.empty())
      llvm::outs() << fmt::format("cluster {}: {} since {}, renewed {}{}\n", lock.target, lock.holder, lock.since, lock.renewed, lock.ended ? "; it has ended, and the next run takes the lock" : "");
  }
  if (holder.empty()) {
    if (locks->empty()) llvm::outs() << "nobody holds a lock\n";
    return missing.empty() ? kDone : kUnreachable;
  }
  if (named.empty()) return printError(plan::fault("CH6230", fmt::format("no lock is held by '{}'", holder), "`chasic unlock` without --holder names the holders"), terminal);
  if (!invocation.has("--yes")) {
    const Answer answer = confirm(fmt::format("Break the lock of {}, who may be writing at this moment?", holder));
    if (!answer.asked) llvm::errs() << "chasic: nothing is changed without a confirmation; without a terminal, say --yes\n";
    if (!answer.yes) return answer.asked ? kDone : kUsage;
  }
  for (const engine::HeldLock* lock : named) {
    if (llvm::Error error = engine::breakLock(*lock, desired, records->session->clusters->connections)) return printError(std::move(error), terminal);
    if (!terminal.quiet) llvm::errs() << fmt::format("cluster {}: the lock of {} is broken\n", lock->target, holder);
  }
  return missing.empty() ? kDone : kUnreachable;
}

} // namespace chasi::driver
