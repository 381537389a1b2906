#include "compiler/lower/compile.h"

#include "compiler/lower/lower.h"
#include "compiler/lower/stack.h"
#include "compiler/sema/consequences.h"
#include "compiler/sema/workspace_file.h"

#include <llvm/Support/SHA256.h>

#include <map>

namespace chasi::lower {

namespace {

std::string hex(const std::array<uint8_t, 32>& digest) {
  std::string out = "sha256:";
  for (const uint8_t b : digest) out += fmt::format("{:02x}", b);
  return out;
}

/// Of the module beside workspace.chasi what that says; a name for others would be the same for several.
std::string nameOf(const sema::Program& program, const CompileInput& input) {
  const std::string given = input.atRoot ? sema::workspaceName(program) : "";
  return given.empty() ? input.workspaceName : given;
}

/// Over the names and texts of all files that took part but those made up for parameters and expressions. The standard library is the program's, whose
/// version is told beside the digest.
std::string digestSources(sema::Program& program) {
  llvm::SHA256 hash;
  std::map<std::string, llvm::StringRef> texts;
  for (const auto& [name, module] : program.modules)
    for (const sema::File& f : module->files)
      if (!f.madeUp && !module->library) texts[stableName(program, f.id)] = program.sources.text(f.id);
  for (const auto& [name, text] : texts) {
    hash.update(llvm::StringRef(fmt::format("{}:{}\n", name, text.size())));
    hash.update(text);
  }
  return hex(hash.final());
}

std::string digestParams(const sema::Program& program) {
  llvm::SHA256 hash;
  for (const auto& [name, given] : program.params) hash.update(llvm::StringRef(fmt::format("{}={}:{}\n", name, given.text.size(), given.text)));
  return hex(hash.final());
}

} // namespace

Compiled compile(source::SourceSet& sources, source::Diagnostics& diagnostics, const CompileInput& input) {
  Compiled out;
  out.program = std::make_unique<sema::Program>(sources, diagnostics);
  withLargeStack([&] {
    sema::Program& program = *out.program;
    sema::load(program, input.load);
    out.evaluator = std::make_unique<eval::Evaluator>(program);
    out.evaluator->declare();
    for (sema::Record* r : out.evaluator->declarations()) out.evaluator->force(*r);
    for (const sema::Module* m : sema::userModules(program))
      for (sema::Symbol* s : m->order) {
        if (s->kind != sema::SymbolKind::Let && s->kind != sema::SymbolKind::Param) continue;
        out.evaluator->forceValue(out.evaluator->evaluateSymbol(*s));
      }
    out.desired.workspace = nameOf(program, input);
    out.desired.environment = input.environment;
    if (input.operations) lowerAll(program, *out.evaluator, out.desired, input.pins, input.manifests);
    if (input.policies && input.operations) out.evaluator->runPolicies(input.date);
    if (program.chosenTest) out.test = out.evaluator->runTest(*program.chosenTest);
  });
  sema::dropConsequences(*out.program);
  diagnostics.sort();
  return out;
}

Sources sourcesOf(const CompileInput& input) {
  source::SourceSet sources;
  source::Diagnostics diagnostics;
  sema::Program program(sources, diagnostics);
  withLargeStack([&] { sema::load(program, input.load); });
  return {nameOf(program, input), digestSources(program)};
}

void addDigests(Compiled& compiled) {
  compiled.desired.sourceDigest = digestSources(*compiled.program);
  compiled.desired.paramsDigest = digestParams(*compiled.program);
}

std::vector<plan::Declared> declarationsOf(Compiled& compiled) {
  std::vector<plan::Declared> out;
  withLargeStack([&] {
    for (sema::Record* r : compiled.evaluator->declarations()) {
      plan::Declared d;
      d.id = r->schema->name.str() + "." + r->name.str();
      if (!compiled.evaluator->writeJson(sema::Value::of(r), d.json)) compiled.program->diagnostics.report(source::Code::Budget, r->span, "this declaration is too long to compare");
      const auto at = compiled.program->sources.position(r->span.begin);
      d.source = {stableName(*compiled.program, compiled.program->sources.fileOf(r->span.begin)), at.line, at.column};
      out.push_back(std::move(d));
    }
  });
  return out;
}

std::optional<std::string> evaluate(Compiled& compiled, const std::string& expression) {
  std::optional<std::string> result;
  source::Diagnostics& diagnostics = compiled.program->diagnostics;
  const size_t before = diagnostics.errorCount();
  withLargeStack([&] {
    const sema::Expr* e = sema::loadExpression(*compiled.program, expression, "(expression)");
    if (!e || diagnostics.errorCount() != before) return;
    const sema::Value v = compiled.evaluator->evaluate(e);
    compiled.evaluator->forceValue(v);
    if (v.isError() || diagnostics.errorCount() != before) return;
    std::string out;
    if (compiled.evaluator->writeJson(v, out)) result = std::move(out);
    else diagnostics.report(source::Code::Budget, e->span, "this value is too long to show");
  });
  diagnostics.sort();
  return result;
}

} // namespace chasi::lower
