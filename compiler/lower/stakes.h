// What an object takes that others of the specification want too: node ports, routes, addresses, shares of a namespace.
//
// Each object says by itself what that is, while it is described; two that take the same meet under one key. So the check between objects
// is over keys, and an edit asks again about those keys only that what it changed has to do with.
#pragma once

#include "compiler/lower/lower.h"

#include <llvm/ADT/DenseSet.h>

#include <vector>

namespace chasi::lower {

struct Identity;

/// What an object takes, or gives to be taken. No stakes for what is not known before applying.
std::vector<Stake> stakesOf(const Identity& identity, const sema::MapValue& manifest, llvm::StringRef target);

/// What a ResourceQuota means by a key of `hard`; kShares for what is not counted here.
Stake::Share shareOf(llvm::StringRef key);
std::optional<int64_t> limitOf(const sema::Value& value, Stake::Share share);

/// A stake, and whose it is.
struct Staked {
  const Stake* stake;
  const Draft* draft;
  const plan::Operation* operation;
};

/// All stakes, in the order of the operations.
std::vector<Staked> staked(const std::vector<Draft>& drafts, const std::vector<plan::Operation>& operations);

/// Reports what cannot work together: CH5040 to CH5044. `list` is in the order of the declarations, and holds all stakes of each key in it.
void checkStakes(sema::Program& program, eval::Evaluator& evaluator, std::vector<Staked> list);

} // namespace chasi::lower
