// The part of the walk that holds waves back.
#include "runtime/engine/walk.h"

#include "runtime/engine/link.h"

#include <fmt/format.h>

namespace chasi::engine {

using plan::fault;

static std::string inWords(uint64_t pause) {
  const uint64_t seconds = pause / 1000;
  return seconds >= 120 && seconds % 60 == 0 ? fmt::format("{} min", seconds / 60) : fmt::format("{} s", seconds);
}

// A wave in which nothing changes holds nothing; what was left out by choice holds nobody.
void Walk::prepareGates() {
  for (plan::WaveGate& wave : plan::waveGates(run_.plan.desired)) {
    std::erase_if(wave.members, [&](uint32_t i) { return !active(i) || !run_.whyLeftOut(i).empty(); });
    std::erase_if(wave.before, [&](uint32_t i) { return !run_.step(i).leftOut.empty() && !run_.step(i).problem; });
    if (wave.members.empty() || wave.before.empty()) continue;
    for (uint32_t i : wave.members) ++ops_[i].open;
    for (uint32_t i : wave.before) behind_[i].push_back(gates_.size());
    Gate& gate = gates_.emplace_back();
    gate.open = wave.before.size();
    gate.changed = std::any_of(wave.before.begin(), wave.before.end(), [&](uint32_t i) { return active(i); });
    gate.wave = std::move(wave);
  }
}

void Walk::reached(Gate& gate) {
  if (gate.state != Gate::State::Closed || stopping_) return;
  const uint64_t pause = gate.wave.rollout->pauseMilliseconds;
  if (pause == 0 || !gate.changed) return openGate(gate);
  gate.state = Gate::State::Pausing;
  run_.say(EventKind::Progress, "", "", "", fmt::format("{} begins in {}, if all before it stays ready", gate.wave.called(), inWords(pause)));
  gate.timer = run_.connections.loop().after(std::chrono::milliseconds(pause), [this, alive = run_.alive, &gate] {
    if (*alive) pauseOver(gate);
  });
  for (uint32_t index : gate.wave.before) {
    const plan::Operation& op = run_.op(index);
    if (!ops_[index].settles || !run_.connections.siteOf(op.target)) continue;
    ReadyWanted wanted;
    wanted.object = op.object;
    wanted.member = isMember(index);
    gate.watched.insert(index);
    gate.notSeen.insert(index);
    readyWatch(op.target).wait(index, std::move(wanted), [this, &gate, index](const kube::Readiness& readiness) { pausing(gate, index, readiness); });
  }
}

void Walk::pausing(Gate& gate, uint32_t index, const kube::Readiness& readiness) {
  if (gate.state != Gate::State::Pausing) return;
  gate.notSeen.erase(index);
  if (readiness.health == kube::Health::Ready) return;
  const plan::Operation& op = run_.op(index);
  const std::string why = fmt::format("{} was ready, and is not any more: {}", describe(op.object), readiness.reason);
  run_.failed(op.id, op.target, action(index), op.source, fault("CH6209", why, fmt::format("{} did not begin; mend it and run again, or go back with `chasic rollback`", gate.wave.called()), op.source));
  halt(gate, fmt::format("{} does not begin: {} is not ready any more", gate.wave.called(), describe(op.object)));
  pump();
}

void Walk::pauseOver(Gate& gate) {
  gate.timer = 0;
  if (gate.state != Gate::State::Pausing || stopping_) return;
  if (gate.notSeen.empty()) {
    openGate(gate);
    return pump();
  }
  pausing(gate, *gate.notSeen.begin(), {kube::Health::Progressing, "it was not seen"});
}

void Walk::endPause(Gate& gate) {
  if (gate.timer) run_.connections.loop().cancel(gate.timer);
  gate.timer = 0;
  for (uint32_t index : std::exchange(gate.watched, {})) readyWatch(run_.op(index).target).forget(index);
}

void Walk::openGate(Gate& gate) {
  endPause(gate);
  gate.state = Gate::State::Open;
  run_.say(EventKind::Progress, "", "", "", fmt::format("{} begins", gate.wave.called()));
  for (uint32_t i : gate.wave.members)
    if (--ops_[i].open == 0 && ops_[i].state == State::Waiting) {
      ops_[i].state = State::Queued;
      queue_.push_back(i);
    }
}

void Walk::halt(Gate& gate, const std::string& why) {
  if (gate.state == Gate::State::Open || gate.state == Gate::State::Halted) return;
  endPause(gate);
  gate.state = Gate::State::Halted;
  for (uint32_t i : gate.wave.members) {
    if (ops_[i].state != State::Waiting) continue;
    skip(i, why);
    skipDependants(i);
  }
}

void Walk::halt(uint32_t index) {
  const auto at = behind_.find(index);
  if (at == behind_.end()) return;
  for (size_t number : at->second) {
    Gate& gate = gates_[number];
    const char* what = ops_[index].state == State::Failed ? "failed" : !run_.whyLeftOut(index).empty() ? "is left out" : "was skipped";
    halt(gate, fmt::format("{} does not begin: {} {}", gate.wave.called(), run_.op(index).id, what));
  }
}

} // namespace chasi::engine
