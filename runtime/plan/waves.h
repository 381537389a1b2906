// The waves of rollouts, as gates in the graph of a run: operations that change wait behind the gate of their wave, which opens when all of the waves
// before are done, ready, and were so for the rollout's pause.
#pragma once

#include "runtime/plan/operation.h"

#include <llvm/Support/Error.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace chasi::plan {

struct WaveGate {
  const Rollout* rollout = nullptr;
  size_t wave = 0;                ///< that begins behind it; never the first one
  std::vector<uint32_t> before;   ///< operations of the waves before
  std::vector<uint32_t> members;  ///< operations of the wave
  std::string called() const;     ///< "wave rest of rollout.shops"
};

/// One for each wave that has operations, but the first of its rollout. What an operation needs belongs to its wave at the latest.
std::vector<WaveGate> waveGates(const Desired& desired);

/// "wave 2 of 3 (some)" for each operation of a rollout; empty for the others.
std::vector<std::string> waveNames(const Desired& desired);

/// Why rollouts cannot be carried out.
struct WaveTrouble {
  size_t rollout = 0; ///< the place of one of them
  std::string message, hint;
};

/// When rollouts wait for each other, or a declaration is in two of them.
std::optional<WaveTrouble> waveTrouble(const Desired& desired);

/// The same as CH6231.
llvm::Error checkWaves(const Desired& desired);

} // namespace chasi::plan
