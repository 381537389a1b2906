// Values of parameters: chosen in the editor, kept as a setting, told to the server and to the program.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { activate } from "../src/extension";
import { choicesOf, typedOf } from "../src/parameters";
import { chosenFlags } from "../src/run";
import { answers, clients } from "./double/client";
import { Uri, world } from "./double/vscode";

const KNOWN = [
  { name: "env", type: '"dev" | "prod"', value: '"dev"', doc: "Where this is rolled out.\nMore of it." },
  { name: "release", type: "String", value: '"2026.11.2"' },
  { name: "size", type: "Int" },
  { name: "password", type: "Secret?" },
];
let subscriptions: { dispose(): unknown }[] = [];

const run = (): unknown => world.commands.get("chasi.chooseParameters")!();
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
/** Picks a line, and what is asked for then: another one, or a text. */
async function pick(line: string, then: { line?: string; typed?: string } = {}): Promise<void> {
  Object.assign(world, { answer: line, later: then.line, typed: then.typed });
  world.shown.length = 0;
  await run();
  await settled();
}

beforeEach(async () => {
  Object.assign(world, { trusted: true, settings: { "chasi.server.path": process.execPath }, userSettings: {}, documents: [], editor: undefined, answer: undefined, later: undefined, typed: undefined });
  for (const list of [world.said, world.shown, world.log, world.status, world.typing, clients]) list.length = 0;
  world.folders = [{ uri: Uri.file("/bank"), name: "bank", index: 0 }];
  answers.clear();
  answers.set("chasi/environments", () => ({ environments: ["dev"], chosen: "", parameters: KNOWN }));
  world.open("/bank/a.chasi");
  subscriptions = [];
  await activate({ subscriptions } as never);
});
afterEach(async () => {
  for (const s of subscriptions) s.dispose();
  await settled();
});

test("a text is typed without quotes, over the value that holds", async () => {
  await pick("release", { typed: "7" });
  assert.deepEqual(world.shown, ["env", "release", "size", "password"]);
  assert.deepEqual(world.typing, ["2026.11.2"]);
  assert.deepEqual(world.settings["chasi.parameters"], { release: "7" });
  assert.deepEqual(clients[0]!.sent.at(-1), ["workspace/didChangeConfiguration", { settings: { environment: "", parametersFile: "", parameters: { release: "7" }, hints: {} } }]);
  await pick("size", { typed: "" });
  assert.deepEqual(world.typing, ["2026.11.2", ""]);
  assert.deepEqual(world.settings["chasi.parameters"], { release: "7", size: "" });
  await pick("size"); // and the field is left
  assert.deepEqual(world.settings["chasi.parameters"], { release: "7", size: "" });
});

test("one of a few is picked", async () => {
  await pick("env", { line: "prod" });
  assert.deepEqual(world.shown.slice(4), ["dev", "prod"]);
  assert.deepEqual(world.settings["chasi.parameters"], { env: "prod" });
});

test("what is chosen is counted, and goes to the program as flags", async () => {
  world.set("chasi.parameters", { size: 3, release: "7" });
  world.set("chasi.environment", "prod");
  world.set("chasi.parametersFile", "p.yaml");
  assert.equal(world.status[0]!.text, "$(check) chasi: prod, 2 parameters");
  assert.match(world.status[0]!.tooltip!, /release = 7\nsize = 3$/);
  assert.deepEqual(chosenFlags("/bank"), ["--env", "prod", "--params", "/bank/p.yaml", "--set", "release=7", "--set", "size=3"]);
});

test("values are cleared one by one or all at once, also of parameters that are gone", async () => {
  world.set("chasi.parameters", { size: 3, release: "7", gone: true });
  await pick("$(discard) Clear gone");
  assert.deepEqual(world.settings["chasi.parameters"], { size: 3, release: "7" });
  await pick("$(clear-all) Clear All");
  assert.equal(world.settings["chasi.parameters"], undefined);
  assert.equal(world.status[0]!.text, "$(check) chasi");
  assert.deepEqual(clients[0]!.sent.at(-1), ["workspace/didChangeConfiguration", { settings: { environment: "", parametersFile: "", parameters: {}, hints: {} } }]);
});

test("what the user has set for all workspaces holds, and is neither copied nor cleared here", async () => {
  world.userSettings["chasi.parameters"] = { size: 9 };
  await pick("release", { typed: "7" });
  assert.ok(!world.shown.some((line) => line.includes("Clear")));
  assert.deepEqual(world.settings["chasi.parameters"], { release: "7" });
});

test("a secret does not become a setting", async () => {
  await pick("password", { typed: "hunter2" });
  assert.match(world.said.at(-1)!, /password is a secret/);
  assert.equal(world.settings["chasi.parameters"], undefined);
});

test("a server that does not tell of parameters, and a module without them", async () => {
  answers.set("chasi/environments", () => ({ environments: [] }));
  await run();
  assert.match(world.said.at(-1)!, /does not say which/);
  answers.set("chasi/environments", () => ({ environments: [], parameters: [] }));
  await run();
  assert.match(world.said.at(-1)!, /no parameters/);
});

test("types that leave a choice, and values as they are typed", () => {
  assert.deepEqual([choicesOf("Bool"), choicesOf('"a b" | 1'), choicesOf("String | Int"), choicesOf('"a | b"')], [["true", "false"], ["a b", "1"], undefined, undefined]);
  assert.deepEqual(['"a"', "3", "5Gi", '["a"]', '"aaaa…', undefined].map(typedOf), ["a", "3", "5Gi", '["a"]', "", ""]);
});
