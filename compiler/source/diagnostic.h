// Diagnostics: what is wrong, where, why, and what to do about it. Data first; text, JSON and SARIF are printers of it.
#pragma once

#include "compiler/source/source_set.h"
#include "compiler/source/span.h"

#include <fmt/format.h>
#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/Support/raw_ostream.h>

#include <optional>
#include <string>
#include <vector>

namespace chasi::source {

enum class Severity : uint8_t { Error, Warning, Note };

/// Every diagnostic there is; the list with its texts is codes.def.
enum class Code : uint16_t {
#define CHASI_CODE(id, name, severity, title) name,
#include "compiler/source/codes.def"
#undef CHASI_CODE
};

struct CodeInfo {
  Code code;
  const char* id; ///< "CH2001"; stable for ever
  const char* name;
  Severity severity;
  const char* title; ///< one line, for the index
};
const CodeInfo& info(Code code);
/// All codes, by id.
llvm::ArrayRef<CodeInfo> allCodes();
/// The code with this id, in any case of letters.
std::optional<Code> findCode(llvm::StringRef id);

/// Another place that takes part: "first declared here".
struct Label {
  Span span;
  std::string text;
};

struct Edit {
  Span span; ///< replaced; empty means insertion
  std::string text;
};

/// A change that an editor can make by itself.
struct Fix {
  std::string title;
  std::vector<Edit> edits;
  bool sure = false; ///< there is no other way to read it: `chasic fix` applies it without being asked for suggestions
};

struct Diagnostic {
  Code code;
  Severity severity;
  Span span;           ///< the primary place
  std::string message; ///< lower case, no full stop; says what is the case
  std::string label;   ///< optional text at the primary place
  std::vector<Label> labels;
  std::vector<std::string> notes; ///< facts that explain
  std::string help;               ///< the next step
  std::vector<Fix> fixes;

  // Builders, so that a report reads as one sentence at the place that finds the mistake.
  Diagnostic& at(Span s, std::string text) { labels.push_back({s, std::move(text)}); return *this; }
  Diagnostic& mark(std::string text) { label = std::move(text); return *this; }
  Diagnostic& note(std::string text) { notes.push_back(std::move(text)); return *this; }
  Diagnostic& hint(std::string text) { help = std::move(text); return *this; }
  Diagnostic& fix(std::string title, Span s, std::string text);
  Diagnostic& sureFix(std::string title, Span s, std::string text);
};

/// Collects diagnostics of one run. Not thread-safe: one per thread, then merge.
class Diagnostics {
public:
  /// The reference stays valid until the next report.
  Diagnostic& report(Code code, Span span, std::string message);

  bool hasErrors() const { return errors_ != 0; }
  size_t errorCount() const { return errors_; }
  const std::vector<Diagnostic>& all() const { return list_; }
  Diagnostic& at(size_t index) { return list_[index]; } ///< of `all`; its severity stays as it is
  void append(Diagnostics&& other);
  /// Source order, then code; exact repetitions are dropped.
  void sort();
  /// Gives every diagnostic the severity that `decide` says, which may change its texts too; those for which it says
  /// nothing are dropped.
  void settle(llvm::function_ref<std::optional<Severity>(Diagnostic&)> decide);
  size_t warningCount() const { return list_.size() - errors_; }

private:
  std::vector<Diagnostic> list_;
  size_t errors_ = 0;
};

struct TextStyle {
  bool color = false;
  uint32_t maxDiagnostics = 200; ///< the rest is counted, not printed
  bool total = true;             ///< a last line that counts
};
/// For people: code, place, source excerpt with labels, notes, help; then a line that counts.
void printText(const Diagnostics& diagnostics, const SourceSet& sources, llvm::raw_ostream& out, const TextStyle& style);
/// The format of cli.md: one object, one line.
void printJson(const Diagnostics& diagnostics, const SourceSet& sources, llvm::raw_ostream& out);
/// SARIF 2.1.0 (OASIS), for code scanning: one run, one document. Columns count code points, as `columnKind` says.
void printSarif(const Diagnostics& diagnostics, const SourceSet& sources, llvm::raw_ostream& out);
/// The same document for what has no text to point into: an error of the runtime or of the workspace.
struct PlainResult {
  std::string code, title, message, help;
  std::string file; ///< empty when no place is known
  uint32_t line = 1, column = 1;
};
void printSarif(llvm::ArrayRef<PlainResult> results, llvm::raw_ostream& out);

/// The candidate that a person most likely meant by `word`, or "" when none is near: smallest edit distance, at most a
/// third of the length; ties go to the first.
std::string nearest(llvm::StringRef word, llvm::ArrayRef<std::string> candidates);

} // namespace chasi::source
