#include "compiler/eval/reads.h"

namespace chasi::eval {

static uint64_t edge(Part from, Part to) { return uint64_t{from} << 32 | to; }

void Reads::note(Part other) {
  if (other && edges_.insert(edge(current_, other)).second) entries_[current_].read.push_back(other);
}

void Reads::readAll(const sema::Schema* kind) {
  if (current_ && !llvm::is_contained(entries_[current_].all, kind)) entries_[current_].all.push_back(kind);
}

void Reads::readReferrers(const sema::Record* target, const sema::Schema* kind) {
  const std::pair question(target, kind);
  if (current_ && !llvm::is_contained(entries_[current_].referrers, question)) entries_[current_].referrers.push_back(question);
}

void Reads::clear(Part part) {
  Entry& entry = entries_[part];
  for (const Part other : entry.read) edges_.erase(edge(part, other));
  entry = {};
}

void Reads::spread(std::vector<bool>& marked) const {
  marked.resize(entries_.size());
  std::vector<std::vector<Part>> readers(entries_.size());
  for (Part part = 1; part < entries_.size(); ++part)
    for (const Part other : entries_[part].read) readers[other].push_back(part);
  std::vector<Part> open;
  for (Part part = 1; part < marked.size(); ++part)
    if (marked[part]) open.push_back(part);
  while (!open.empty()) {
    const Part part = open.back();
    open.pop_back();
    for (const Part reader : readers[part]) {
      if (marked[reader]) continue;
      marked[reader] = true;
      open.push_back(reader);
    }
  }
}

uint32_t Reads::longest() const {
  // The longest way from reader to read. Ways round do not exist: they were reported as mistakes, and count as long here.
  std::vector<uint32_t> length(entries_.size()), next(entries_.size());
  uint32_t longest = 1;
  std::vector<Part> way;
  for (Part start = 1; start < entries_.size(); ++start) {
    if (length[start]) continue;
    way.push_back(start);
    while (!way.empty()) {
      const Part part = way.back();
      const auto& read = entries_[part].read;
      if (next[part] < read.size()) {
        const Part other = read[next[part]++];
        if (!length[other] && next[other] == 0) way.push_back(other);
        continue;
      }
      for (const Part other : read) length[part] = std::max(length[part], length[other]);
      longest = std::max(longest, ++length[part]);
      way.pop_back();
    }
  }
  return longest;
}

} // namespace chasi::eval
