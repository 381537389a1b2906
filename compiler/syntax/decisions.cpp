#include "compiler/syntax/decisions.h"

#include "compiler/syntax/words.h"

namespace chasi::syntax {

/// Stands aside for the one that chasi_embed writes.
[[gnu::weak]] llvm::StringRef learnedDecisions() { return {}; }

std::string Decisions::toBytes(const std::vector<Start>& starts, const std::vector<State>& states) {
  std::string out;
  const auto put = [&](size_t number) { putWord(out, number); };
  put(starts.size());
  put(states.size());
  for (const Start& s : starts) put(s.decision), put(s.precedence), put(s.state);
  size_t edges = 0;
  for (const State& s : states) {
    put(s.alternative);
    put(edges);
    edges += s.edges.size();
  }
  put(0);
  put(edges);
  for (const State& s : states)
    for (const Edge& e : s.edges) put(e.token), put(e.state);
  return edges < UINT16_MAX && states.size() < UINT16_MAX ? out : "";
}

Decisions::Decisions(llvm::StringRef bytes) : bytes_(bytes) {
  if (bytes.empty()) return;
  starts_ = 2;
  states_ = starts_ + 3U * at(0);
  edges_ = states_ + 2U * (at(1) + 1U);
  for (uint32_t entry = starts_; entry < states_ && loop_ == UINT32_MAX; entry += 3)
    if (at(entry + 1)) loop_ = at(entry);
}

uint16_t Decisions::at(uint32_t index) const { return wordAt(bytes_, index); }

uint16_t Decisions::start(uint16_t decision, uint16_t precedence) const {
  if (bytes_.empty()) return 0;
  uint32_t low = 0, high = at(0);
  while (low < high) {
    const uint32_t middle = (low + high) / 2, entry = starts_ + 3 * middle;
    const auto key = std::pair(at(entry), at(entry + 1));
    if (key == std::pair(decision, precedence)) return at(entry + 2);
    if (key < std::pair(decision, precedence)) low = middle + 1;
    else high = middle;
  }
  return 0;
}

uint16_t Decisions::next(uint16_t state, uint16_t token) const {
  const uint32_t entry = states_ + 2 * (state - 1U);
  uint32_t low = at(entry + 1), high = at(entry + 3);
  while (low < high) {
    const uint32_t middle = (low + high) / 2;
    const uint16_t here = at(edges_ + 2 * middle);
    if (here == token) return at(edges_ + 2 * middle + 1);
    if (here < token) low = middle + 1;
    else high = middle;
  }
  return 0;
}

} // namespace chasi::syntax
