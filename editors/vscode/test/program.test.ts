import assert from "node:assert/strict";
import { test } from "node:test";
import { expand, findProgram, Surroundings } from "../src/program";

const around = (files: string[], more: Partial<Surroundings> = {}): Surroundings => ({
  platform: "linux", variables: { PATH: "/a:/b:.:" }, home: "/users/me", workspace: "/ws", isFile: (name) => files.includes(name), ...more,
});

test("the setting counts before PATH", () => {
  assert.deepEqual(findProgram("/x/chasic", around(["/x/chasic", "/a/chasic"])), { program: "/x/chasic" });
});

test("a setting that names nothing is not replaced by what PATH has", () => {
  assert.match((findProgram("/x/chasic", around(["/a/chasic"])) as { problem: string }).problem, /\/x\/chasic/);
});

test("PATH is searched in its order, and never the folder one happens to be in", () => {
  assert.deepEqual(findProgram("", around(["/b/chasic", "chasic"])), { program: "/b/chasic" });
  assert.ok("problem" in findProgram("", around(["chasic", "./chasic"])));
});

test("a name alone is looked up on PATH", () => {
  assert.deepEqual(findProgram("chasic-next", around(["/b/chasic-next", "/a/chasic"])), { program: "/b/chasic-next" });
});

test("home and workspace are replaced", () => {
  assert.equal(expand("~/bin/chasic", around([])), "/users/me/bin/chasic");
  assert.equal(expand("${workspaceFolder}/bin/chasic", around([])), "/ws/bin/chasic");
  assert.equal(expand("a~b", around([])), "a~b");
});
