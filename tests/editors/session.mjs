// One session with the language server, as an editor's client library holds it: session.mjs PACKAGES PROGRAM WORKSPACE.
// PACKAGES is the folder whose node_modules has the library. A line of JSON for each feature: what was wrong, or that it is not announced.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { FEATURES, announcedButNotDriven } from "./session_features.mjs";

const [packages, program, workspace] = process.argv.slice(2);
const require = createRequire(path.join(packages, "package.json"));
const rpc = require("vscode-jsonrpc/node");
const lsp = require("vscode-languageserver-protocol/node");
const WAIT = 60_000; // of a sanitized build on a busy machine

const server = spawn(program, ["lsp"], { cwd: workspace, stdio: ["pipe", "pipe", "inherit"] });
const ended = new Promise((resolve) => server.on("exit", (code, signal) => resolve(signal ?? code)));
const connection = rpc.createMessageConnection(new rpc.StreamMessageReader(server.stdout), new rpc.StreamMessageWriter(server.stdin));
const results = [];
const tell = (feature, problem, announced = true) => results.push({ feature, announced, problem });

/** The newest diagnostics of each document, and who waits for others. */
const diagnostics = new Map();
const waiting = new Set();
connection.onNotification(lsp.PublishDiagnosticsNotification.type, (published) => {
  diagnostics.set(published.uri, published.diagnostics);
  for (const look of [...waiting]) look();
});
connection.onRequest(lsp.RegistrationRequest.type, () => null);
connection.onRequest(lsp.ConfigurationRequest.type, (asked) => asked.items.map(() => null));
connection.onRequest("window/workDoneProgress/create", () => null);
for (const method of ["codeLens", "semanticTokens", "inlayHint", "diagnostic"]) connection.onRequest(`workspace/${method}/refresh`, () => null);
connection.onError(([error]) => tell("the connection", String(error)));

/** Whatever comes first: the answer, the end of the patience, or that of the server. */
function within(promise, what) {
  let clock;
  const late = new Promise((_, fail) => (clock = setTimeout(() => fail(new Error(`${what}: nothing after ${WAIT / 1000} s`)), WAIT)));
  const gone = ended.then((code) => Promise.reject(Object.assign(new Error(`${what}: the server ended with ${code}`), { gone: true })));
  return Promise.race([promise, late, gone]).finally(() => clearTimeout(clock));
}

class Session {
  texts = new Map();
  versions = new Map();
  capabilities = {};
  uri(name) {
    return pathToFileURL(path.join(workspace, name)).href;
  }
  document(name) {
    return { uri: this.uri(name) };
  }
  async request(method, params) {
    return within(connection.sendRequest(method, params), method);
  }
  async open(name, text = readFileSync(path.join(workspace, name), "utf8")) {
    this.texts.set(name, text);
    this.versions.set(name, 1);
    await connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, { textDocument: { uri: this.uri(name), languageId: "chasi", version: 1, text } });
  }
  /** By ranges when the server takes them, else as a whole. */
  async change(name, from, to) {
    const text = this.texts.get(name);
    if (!text.includes(from)) throw new Error(`${name} does not hold ${from}`);
    const sync = this.capabilities.textDocumentSync;
    const partly = (typeof sync === "object" ? sync.change : sync) === lsp.TextDocumentSyncKind.Incremental;
    const start = this.at(name, from), end = this.at(name, from, from.length);
    this.texts.set(name, text.replace(from, () => to));
    this.versions.set(name, this.versions.get(name) + 1);
    const change = partly ? { range: { start, end }, text: to } : { text: this.texts.get(name) };
    await connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, { textDocument: { uri: this.uri(name), version: this.versions.get(name) }, contentChanges: [change] });
  }
  /** Where a text begins in a document, and so many characters on. */
  at(name, text, on = 0) {
    const whole = this.texts.get(name);
    const begin = whole.indexOf(text);
    if (begin < 0) throw new Error(`${name} does not hold ${text}`);
    const before = whole.slice(0, begin + on).split("\n");
    return { line: before.length - 1, character: before.at(-1).length };
  }
  /** What a document and a place make of most requests. */
  place(name, text, on = 0) {
    return { textDocument: this.document(name), position: this.at(name, text, on) };
  }
  /** The diagnostics of a document, as soon as they are so. */
  async diagnosticsOf(name, wanted) {
    const uri = this.uri(name);
    return within(new Promise((resolve) => {
      const look = () => {
        if (!diagnostics.has(uri) || !wanted(diagnostics.get(uri))) return;
        waiting.delete(look);
        resolve(diagnostics.get(uri));
      };
      waiting.add(look);
      look();
    }), `the diagnostics of ${name}`);
  }
}

async function drive(session) {
  connection.listen();
  const abilities = JSON.parse(readFileSync(new URL("session_client.json", import.meta.url), "utf8"));
  const root = pathToFileURL(workspace).href;
  const started = await session.request(lsp.InitializeRequest.type.method, {
    processId: process.pid, rootUri: root, workspaceFolders: [{ uri: root, name: "bank" }], capabilities: abilities, initializationOptions: { environment: "", parameters: {} },
  });
  session.capabilities = started.capabilities;
  await connection.sendNotification(lsp.InitializedNotification.type, {});
  for (const [name, feature] of Object.entries(FEATURES)) {
    if (feature.announced && !feature.announced(session.capabilities)) {
      tell(name, "", false);
      continue;
    }
    try {
      const problem = await feature.drive(session);
      if (problem === "not known") tell(name, "", false);
      else tell(name, problem ?? "");
    } catch (error) {
      tell(name, `${error.message}${error.code ? ` (${error.code})` : ""}`);
      if (error.gone) return;
    }
  }
  const left = announcedButNotDriven(session.capabilities);
  tell("everything announced is driven", left.length ? `the server announces ${left.join(", ")}, and no feature of session_features.mjs drives it` : "");
  await session.request(lsp.ShutdownRequest.type.method);
  await connection.sendNotification(lsp.ExitNotification.type);
  const code = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, WAIT, "nothing").unref())]);
  tell("shutdown", code === 0 ? "" : `the server ended with ${code}`);
}

drive(new Session())
  .catch((error) => tell("the session", String(error.stack ?? error)))
  .finally(() => {
    for (const row of results) console.log(JSON.stringify(row));
    server.kill();
    process.exit(0);
  });
