// Colours files as VS Code does: scopes.mjs PACKAGES GRAMMAR FILE… Nothing in them may be wrong, and nothing may stay open at the end of a file.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [packages, grammarFile, ...files] = process.argv.slice(2);
const require = createRequire(path.join(packages, "package.json"));
const textmate = require("vscode-textmate");
const onig = require("vscode-oniguruma");

await onig.loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer);
const registry = new textmate.Registry({
  onigLib: Promise.resolve({ createOnigScanner: (patterns) => new onig.OnigScanner(patterns), createOnigString: (text) => new onig.OnigString(text) }),
  loadGrammar: async () => textmate.parseRawGrammar(readFileSync(grammarFile, "utf8"), grammarFile),
});
const grammar = await registry.loadGrammar("source.chasi");
let problems = 0;
const tell = (text) => (problems++, console.log(text));

for (const file of files) {
  let state = textmate.INITIAL, deepest = 0;
  const lines = readFileSync(file, "utf8").split("\n");
  lines.forEach((line, number) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    deepest = Math.max(deepest, state.depth);
    for (const t of tokens) {
      const wrong = t.scopes.find((s) => s.startsWith("invalid."));
      if (wrong) tell(`${file}:${number + 1}: ${wrong}: ${line.slice(t.startIndex, t.endIndex)}`);
    }
  });
  if (state.depth !== 1) tell(`${file}: ${state.depth - 1} regions are open at its end (${state.toString()})`);
  if (deepest < 1) tell(`${file}: no rule has matched`);
}
process.exit(problems ? 1 : 0);
