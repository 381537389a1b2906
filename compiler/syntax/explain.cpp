#include "compiler/syntax/explain.h"

namespace chasi::syntax {

using source::Code;

namespace {
constexpr const char* kNames[] = {
#define CHASI_TOKEN(name, text) text,
#include "compiler/syntax/tokens.def"
#undef CHASI_TOKEN
};
} // namespace

const char* describe(TokenKind kind) { return kNames[static_cast<size_t>(kind)]; }

void explain(const Problem& problem, llvm::ArrayRef<ParserToken> chunk, llvm::StringRef text, llvm::ArrayRef<Token> tokens,
             Reporter& reporter) {
  const bool atEnd = problem.at >= chunk.size();
  const ParserToken& t = chunk[std::min<size_t>(problem.at, chunk.size() - 1)];
  if (t.flags & (kDamaged | kVirtual)) return;
  const Token& token = tokens[t.token];
  const source::Span at = atEnd ? reporter.span(token.end, token.end) : reporter.span(token);
  reporter.report(Code::UnexpectedToken, at, fmt::format("unexpected {}", atEnd ? "end" : text.slice(token.begin, token.end).str()));
}

} // namespace chasi::syntax
