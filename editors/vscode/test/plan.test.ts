import assert from "node:assert/strict";
import { test } from "node:test";
import { changeText, Node, Operation, Plan, readPlan, refusalOf, summaryOf, treeOf } from "../src/plan";

const operation = (id: string, action: string, more: Partial<Operation> = {}): Operation => ({
  id, action, kind: "object", target: "core", object: { apiVersion: "v1", kind: "Service", namespace: "pay", name: id }, ...more,
});
const plan = (operations: Operation[], more: Partial<Plan> = {}): Plan => ({
  apiVersion: "chasi.dev/plan/v1", workspace: "bank", summary: {}, targets: [{ name: "core", context: "local" }], operations, prunes: [], ...more,
});
const labels = (nodes: Node[]): unknown[] => nodes.map((n) => (n.children.length ? [n.label, labels(n.children)] : n.label));

test("operations are grouped by target and action, and what is unchanged is counted only", () => {
  const tree = treeOf(plan([operation("a", "none"), operation("b", "update"), operation("c", "create")]));
  assert.deepEqual(labels(tree), [["core", [["create", ["Service pay/c"]], ["update", ["Service pay/b"]]]]]);
  assert.equal(tree[0]!.detail, "local, 1 unchanged");
});

test("what nothing declares any more is a deletion", () => {
  const tree = treeOf(plan([], { prunes: [{ target: "core", object: { apiVersion: "v1", kind: "Secret", name: "old" }, owner: "system.x" }] }));
  assert.deepEqual(labels(tree), [["core", [["delete", ["Secret old"]]]]]);
});

test("a cluster that is away is shown with the reason; an image needs no cluster", () => {
  const image: Operation = { id: "image.edge", kind: "image", action: "build" };
  const tree = treeOf(plan([image], { targets: [{ name: "core", context: "x", problem: { code: "CH8001", message: "does not answer" } }] }));
  assert.deepEqual(tree.map((n) => [n.label, n.icon, n.detail]), [["core", "problem", "does not answer"], ["(no cluster)", "target", ""]]);
});

test("fields say before and after; secrets say nothing", () => {
  assert.equal(changeText({ path: "spec.replicas", before: 1, after: 3 }), "1 → 3");
  assert.equal(changeText({ path: "x", after: { a: 1 }, manager: "hpa" }), 'absent → {"a":1} (of hpa)');
  assert.equal(changeText({ path: "x", before: "a", later: "Service/x" }), "a → known after Service/x");
  assert.equal(changeText({ path: "x", before: "hidden", after: "hidden", secret: true }), "a secret, kept back");
});

test("the summary names what there is", () => {
  assert.equal(summaryOf(plan([], { summary: { create: 2, update: 0, problems: 1, unchanged: 5 } })), "2 create, 1 problems");
  assert.equal(summaryOf(plan([])), "nothing to do");
});

test("another format is refused by its name", () => {
  assert.throws(() => readPlan('{"apiVersion":"chasi.dev/plan/v9"}'), /plan\/v9/);
});

test("a specification that is wrong gives its first error and how many there are", () => {
  const wrong = { diagnostics: [{ code: "CH9001", severity: "warning", message: "w" }, { code: "CH2001", severity: "error", message: "`b`" }, { code: "CH2002", severity: "error", message: "c" }] };
  assert.equal(refusalOf(JSON.stringify(wrong)), "CH2001: `b` (and 1 more)");
  assert.equal(refusalOf(JSON.stringify(plan([]))), undefined);
});
