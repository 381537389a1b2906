// The lexer of the grammar as one table, made while building.
//
// ANTLR's lexer walks a network of states that it turns into tables as it meets text, anew in each process, under locks, with an
// object for each token. The lexer has no more than some hundred states, so chasi_embed makes the whole table once. What the
// table does not say (comments that nest) is left to ANTLR.
#pragma once

#include <llvm/ADT/StringRef.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace chasi::syntax {

/// What chasi_embed wrote; empty in programs without an embedded library. Lives as long as the program.
llvm::StringRef learnedTokens();

class TokenTable {
public:
  /// What comes of a token: its kind, and what happens to the stack of modes.
  struct Accept {
    uint8_t kind = 0; ///< 0: no token ends here
    enum Action : uint8_t { None, Push, Pop, AskAntlr } action = None;
    uint8_t mode = 0; ///< that is pushed
  };
  struct State {
    Accept accept;
    std::array<uint16_t, 256> next{}; ///< by byte: number of the next state; 0 for none
  };
  struct Match {
    size_t size = 0; ///< bytes; 0: no token begins here
    Accept accept;
  };

  /// State 0 is none; `starts` are the states in which the modes begin.
  static std::string toBytes(const std::vector<uint16_t>& starts, const std::vector<State>& states);
  /// As written by toBytes, or empty. The bytes must outlive this.
  explicit TokenTable(llvm::StringRef bytes);

  bool knows(size_t mode) const { return mode < modes_; }
  /// The longest token at the start of the text.
  Match match(size_t mode, llvm::StringRef text) const;

private:
  // Numbers of 16 bits: modes, states, classes; where modes start; accept and `action | mode << 8` of each state; a row of states for
  // each state, by class. Then the class of each byte, in 8 bits: bytes that lead to the same states everywhere share one.
  llvm::StringRef bytes_;
  uint32_t modes_ = 0, states_ = 0, classes_ = 0;
  uint32_t accepts_ = 0, rows_ = 0; ///< where they begin
  const char* classOf_ = nullptr;

  uint16_t at(size_t index) const;
};

} // namespace chasi::syntax
