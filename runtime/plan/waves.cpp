#include "runtime/plan/waves.h"

#include "runtime/plan/fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace chasi::plan {

namespace {

constexpr size_t kNone = static_cast<size_t>(-1);

/// The wave of each operation of a rollout, counted from 0; kNone for the others.
std::vector<size_t> wavesOf(const Desired& desired, const Rollout& rollout) {
  std::unordered_map<std::string, size_t> owners;
  for (size_t wave = 0; wave < rollout.waves.size(); ++wave)
    for (const std::string& owner : rollout.waves[wave].owners) owners.emplace(owner, wave);
  std::vector<size_t> own(desired.operations.size(), kNone);
  for (size_t i = 0; i < own.size(); ++i)
    if (const auto at = owners.find(desired.operations[i].owner); at != owners.end()) own[i] = at->second;
  // What something of an early wave needs cannot wait for a later one.
  std::vector<size_t> latest = own;
  for (size_t i = latest.size(); i-- > 0;)
    if (latest[i] != kNone)
      for (uint32_t need : desired.operations[i].needs) latest[need] = std::min(latest[need], latest[i]);
  for (size_t i = 0; i < own.size(); ++i)
    if (own[i] != kNone) own[i] = latest[i];
  return own;
}

} // namespace

std::string WaveGate::called() const { return fmt::format("wave {} of {}", rollout->waves[wave].name, rollout->name); }

std::vector<WaveGate> waveGates(const Desired& desired) {
  std::vector<WaveGate> gates;
  for (const Rollout& rollout : desired.rollouts) {
    const std::vector<size_t> waves = wavesOf(desired, rollout);
    for (size_t wave = 1; wave < rollout.waves.size(); ++wave) {
      WaveGate gate;
      gate.rollout = &rollout;
      gate.wave = wave;
      for (uint32_t i = 0; i < waves.size(); ++i) {
        if (waves[i] == wave) gate.members.push_back(i);
        else if (waves[i] < wave) gate.before.push_back(i);
      }
      if (!gate.members.empty()) gates.push_back(std::move(gate));
    }
  }
  return gates;
}

std::vector<std::string> waveNames(const Desired& desired) {
  std::vector<std::string> names(desired.operations.size());
  for (const Rollout& rollout : desired.rollouts) {
    const std::vector<size_t> waves = wavesOf(desired, rollout);
    for (size_t i = 0; i < waves.size(); ++i)
      if (waves[i] != kNone) names[i] = fmt::format("wave {} of {} ({})", waves[i] + 1, rollout.waves.size(), rollout.waves[waves[i]].name);
  }
  return names;
}

std::optional<WaveTrouble> waveTrouble(const Desired& desired) {
  if (desired.rollouts.empty()) return std::nullopt;
  std::unordered_map<std::string, const Rollout*> owners;
  for (const Rollout& rollout : desired.rollouts)
    for (const Rollout::Wave& wave : rollout.waves)
      for (const std::string& owner : wave.owners)
        if (const auto [at, added] = owners.emplace(owner, &rollout); !added)
          return WaveTrouble{static_cast<size_t>(&rollout - desired.rollouts.data()), fmt::format("{} is in {} and in {}", owner, at->second->name, at->second == &rollout ? "another wave of it" : rollout.name),
                             "leave it out of one of them"};
  // Operations first, then gates: whatever is open at the end waits for itself.
  const std::vector<WaveGate> gates = waveGates(desired);
  const size_t operations = desired.operations.size();
  std::vector<std::vector<size_t>> after(operations + gates.size());
  std::vector<size_t> open(after.size(), 0);
  auto edge = [&](size_t first, size_t second) {
    after[first].push_back(second);
    ++open[second];
  };
  for (size_t i = 0; i < operations; ++i)
    for (uint32_t need : desired.operations[i].needs) edge(need, i);
  for (size_t g = 0; g < gates.size(); ++g) {
    for (uint32_t i : gates[g].before) edge(i, operations + g);
    for (uint32_t i : gates[g].members) edge(operations + g, i);
  }
  std::vector<size_t> ready;
  for (size_t i = 0; i < open.size(); ++i)
    if (open[i] == 0) ready.push_back(i);
  for (size_t next = 0; next < ready.size(); ++next)
    for (size_t d : after[ready[next]])
      if (--open[d] == 0) ready.push_back(d);
  if (ready.size() == open.size()) return std::nullopt;
  WaveTrouble trouble;
  std::string waiting;
  for (size_t g = 0; g < gates.size(); ++g) {
    if (open[operations + g] == 0) continue;
    waiting += (waiting.empty() ? "" : " and ") + gates[g].called();
    trouble.rollout = static_cast<size_t>(gates[g].rollout - desired.rollouts.data());
  }
  trouble.message = fmt::format("{} wait for each other", waiting);
  trouble.hint = "put what needs each other into one rollout";
  return trouble;
}

llvm::Error checkWaves(const Desired& desired) {
  const std::optional<WaveTrouble> trouble = waveTrouble(desired);
  return trouble ? fault("CH6231", trouble->message, trouble->hint, desired.rollouts[trouble->rollout].source) : llvm::Error::success();
}

} // namespace chasi::plan
