// What a session asks of the server, feature by feature, on a copy of examples/bank. `announced` looks at the capabilities; `drive` gives
// what was wrong, nothing when all was right, or "not known" for requests that no capability announces.

const METHOD_NOT_FOUND = -32601;
const PAYMENTS = "payments.chasi", PLATFORM = "platform.chasi", RISK = "risk.chasi";
const ends = (locations) => [locations].flat().filter(Boolean).map((l) => (l.uri ?? l.targetUri).split("/").at(-1));
const needs = (holds, problem, value) => (holds ? undefined : `${problem}: ${JSON.stringify(value)?.slice(0, 600)}`);
const whole = (session, name) => ({ start: { line: 0, character: 0 }, end: { line: session.texts.get(name).split("\n").length, character: 0 } });

/** A text with edits made to it, from the last to the first. */
function applied(text, edits) {
  const lines = text.split("\n");
  const offset = ({ line, character }) => (line < lines.length ? lines.slice(0, line).reduce((sum, l) => sum + l.length + 1, 0) + character : text.length);
  const ordered = [...edits].sort((a, b) => offset(b.range.start) - offset(a.range.start));
  return ordered.reduce((now, e) => now.slice(0, offset(e.range.start)) + e.newText + now.slice(offset(e.range.end)), text);
}

/** A request with a place, and what must hold of the answer. */
const asks = (key, method, params, holds, problem) => ({
  key,
  announced: (c) => Boolean(c[key]),
  async drive(session) {
    const answer = await session.request(method, params(session));
    return needs(holds(answer, session), problem, answer);
  },
});

export const FEATURES = {
  "diagnostics come and go with the text": {
    key: "textDocumentSync",
    async drive(session) {
      for (const name of [PAYMENTS, PLATFORM, RISK]) await session.open(name);
      await session.diagnosticsOf(PAYMENTS, (list) => list.every((d) => d.severity !== 1));
      await session.change(PAYMENTS, "tenant = retail", "tennant = retail");
      const wrong = await session.diagnosticsOf(PAYMENTS, (list) => list.some((d) => d.severity === 1));
      const place = session.at(PAYMENTS, "tennant");
      const found = wrong.find((d) => d.range.start.line === place.line && d.range.start.character === place.character);
      const problem = needs(found && /^CH\d{4}$/.test(found.code) && found.source === "chasi", "no error at the misspelt field", wrong);
      const actions = session.capabilities.codeActionProvider
        ? await session.request("textDocument/codeAction", { textDocument: session.document(PAYMENTS), range: found?.range ?? whole(session, PAYMENTS), context: { diagnostics: wrong } })
        : undefined;
      session.repairs = actions;
      await session.change(PAYMENTS, "tennant = retail", "tenant = retail");
      await session.diagnosticsOf(PAYMENTS, (list) => list.every((d) => d.severity !== 1));
      return problem;
    },
  },
  "code actions repair a misspelt field": {
    key: "codeActionProvider",
    announced: (c) => Boolean(c.codeActionProvider),
    async drive(session) {
      const texts = JSON.stringify(session.repairs ?? []);
      return needs((session.repairs ?? []).some((a) => a.kind?.startsWith("quickfix") && (a.edit || a.data || a.command)) && /tenant/.test(texts), "no quick fix", session.repairs);
    },
  },
  formatting: {
    key: "documentFormattingProvider",
    announced: (c) => Boolean(c.documentFormattingProvider),
    async drive(session) {
      const options = { tabSize: 2, insertSpaces: true };
      const still = await session.request("textDocument/formatting", { textDocument: session.document(RISK), options });
      if (still?.length) return needs(false, "a formatted file is changed", still);
      await session.change(RISK, "  tenant = risk", "     tenant    =   risk");
      const edits = await session.request("textDocument/formatting", { textDocument: session.document(RISK), options });
      const formatted = applied(session.texts.get(RISK), edits ?? []);
      await session.change(RISK, "     tenant    =   risk", "  tenant = risk");
      return needs(formatted === session.texts.get(RISK), "the edits do not give the formatted file", edits);
    },
  },
  "formatting of a range": asks("documentRangeFormattingProvider", "textDocument/rangeFormatting",
    (s) => ({ textDocument: s.document(RISK), range: whole(s, RISK), options: { tabSize: 2, insertSpaces: true } }), (a) => !a?.length, "a formatted file is changed"),
  "formatting while typing": asks("documentOnTypeFormattingProvider", "textDocument/onTypeFormatting",
    (s) => ({ ...s.place(RISK, "  tenant = risk", 3), ch: s.capabilities.documentOnTypeFormattingProvider.firstTriggerCharacter, options: { tabSize: 2, insertSpaces: true } }),
    (a) => a === null || Array.isArray(a), "no list of edits"),
  "symbols of a file": asks("documentSymbolProvider", "textDocument/documentSymbol", (s) => ({ textDocument: s.document(PLATFORM) }),
    (a) => ["core", "retail", "release"].every((n) => JSON.stringify(a).includes(`"name":"${n}"`)), "declarations are missing"),
  "symbols of the workspace": asks("workspaceSymbolProvider", "workspace/symbol", () => ({ query: "retail" }), (a) => a?.some((s) => s.name.includes("retail")), "retail is missing"),
  hover: asks("hoverProvider", "textDocument/hover", (s) => s.place(PAYMENTS, "tenant = retail", 10), (a) => JSON.stringify(a?.contents ?? "").includes("retail"), "it says nothing of retail"),
  definition: asks("definitionProvider", "textDocument/definition", (s) => s.place(PAYMENTS, "tenant = retail", 10), (a) => ends(a).includes(PLATFORM), "it is not in platform.chasi"),
  declaration: asks("declarationProvider", "textDocument/declaration", (s) => s.place(PAYMENTS, "tenant = retail", 10), (a) => ends(a).includes(PLATFORM), "it is not in platform.chasi"),
  "definition of the type": asks("typeDefinitionProvider", "textDocument/typeDefinition", (s) => s.place(PAYMENTS, "tenant = retail", 10), (a) => a === null || Array.isArray(a) || a.uri, "no places"),
  implementation: asks("implementationProvider", "textDocument/implementation", (s) => s.place(PLATFORM, "tenant retail", 2), (a) => a === null || Array.isArray(a) || a.uri, "no places"),
  references: asks("referencesProvider", "textDocument/references", (s) => ({ ...s.place(PLATFORM, "tenant retail", 8), context: { includeDeclaration: true } }),
    (a) => ends(a).includes(PAYMENTS) && ends(a).includes(PLATFORM), "a use is missing"),
  highlights: asks("documentHighlightProvider", "textDocument/documentHighlight", (s) => s.place(PLATFORM, "let production", 5), (a) => a?.length >= 2, "a use is missing"),
  completion: {
    key: "completionProvider",
    announced: (c) => Boolean(c.completionProvider),
    async drive(session) {
      await session.change(PAYMENTS, "tenant = retail", "tenant = ret");
      const answer = await session.request("textDocument/completion", { ...session.place(PAYMENTS, "tenant = ret", 12), context: { triggerKind: 1 } });
      await session.change(PAYMENTS, "tenant = ret", "tenant = retail");
      const items = Array.isArray(answer) ? answer : (answer?.items ?? []);
      const item = items.find((i) => i.label === "retail" || i.label?.startsWith("retail"));
      if (!item) return needs(false, "retail is not offered", items.slice(0, 10));
      if (!session.capabilities.completionProvider.resolveProvider) return undefined;
      const resolved = await session.request("completionItem/resolve", item);
      return needs(resolved?.label === item.label, "resolving gives another item", resolved);
    },
  },
  "signatures of functions": asks("signatureHelpProvider", "textDocument/signatureHelp", (s) => s.place(PAYMENTS, "mysqlConfig(", 12), (a) => JSON.stringify(a?.signatures ?? "").includes("mysqlConfig"), "no signature"),
  "code lenses": {
    key: "codeLensProvider",
    announced: (c) => Boolean(c.codeLensProvider),
    async drive(session) {
      const lenses = await session.request("textDocument/codeLens", { textDocument: session.document(PLATFORM) });
      const commands = [];
      for (const lens of lenses ?? []) commands.push((lens.command ? lens : await session.request("codeLens/resolve", lens)).command);
      // What editors/vscode and editors/neovim register; a document and a place in it.
      const known = { "": () => true, "chasi.plan": ([uri, at]) => uri && at, "chasi.render": ([uri, at]) => uri && at, "chasi.showReferences": ([uri, at]) => uri && at };
      const right = (c) => known[c?.command ?? ""]?.(c?.arguments ?? []);
      return needs(lenses?.length && commands.every(right), "no lenses, or commands that clients do not have", commands);
    },
  },
  "links in documents": asks("documentLinkProvider", "textDocument/documentLink", (s) => ({ textDocument: s.document(PAYMENTS) }), (a) => a?.length >= 1, "the import is no link"),
  rename: {
    key: "renameProvider",
    announced: (c) => Boolean(c.renameProvider),
    async drive(session) {
      const place = session.place(PLATFORM, "tenant retail", 8);
      if (session.capabilities.renameProvider.prepareProvider) {
        const prepared = await session.request("textDocument/prepareRename", place);
        if (!prepared) return "a declaration cannot be renamed";
      }
      const edit = await session.request("textDocument/rename", { ...place, newName: "customers" });
      const files = [...Object.keys(edit?.changes ?? {}), ...(edit?.documentChanges ?? []).map((c) => c.textDocument?.uri)].map((u) => u?.split("/").at(-1));
      return needs(files.includes(PAYMENTS) && files.includes(PLATFORM), "a use keeps its name", edit);
    },
  },
  folding: asks("foldingRangeProvider", "textDocument/foldingRange", (s) => ({ textDocument: s.document(PAYMENTS) }),
    (a, s) => a?.length >= 3 && a.every((r) => r.startLine <= r.endLine && r.endLine < s.texts.get(PAYMENTS).split("\n").length), "ranges are missing or wrong"),
  "selections that grow": asks("selectionRangeProvider", "textDocument/selectionRange", (s) => ({ textDocument: s.document(PAYMENTS), positions: [s.at(PAYMENTS, "databases.user", 11)] }),
    (a) => a?.length === 1 && a[0].parent, "nothing is around a name"),
  "names that are edited together": asks("linkedEditingRangeProvider", "textDocument/linkedEditingRange", (s) => s.place(PLATFORM, "let production", 5), (a) => a === null || Array.isArray(a.ranges), "no ranges"),
  "semantic tokens": {
    key: "semanticTokensProvider",
    announced: (c) => Boolean(c.semanticTokensProvider),
    async drive(session) {
      const { legend, range } = session.capabilities.semanticTokensProvider;
      const lines = session.texts.get(PLATFORM).split("\n");
      const full = await session.request("textDocument/semanticTokens/full", { textDocument: session.document(PLATFORM) });
      let line = 0, character = 0;
      for (let i = 0; i + 4 < (full?.data.length ?? 0); i += 5) {
        const [down, right, length, type, modifiers] = full.data.slice(i, i + 5);
        line += down;
        character = down ? right : character + right;
        if (type >= legend.tokenTypes.length || modifiers >= 2 ** legend.tokenModifiers.length || character + length > (lines[line] ?? "").length) return `a token that cannot be, at ${line}:${character}`;
      }
      if (!full?.data.length || full.data.length % 5) return needs(false, "no tokens", full);
      if (session.capabilities.semanticTokensProvider.full?.delta) {
        const delta = await session.request("textDocument/semanticTokens/full/delta", { textDocument: session.document(PLATFORM), previousResultId: full.resultId });
        if (!delta || (delta.edits?.length ?? 0) > 0) return needs(false, "a text that has not changed has other tokens", delta);
      }
      if (!range) return undefined;
      const part = await session.request("textDocument/semanticTokens/range", { textDocument: session.document(PLATFORM), range: whole(session, PLATFORM) });
      return needs(JSON.stringify(part?.data) === JSON.stringify(full.data), "the range of all gives others", part?.data.length);
    },
  },
  "inlay hints": asks("inlayHintProvider", "textDocument/inlayHint", (s) => ({ textDocument: s.document(PLATFORM), range: whole(s, PLATFORM) }),
    (a, s) => a === null || a.every((h) => h.position.line < s.texts.get(PLATFORM).split("\n").length), "a hint outside of the file"),
  "inline values": asks("inlineValueProvider", "textDocument/inlineValue",
    (s) => ({ textDocument: s.document(PLATFORM), range: whole(s, PLATFORM), context: { frameId: 0, stoppedLocation: whole(s, PLATFORM) } }), (a) => a === null || Array.isArray(a), "no list"),
  "hierarchy of calls": {
    key: "callHierarchyProvider",
    announced: (c) => Boolean(c.callHierarchyProvider),
    async drive(session) {
      const found = await session.request("textDocument/prepareCallHierarchy", session.place(PAYMENTS, "mysqlConfig", 3));
      if (!found?.length) return "a function is in no hierarchy";
      const calls = await session.request("callHierarchy/incomingCalls", { item: found[0] });
      return needs(Array.isArray(calls), "no calls", calls);
    },
  },
  "hierarchy of types": asks("typeHierarchyProvider", "textDocument/prepareTypeHierarchy", (s) => s.place(PLATFORM, "tenant retail", 2), (a) => a === null || Array.isArray(a), "no list"),
  monikers: asks("monikerProvider", "textDocument/moniker", (s) => s.place(PLATFORM, "tenant retail", 8), (a) => a === null || Array.isArray(a), "no list"),
  colors: asks("colorProvider", "textDocument/documentColor", (s) => ({ textDocument: s.document(PLATFORM) }), (a) => Array.isArray(a), "no list"),
  "diagnostics that are asked for": asks("diagnosticProvider", "textDocument/diagnostic", (s) => ({ textDocument: s.document(PAYMENTS) }), (a) => a?.kind === "full" || a?.kind === "unchanged", "no report"),
  "commands of the server": {
    key: "executeCommandProvider",
    announced: (c) => Boolean(c.executeCommandProvider),
    drive: async (session) => needs(session.capabilities.executeCommandProvider.commands?.length, "no names of commands", session.capabilities.executeCommandProvider),
  },
  "environments": {
    drive: (session) => ofChasi(session, "chasi/environments", {}, (a) => ["dev", "prod", "stage"].every((n) => a?.environments?.some((e) => (e.name ?? e) === n))),
  },
  "parameters": {
    drive: (session) => ofChasi(session, "chasi/environments", { textDocument: session.document(PLATFORM) },
      (a) => ["env", "release"].every((n) => a?.parameters?.some((p) => p.name === n && p.type && typeof p.value === "string"))),
  },
  "rendering": {
    drive: (session) => ofChasi(session, "chasi/render", session.place(PLATFORM, "tenant retail", 8), (a) => /kind: Namespace/.test(a?.yaml ?? "") && !/name: payments/.test(a.yaml)),
  },
};

/** Requests of our own, which no capability announces. */
async function ofChasi(session, method, params, holds) {
  try {
    const answer = await session.request(method, params);
    return needs(holds(answer), "not what was asked for", answer);
  } catch (error) {
    if (error.code === METHOD_NOT_FOUND) return "not known";
    throw error;
  }
}

/** Capabilities that are no request of a client's. */
const QUIET = ["positionEncoding", "notebookDocumentSync", "workspace", "experimental"];

export function announcedButNotDriven(capabilities) {
  const driven = new Set(Object.values(FEATURES).map((f) => f.key));
  return Object.keys(capabilities).filter((c) => capabilities[c] && !driven.has(c) && !QUIET.includes(c));
}
