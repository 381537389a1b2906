#include "compiler/syntax/token_table.h"

#include "compiler/syntax/words.h"

#include <map>

namespace chasi::syntax {

/// Stands aside for the one that chasi_embed writes.
[[gnu::weak]] llvm::StringRef learnedTokens() { return {}; }

std::string TokenTable::toBytes(const std::vector<uint16_t>& starts, const std::vector<State>& states) {
  std::map<std::vector<uint16_t>, uint8_t> classes; // by where a byte leads from each state
  std::string classOf;
  std::vector<size_t> sample; // a byte of each class
  for (size_t byte = 0; byte < 256; ++byte) {
    std::vector<uint16_t> column;
    for (const State& s : states) column.push_back(s.next[byte]);
    const auto [it, fresh] = classes.try_emplace(column, static_cast<uint8_t>(classes.size()));
    if (fresh) sample.push_back(byte);
    classOf += static_cast<char>(it->second);
  }
  std::string out;
  const auto put = [&](size_t number) { putWord(out, number); };
  put(starts.size());
  put(states.size());
  put(sample.size());
  for (const uint16_t s : starts) put(s);
  for (const State& s : states) {
    put(s.accept.kind);
    put(static_cast<size_t>(s.accept.action) | static_cast<size_t>(s.accept.mode) << 8);
  }
  for (const State& s : states)
    for (const size_t byte : sample) put(s.next[byte]);
  return states.size() < UINT16_MAX ? out + classOf : "";
}

TokenTable::TokenTable(llvm::StringRef bytes) : bytes_(bytes) {
  if (bytes.empty()) return;
  modes_ = at(0);
  states_ = at(1);
  classes_ = at(2);
  accepts_ = 3 + modes_;
  rows_ = accepts_ + 2 * states_;
  classOf_ = bytes.data() + 2 * (static_cast<size_t>(rows_) + static_cast<size_t>(states_) * classes_);
}

uint16_t TokenTable::at(size_t index) const { return wordAt(bytes_, index); }

TokenTable::Match TokenTable::match(size_t mode, llvm::StringRef text) const {
  size_t state = at(3 + mode), last = 0, size = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    state = at(rows_ + state * classes_ + static_cast<unsigned char>(classOf_[static_cast<unsigned char>(text[i])]));
    if (!state) break;
    if (at(accepts_ + 2 * state) == 0) continue;
    last = state;
    size = i + 1;
  }
  if (!last) return {};
  const uint16_t what = at(accepts_ + 2 * last + 1);
  return {size, {static_cast<uint8_t>(at(accepts_ + 2 * last)), static_cast<Accept::Action>(what & 0xFF), static_cast<uint8_t>(what >> 8)}};
}

} // namespace chasi::syntax
