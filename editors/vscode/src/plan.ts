// A plan as a tree: targets, actions, operations, changed fields. Nothing of the editor in here.

export interface Source {
  file: string;
  line: number;
  column: number;
}
export interface Change {
  path: string;
  before?: unknown;
  after?: unknown;
  manager?: string;
  secret?: boolean;
  later?: string;
}
interface Named {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
}
interface Problem {
  code: string;
  message: string;
  hint?: string;
}
export interface Operation {
  id: string;
  kind: string;
  action: string;
  owner?: string;
  target?: string;
  object?: Named;
  source?: Source;
  reason?: string;
  lost?: string;
  changes?: Change[];
  problem?: Problem;
  leftOut?: string;
}
export interface Plan {
  apiVersion: string;
  workspace: string;
  environment?: string;
  offline?: boolean;
  summary: Record<string, number>;
  targets: { name: string; context: string; problem?: Problem; source?: Source }[];
  operations: Operation[];
  prunes: { target: string; object: Named; owner?: string; leftOut?: string }[];
}

export type Icon = "target" | "create" | "update" | "replace" | "delete" | "build" | "unknown" | "problem" | "field";

export interface Node {
  label: string;
  detail: string;
  icon: Icon;
  source?: Source;
  children: Node[];
}

const FORMAT = "chasi.dev/plan/v1";
const ACTIONS = ["create", "update", "replace", "build", "delete", "unknown"] as const;
const NOWHERE = "(no cluster)"; // images are built on this machine

export function readPlan(text: string): Plan {
  const plan = JSON.parse(text) as Plan;
  if (plan.apiVersion !== FORMAT) throw new Error(`the plan is of the format ${String(plan.apiVersion)}, and this extension reads ${FORMAT}`);
  return plan;
}

/** What the program says instead of a plan when the specification is wrong: its first error, and how many there are. */
export function refusalOf(text: string): string | undefined {
  const { diagnostics } = JSON.parse(text) as { diagnostics?: { code: string; severity: string; message: string }[] };
  const errors = (diagnostics ?? []).filter((d) => d.severity === "error");
  if (!errors[0]) return undefined;
  return `${errors[0].code}: ${errors[0].message}${errors.length > 1 ? ` (and ${errors.length - 1} more)` : ""}`;
}

/** What a person reads first, such as "2 create, 1 update". */
export function summaryOf(plan: Plan): string {
  const counted = [...ACTIONS, "problems" as const].filter((a) => plan.summary[a]).map((a) => `${plan.summary[a]} ${a}`);
  return counted.length ? counted.join(", ") : "nothing to do";
}

export function treeOf(plan: Plan): Node[] {
  const names = [...plan.targets.map((t) => t.name), ...(plan.operations.some((o) => !o.target) ? [NOWHERE] : [])];
  return names.map((name) => targetNode(plan, name)).filter((n) => n.children.length > 0 || n.icon === "problem");
}

function targetNode(plan: Plan, name: string): Node {
  const target = plan.targets.find((t) => t.name === name);
  const operations = plan.operations.filter((o) => (o.target ?? NOWHERE) === name);
  const children = ACTIONS.map((action) => actionNode(action, operations, action === "delete" ? plan.prunes.filter((p) => p.target === name) : []));
  const unchanged = operations.filter((o) => o.action === "none").length;
  const detail = [target?.context, unchanged ? `${unchanged} unchanged` : ""].filter(Boolean).join(", ");
  if (target?.problem) return { label: name, detail: target.problem.message, icon: "problem", source: target.source, children: children.filter((c) => c.children.length) };
  return { label: name, detail, icon: "target", source: target?.source, children: children.filter((c) => c.children.length) };
}

function actionNode(action: Icon, operations: Operation[], prunes: Plan["prunes"]): Node {
  const children = operations.filter((o) => o.action === action).map((o) => operationNode(o, action));
  for (const p of prunes) children.push({ label: nameOf(p.object), detail: p.leftOut ?? p.owner ?? "", icon: "delete", children: [] });
  return { label: action, detail: String(children.length), icon: action, children };
}

function operationNode(operation: Operation, icon: Icon): Node {
  const detail = [operation.owner, operation.leftOut ?? operation.problem?.message ?? operation.reason, operation.lost && `lost: ${operation.lost}`];
  return {
    label: operation.object ? nameOf(operation.object) : operation.id,
    detail: detail.filter(Boolean).join(" · "),
    icon: operation.problem ? "problem" : icon,
    source: operation.source,
    children: (operation.changes ?? []).map((c) => ({ label: c.path, detail: changeText(c), icon: "field" as const, source: operation.source, children: [] })),
  };
}

function nameOf(object: Named): string {
  return `${object.kind} ${object.namespace ? `${object.namespace}/` : ""}${object.name}`;
}

export function changeText(change: Change): string {
  if (change.secret) return "a secret, kept back";
  const shown = (value: unknown): string => (value === undefined ? "absent" : typeof value === "string" ? value : JSON.stringify(value));
  const after = change.later !== undefined ? `known after ${change.later}` : shown(change.after);
  return `${shown(change.before)} → ${after}${change.manager ? ` (of ${change.manager})` : ""}`;
}
