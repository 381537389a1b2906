// Syntax errors of one file on their way to the diagnostics: adds the file's base, counts, stops at the limit.
#pragma once

#include "compiler/source/diagnostic.h"
#include "compiler/syntax/tree.h"

namespace chasi::syntax {

class Reporter {
public:
  Reporter(source::Diagnostics& out, uint32_t base, uint32_t limit) : out_(out), base_(base), limit_(limit) {}

  source::Span span(uint32_t begin, uint32_t end) const { return {base_ + begin, base_ + end}; }
  source::Span span(const Token& token) const { return span(token.begin, token.end); }

  /// Null when enough has been said. The pointer is valid until the next report.
  source::Diagnostic* report(source::Code code, source::Span at, std::string message) {
    if (full()) return nullptr;
    if (++count_ > limit_) {
      out_.report(source::Code::TooManyErrors, at, fmt::format("more than {} syntax errors; the rest is not shown", limit_))
          .hint("mend the first ones and run again");
      return nullptr;
    }
    return &out_.report(code, at, std::move(message));
  }
  bool full() const { return count_ > limit_; }
  uint32_t count() const { return count_; }

private:
  source::Diagnostics& out_;
  uint32_t base_;
  uint32_t limit_;
  uint32_t count_ = 0;
};

} // namespace chasi::syntax
