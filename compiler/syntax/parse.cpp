#include "compiler/syntax/parse.h"

#include "compiler/syntax/antlr_wall.h"
#include "compiler/syntax/build.h"
#include "compiler/syntax/explain.h"
#include "compiler/syntax/layout.h"
#include "compiler/syntax/lex.h"

#include <llvm/Support/ConvertUTF.h>

namespace chasi::syntax {

namespace {

/// The tables of the ANTLR runtime are shared by all parsers, grow while parsing and are guarded by locks of their own
/// that make two threads no faster than one. One at a time is as quick, and free of races.
std::mutex& parserLock() {
  static std::mutex lock;
  return lock;
}

/// Offset of the first byte that is not UTF-8, or npos.
size_t invalidUtf8(llvm::StringRef text) {
  const auto* at = reinterpret_cast<const llvm::UTF8*>(text.data());
  const llvm::UTF8* end = at + text.size();
  if (llvm::isLegalUTF8String(&at, end)) return llvm::StringRef::npos;
  return static_cast<size_t>(at - reinterpret_cast<const llvm::UTF8*>(text.data()));
}

Tree unreadable(llvm::StringRef text, uint32_t base) {
  const auto size = static_cast<uint32_t>(text.size());
  std::vector<Token> tokens{{0, size, TokenKind::BadByte, 0, 0}, {size, size, TokenKind::EndOfFile, 0, 0}};
  std::vector<Node> nodes{{NodeKind::File, kBroken, 0, 0, 0, 1, 2}, {NodeKind::Error, 0, 0, 0, 0, 0, 2}};
  return {text, base, std::move(tokens), std::move(nodes)};
}

} // namespace

Tree parse(const source::SourceSet& sources, source::FileId file, source::Diagnostics& diagnostics, const ParseLimits& limits) {
  const llvm::StringRef text = sources.text(file);
  const uint32_t base = sources.base(file);
  Reporter reporter(diagnostics, base, limits.errors);
  if (const size_t bad = invalidUtf8(text); bad != llvm::StringRef::npos) {
    const auto at = static_cast<uint32_t>(bad);
    if (auto* d = reporter.report(source::Code::InvalidUtf8, reporter.span(at, at + 1), fmt::format("byte {} (0x{:02X}) is not UTF-8", bad, static_cast<unsigned char>(text[bad]))))
      d->hint("save the file as UTF-8");
    return unreadable(text, base);
  }

  const std::lock_guard guard(parserLock());
  std::vector<Token> tokens = lex(text, reporter);
  const Balance brackets = balance(text, tokens, limits.depth, reporter);
  const Layout layout = layOut(tokens, brackets, limits.depth, reporter);
  TreeBuilder builder(tokens, limits.nodeDepth, reporter);
  GrammarParser parser;
  std::vector<Concrete> concrete;
  for (const Chunk& chunk : layout.chunks) {
    const auto part = llvm::ArrayRef(layout.tokens).slice(chunk.begin, chunk.end - chunk.begin);
    concrete.clear();
    const auto report = [&](const Problem& problem) {
      if (!chunk.damaged) explain(problem, part, text, tokens, reporter);
    };
    if (!chunk.tooDeep && parser.parse(part, reporter.full(), concrete, report)) builder.add(part, chunk.damaged, concrete);
    else builder.addError(part);
  }
  return {text, base, std::move(tokens), builder.finish()};
}

} // namespace chasi::syntax
