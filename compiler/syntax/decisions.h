// Which way the parser goes for the tokens that come next, as far as that was learned while building.
//
// ANTLR finds out anew in each process, from a network of states, what each decision of the grammar makes of the tokens; that
// takes longer than the whole rest of a small specification. What it finds does not change with the process: chasi_embed
// parses the standard library and some examples of the syntax, and writes down the tables that ANTLR made. Where they end,
// ANTLR goes on as ever; not before that is its network made.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <cstdint>
#include <string>
#include <vector>

namespace chasi::syntax {

/// What was learned; empty in programs without an embedded library. Lives as long as the program.
llvm::StringRef learnedDecisions();

/// A state is a number from 1; 0 stands for what was not learned.
class Decisions {
public:
  /// `precedence` is one more than the grammar's number, and 0 where a decision does not ask for it.
  struct Start { uint16_t decision, precedence, state; };
  struct Edge { uint16_t token, state; };
  struct State {
    uint16_t alternative = 0; ///< the way to go, from 1; 0: the next token must be looked at
    std::vector<Edge> edges;  ///< sorted by token
  };

  /// `starts` are sorted by decision and precedence; state 1 is the first. Empty when there are too many for the format.
  static std::string toBytes(const std::vector<Start>& starts, const std::vector<State>& states);
  /// As written by toBytes, or empty. The bytes must outlive this.
  explicit Decisions(llvm::StringRef bytes);

  uint16_t start(uint16_t decision, uint16_t precedence) const;
  /// The decision that asks how closely the operators around bind, when it was learned; else no decision.
  uint32_t loop() const { return loop_; }
  bool empty() const { return bytes_.empty(); }
  uint16_t next(uint16_t state, uint16_t token) const;
  uint16_t alternative(uint16_t state) const { return at(states_ + 2 * (state - 1U)); }

private:
  // Numbers of 16 bits: how many starts and states; the starts; for each state its alternative and its first edge, and one
  // more first edge for the end; the edges.
  llvm::StringRef bytes_;
  uint32_t starts_ = 0, states_ = 0, edges_ = 0; ///< where they begin
  uint32_t loop_ = UINT32_MAX;

  uint16_t at(uint32_t index) const;
};

} // namespace chasi::syntax
