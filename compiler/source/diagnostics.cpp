#include "compiler/source/diagnostic.h"

#include <algorithm>
#include <tuple>

namespace chasi::source {

Diagnostic& Diagnostic::fix(std::string title, Span s, std::string text) {
  fixes.push_back({std::move(title), {{s, std::move(text)}}, false});
  return *this;
}

Diagnostic& Diagnostic::sureFix(std::string title, Span s, std::string text) {
  fix(std::move(title), s, std::move(text));
  fixes.back().sure = true;
  return *this;
}

Diagnostic& Diagnostics::report(Code code, Span span, std::string message) {
  Diagnostic& d = list_.emplace_back();
  d.code = code;
  d.severity = info(code).severity;
  d.span = span;
  d.message = std::move(message);
  if (d.severity == Severity::Error) ++errors_;
  return d;
}

void Diagnostics::append(Diagnostics&& other) {
  list_.insert(list_.end(), std::make_move_iterator(other.list_.begin()), std::make_move_iterator(other.list_.end()));
  errors_ += other.errors_;
  other.list_.clear();
  other.errors_ = 0;
}

void Diagnostics::sort() {
  const auto key = [](const Diagnostic& d) { return std::tie(d.span.begin, d.code, d.span.end, d.message); };
  std::stable_sort(list_.begin(), list_.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  const auto same = [&](const auto& a, const auto& b) { return key(a) == key(b); };
  list_.erase(std::unique(list_.begin(), list_.end(), same), list_.end());
  errors_ = static_cast<size_t>(
      std::count_if(list_.begin(), list_.end(), [](const auto& d) { return d.severity == Severity::Error; }));
}

void Diagnostics::settle(llvm::function_ref<std::optional<Severity>(Diagnostic&)> decide) {
  std::vector<Diagnostic> kept;
  errors_ = 0;
  for (Diagnostic& d : list_) {
    const auto severity = decide(d);
    if (!severity) continue;
    d.severity = *severity;
    if (d.severity == Severity::Error) ++errors_;
    kept.push_back(std::move(d));
  }
  list_ = std::move(kept);
}

} // namespace chasi::source
