// The extension as a whole, against an editor and a client library by hand; chasic itself is a script that tells what it was asked.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { activate } from "../src/extension";
import { answers, clients, failing } from "./double/client";
import { Diagnostic, Position, Range, Uri, world } from "./double/vscode";

let folder = "";
let subscriptions: { dispose(): unknown }[] = [];

/** A program that writes `out` and keeps the words it was given. */
function writeProgram(out: string, code = 0, err = ""): string {
  const program = path.join(folder, "chasic");
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  fs.writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" > ${quoted(path.join(folder, "words"))}\nprintf '%s' ${quoted(out)}\nprintf '%s' ${quoted(err)} >&2\nexit ${code}\n`, { mode: 0o755 });
  return program;
}
const words = (): string[] => fs.readFileSync(path.join(folder, "words"), "utf8").trim().split("\n");
const run = (name: string, ...given: unknown[]): unknown => world.commands.get(name)!(...given);
const start = (): Promise<void> => activate({ subscriptions } as never);
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "chasi-extension-"));
  Object.assign(world, { trusted: true, settings: {}, userSettings: {}, documents: [], diagnostics: [], files: [], editor: undefined, answer: undefined, later: undefined });
  for (const list of [world.said, world.executed, world.shown, world.log, world.status, world.panels, clients]) list.length = 0;
  world.folders = [{ uri: Uri.file(folder), name: "bank", index: 0 }];
  failing.start = "";
  answers.clear();
  subscriptions = [];
});
afterEach(async () => {
  for (const s of subscriptions) s.dispose();
  await settled();
  fs.rmSync(folder, { recursive: true });
});

test("the server starts with the program, its arguments and what is chosen", async () => {
  world.settings["chasi.server.path"] = writeProgram("");
  world.settings["chasi.environment"] = "prod";
  world.open(path.join(folder, "a.chasi"));
  await start();
  assert.equal(clients.length, 1);
  assert.equal(clients[0]!.server.command, path.join(folder, "chasic"));
  assert.deepEqual(clients[0]!.server.args, ["lsp"]);
  assert.deepEqual(clients[0]!.options.initializationOptions, { environment: "prod", parametersFile: "", parameters: {}, hints: {} });
  assert.equal(world.status[0]!.text, "$(check) chasi: prod");
});

test("every command of the manifest is there, and no other", async () => {
  world.settings["chasi.server.path"] = writeProgram("");
  await start();
  const manifest = JSON.parse(fs.readFileSync("package.json", "utf8")) as { contributes: { commands: { command: string }[] } };
  assert.deepEqual([...world.commands.keys()].sort(), manifest.contributes.commands.map((c) => c.command).sort());
});

test("no program: a message with a button that opens the setting", async () => {
  world.settings["chasi.server.path"] = path.join(folder, "absent");
  world.answer = "Open the Setting";
  await start();
  await settled();
  assert.equal(clients.length, 0);
  assert.match(world.said[0]!, /no such file/);
  assert.deepEqual(world.executed, [["workbench.action.openSettings", "chasi.server.path"]]);
});

test("without trust a path of the workspace does not count, and one of the user does", async () => {
  world.trusted = false;
  world.settings["chasi.server.path"] = writeProgram("");
  await start();
  assert.equal(clients.length, 0);
  assert.equal(world.said.length, 0);
  world.userSettings["chasi.server.path"] = path.join(folder, "chasic");
  await run("chasi.restartServer");
  assert.equal(clients.length, 1);
});

test("trust that is given later starts the server; plans wait for it", async () => {
  world.trusted = false;
  world.settings["chasi.server.path"] = writeProgram("");
  world.open(path.join(folder, "a.chasi"));
  await start();
  await run("chasi.plan");
  assert.match(world.said[0]!, /trusted/);
  assert.equal(fs.existsSync(path.join(folder, "words")), false);
  world.trusted = true;
  world.granted.fire();
  await settled();
  assert.equal(clients.length, 1);
});

test("a path that changes starts another server; an environment that changes is told to the one there", async () => {
  world.settings["chasi.server.path"] = writeProgram("");
  await start();
  world.set("chasi.environment", "stage");
  await settled();
  assert.deepEqual(clients[0]!.sent, [["workspace/didChangeConfiguration", { settings: { environment: "stage", parametersFile: "", parameters: {}, hints: {} } }]]);
  world.set("chasi.server.path", path.join(folder, "chasic"));
  await settled();
  assert.equal(clients.length, 2);
  assert.equal(clients[0]!.disposed, true);
});

test("a server that does not start is said once, and the next try can succeed", async () => {
  world.settings["chasi.server.path"] = writeProgram("");
  world.open(path.join(folder, "a.chasi"));
  failing.start = "it broke";
  await start();
  assert.match(world.said[0]!, /it broke/);
  assert.equal(world.status[0]!.command, "chasi.showLog");
  failing.start = "";
  await run("chasi.restartServer");
  assert.match(world.status[0]!.text, /check/);
});

test("environments come of the server, and the choice is a setting", async () => {
  world.settings["chasi.server.path"] = writeProgram("");
  answers.set("chasi/environments", () => ({ environments: [{ name: "dev", file: "env/dev.chasi" }, "prod"], chosen: "dev" }));
  await start();
  world.answer = "prod";
  await run("chasi.chooseEnvironment");
  assert.deepEqual(world.shown, ["(none)", "dev", "prod"]);
  assert.equal(world.settings["chasi.environment"], "prod");
});

test("a server that knows no environments: they come of the files", async () => {
  world.settings["chasi.server.path"] = writeProgram("");
  world.files = [Uri.file(`${folder}/env/stage.chasi`), Uri.file(`${folder}/env/dev.chasi`)];
  await start();
  await run("chasi.chooseEnvironment");
  assert.deepEqual(world.shown, ["(none)", "dev", "stage"]);
});

test("the preview shows what the server renders at the cursor, and follows", async () => {
  world.settings["chasi.server.path"] = writeProgram("");
  const asked: unknown[] = [];
  answers.set("chasi/render", (params) => (asked.push(params), { yaml: `kind: Tenant${asked.length}\n`, version: 1 }));
  const source = world.open(path.join(folder, "a.chasi"), "", new Position(3, 1)).uri.toString();
  await start();
  await run("chasi.renderPreview");
  assert.deepEqual(asked, [{ textDocument: { uri: source }, position: { line: 3, character: 1 } }]);
  const preview = world.documents.find((d) => d.uri.scheme === "chasi-render")!;
  assert.equal(preview.text, "kind: Tenant1\n");
  assert.equal(world.shown[0], preview.uri.toString());
  const provider = world.providers.get("chasi-render") as unknown as { onDidChange(listener: (uri: Uri) => void): void };
  const changes: string[] = [];
  provider.onDidChange((uri) => changes.push(uri.toString()));
  clients[0]!.notify("chasi/renderChanged", { uri: source });
  clients[0]!.notify("chasi/renderChanged", { uri: "file:///elsewhere.chasi" });
  assert.deepEqual(changes, [preview.uri.toString()]);
});

test("a server that cannot render says so in the preview", async () => {
  world.settings["chasi.server.path"] = writeProgram("");
  world.open(path.join(folder, "a.chasi"));
  await start();
  await run("chasi.renderPreview");
  assert.match(world.documents.at(-1)!.text, /^# Nothing is rendered: .*chasi\/render/);
});

test("references of a code lens become those of the editor", async () => {
  world.settings["chasi.server.path"] = writeProgram("");
  await start();
  const range = { start: { line: 1, character: 2 }, end: { line: 1, character: 5 } };
  await run("chasi.showReferences", "file:///a.chasi", range.start, [{ uri: "file:///b.chasi", range }]);
  const [name, uri, at, found] = world.executed[0] as [string, Uri, Position, { uri: Uri; range: Range }[]];
  assert.deepEqual([name, uri.path, at.line, found[0]!.uri.path, found[0]!.range.end.character], ["editor.action.showReferences", "/a.chasi", 1, "/b.chasi", 5]);
});

test("a lens without places: the editor asks for them", async () => {
  world.settings["chasi.server.path"] = writeProgram("");
  await start();
  await run("chasi.showReferences", "file:///a.chasi", { line: 1, character: 2 });
  assert.deepEqual(world.executed.map((e) => e[0]), ["vscode.executeReferenceProvider", "editor.action.showReferences"]);
});

test("the server is told the whole name of the parameters file, and reads it itself", async () => {
  world.settings["chasi.server.path"] = writeProgram("");
  world.settings["chasi.parametersFile"] = "p.yaml";
  await start();
  assert.deepEqual(clients[0]!.options.initializationOptions, { environment: "", parametersFile: path.join(folder, "p.yaml"), parameters: {}, hints: {} });
  world.set("chasi.parametersFile", "/elsewhere/q.json");
  await settled();
  assert.deepEqual(clients[0]!.sent.at(-1), ["workspace/didChangeConfiguration", { settings: { environment: "", parametersFile: "/elsewhere/q.json", parameters: {}, hints: {} } }]);
});

test("hints that are not wanted are told to the server", async () => {
  world.settings["chasi.server.path"] = writeProgram("");
  await start();
  world.set("chasi.hints", { defaults: false });
  await settled();
  assert.deepEqual(clients[0]!.sent, [["workspace/didChangeConfiguration", { settings: { environment: "", parametersFile: "", parameters: {}, hints: { defaults: false } } }]]);
});

test("a plan is asked for with what is chosen, and its lines lead to the source", async () => {
  const plan = {
    apiVersion: "chasi.dev/plan/v1", workspace: "bank", environment: "prod", summary: { create: 1 }, targets: [{ name: "core", context: "local" }], prunes: [],
    operations: [{ id: "a", kind: "object", action: "create", target: "core", owner: "tenant.a", object: { apiVersion: "v1", kind: "Namespace", name: "a" }, source: { file: "a.chasi", line: 4, column: 3 } }],
  };
  world.settings["chasi.server.path"] = writeProgram(JSON.stringify(plan));
  Object.assign(world.settings, { "chasi.environment": "prod", "chasi.parametersFile": "p.yaml", "chasi.plan.offline": true, "chasi.plan.arguments": ["--refresh"] });
  fs.writeFileSync(path.join(folder, "workspace.chasi"), "");
  world.open(path.join(folder, "env", "prod.chasi"));
  await start();
  await run("chasi.plan");
  assert.deepEqual(words(), ["plan", folder, "--format", "json", "--color", "never", "--env", "prod", "--params", path.join(folder, "p.yaml"), "--offline", "--refresh"]);
  const { view, data } = world.trees.get("chasi.planView")!;
  assert.equal(view.message, "bank (prod): 1 create");
  let nodes = data.getChildren();
  const labels: string[] = [];
  while (nodes.length) {
    labels.push(data.getTreeItem(nodes[0]).label);
    if (!data.getChildren(nodes[0]).length) break;
    nodes = data.getChildren(nodes[0]);
  }
  assert.deepEqual(labels, ["core", "create", "Namespace a"]);
  const [uri, options] = data.getTreeItem(nodes[0]).command!.arguments as [Uri, { selection: Range }];
  assert.deepEqual([uri.fsPath, options.selection.start.line, options.selection.start.character], [path.join(folder, "a.chasi"), 3, 2]);
});

test("a lens plans the module of its file, whichever is looked at", async () => {
  world.settings["chasi.server.path"] = writeProgram(JSON.stringify({ apiVersion: "chasi.dev/plan/v1", workspace: "bank", summary: {}, targets: [], operations: [], prunes: [] }));
  world.open(path.join(folder, "a.chasi"));
  await start();
  await run("chasi.plan", Uri.file(path.join(folder, "shop", "shop.chasi")).toString(), { line: 3, character: 7 });
  assert.deepEqual(words().slice(0, 2), ["plan", path.join(folder, "shop")]);
  assert.equal(words().includes("--target"), false);
  assert.equal(world.trees.get("chasi.planView")!.view.message, "bank: nothing to do");
  await run("chasi.plan");
  assert.deepEqual(words().slice(0, 2), ["plan", folder]);
});

test("a specification that is wrong has no plan but errors", async () => {
  world.settings["chasi.server.path"] = writeProgram(JSON.stringify({ diagnostics: [{ code: "CH2001", severity: "error", message: "no b" }] }), 1);
  world.open(path.join(folder, "a.chasi"));
  await start();
  await run("chasi.plan");
  assert.match(world.said[0]!, /CH2001: no b/);
});

test("a program that gives nothing has no plan, and the log says why", async () => {
  world.settings["chasi.server.path"] = writeProgram("", 1, "error[CH2001]: `b` is not known here");
  world.open(path.join(folder, "a.chasi"));
  await start();
  world.answer = "Show the Log";
  await run("chasi.plan");
  assert.ok(world.log.some((line) => line.includes("CH2001")));
  assert.deepEqual(world.shown, ["log"]);
});

test("the graph is an image in a page that runs nothing", async () => {
  world.settings["chasi.server.path"] = writeProgram("<svg><script>alert(1)</script></svg>");
  world.open(path.join(folder, "a.chasi"));
  await start();
  await run("chasi.graphPreview");
  assert.deepEqual(words(), ["graph", folder, "--format", "svg", "--color", "never"]);
  const { html } = world.panels[0]!.webview;
  assert.match(html, /default-src 'none'/);
  assert.ok(!html.includes("<script>") && html.includes(Buffer.from("<svg>").toString("base64").slice(0, 6)));
  writeProgram("", 1, "error[CH2001]: <b>");
  world.saved.fire(world.editor!.document);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.match(world.panels[0]!.webview.html, /error\[CH2001\]: &lt;b>/);
});

test("the error at the cursor is explained", async () => {
  world.settings["chasi.server.path"] = writeProgram("CH3002 (error): a field that the schema does not have");
  world.open(path.join(folder, "a.chasi"), "", new Position(2, 3));
  const wide = Object.assign(new Diagnostic(new Range(1, 0, 5, 0), "wide"), { code: "CH1001" });
  const narrow = Object.assign(new Diagnostic(new Range(2, 2, 2, 5), "narrow"), { code: { value: "CH3002" } });
  const other = Object.assign(new Diagnostic(new Range(2, 3, 2, 3), "of another tool"), { code: "no-foo" });
  world.diagnostics = [wide, other, narrow];
  await start();
  await run("chasi.explain");
  assert.deepEqual(words(), ["explain", "CH3002", "--color", "never"]);
  assert.match(world.documents.at(-1)!.text, /^CH3002/);
  world.diagnostics = [];
  await run("chasi.explain");
  assert.match(world.said.at(-1)!, /No error/);
});

test("tasks run the program with what is chosen, and report problems", async () => {
  world.settings["chasi.server.path"] = writeProgram("");
  world.settings["chasi.environment"] = "prod";
  await start();
  const provider = world.tasks.get("chasi")!;
  const made = provider.provideTasks();
  assert.deepEqual(made.map((t) => t.name), ["check", "test", "plan", "render"]);
  assert.deepEqual(made[0]!.execution.args, ["check", "--env", "prod"]);
  assert.equal(made[0]!.problemMatchers, "$chasic");
  const own = provider.resolveTask({ definition: { type: "chasi", command: "check", path: "shop", arguments: ["--deny-warnings"] }, scope: world.folders[0] })!;
  assert.deepEqual(own.execution.args, ["check", "shop", "--env", "prod", "--deny-warnings"]);
  assert.equal(provider.resolveTask({ definition: { type: "chasi", command: "destroy" } }), undefined);
});
