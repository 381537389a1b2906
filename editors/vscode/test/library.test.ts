// Files of the standard library are shown by the server that is there, and no command is about them.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { activate } from "../src/extension";
import { isLibrary } from "../src/settings";
import { answers, clients } from "./double/client";
import { Uri, world } from "./double/vscode";

let folder = "";
let library = "";
let subscriptions: { dispose(): unknown }[] = [];
const run = (name: string): unknown => world.commands.get(name)!();

function write(name: string, mode: number): string {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, "", { mode });
  return file;
}

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "chasi-library-"));
  library = write("cache/chasi/1.0-ab12/std/core/tenant.chasi", 0o444);
  Object.assign(world, { trusted: true, settings: { "chasi.server.path": process.execPath }, userSettings: {}, documents: [], editor: undefined, answer: undefined, later: undefined });
  for (const list of [world.said, world.shown, world.log, world.status, world.panels, clients]) list.length = 0;
  world.folders = [{ uri: Uri.file(path.join(folder, "bank")), name: "bank", index: 0 }];
  answers.clear();
  subscriptions = [];
  world.open(path.join(folder, "bank", "a.chasi"));
  await activate({ subscriptions } as never);
  world.open(library);
});
afterEach(() => {
  for (const s of subscriptions) s.dispose();
  fs.rmSync(folder, { recursive: true });
});

test("nothing is planned, drawn, rendered and chosen of it, and there is one server", async () => {
  for (const command of ["chasi.plan", "chasi.graphPreview", "chasi.renderPreview", "chasi.chooseParameters"]) await run(command);
  assert.equal(world.said.length, 4);
  for (const said of world.said) assert.match(said, /^Open a \.chasi file of your own /);
  assert.equal(world.panels.length, 0);
  assert.equal(clients.length, 1);
  assert.deepEqual(clients[0]!.sent, []);
});

test("environments are those of the module that is open beside it", async () => {
  answers.set("chasi/environments", () => ({ environments: ["dev"], chosen: "" }));
  await run("chasi.chooseEnvironment");
  assert.deepEqual(clients[0]!.sent, [["chasi/environments", { textDocument: { uri: Uri.file(path.join(folder, "bank", "a.chasi")).toString() } }]]);
  assert.deepEqual(world.shown, ["(none)", "dev"]);
});

test("what may be written is none of the library, whatever its folders are called", () => {
  assert.ok(isLibrary(library));
  assert.ok(!isLibrary(write("chasi/prod/std/a.chasi", 0o644)));
  assert.ok(!isLibrary(write("std/a.chasi", 0o444)));
});
