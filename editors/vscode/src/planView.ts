// Runs `chasic plan` and shows the result as a tree; a click goes to the line that an operation comes from.
import * as path from "node:path";
import * as vscode from "vscode";
import { Icon, Node, readPlan, refusalOf, summaryOf, treeOf } from "./plan";
import { chosenFlags, currentDocument, moduleOf, rootOf, runChasic, workspaceFolderOf } from "./run";
import { planArguments, planOffline, sayProblem } from "./settings";

const ICONS: Record<Icon, string> = {
  target: "server-environment", create: "diff-added", update: "diff-modified", replace: "diff-renamed", delete: "diff-removed",
  build: "package", unknown: "question", problem: "warning", field: "symbol-field",
};

/** Where a node's line is, in the workspace that the plan is of. */
export function placeOf(node: Node, root: string): { file: string; line: number; column: number } | undefined {
  if (!node.source) return undefined;
  return { file: path.resolve(root, node.source.file), line: node.source.line - 1, column: node.source.column - 1 };
}

function itemOf(node: Node, root: string): vscode.TreeItem {
  const open = node.icon === "target" || node.icon === "problem" ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
  const item = new vscode.TreeItem(node.label, node.children.length ? open : vscode.TreeItemCollapsibleState.None);
  item.description = node.detail;
  item.tooltip = node.detail ? `${node.label}\n${node.detail}` : node.label;
  item.iconPath = new vscode.ThemeIcon(ICONS[node.icon]);
  const place = placeOf(node, root);
  if (place) {
    const at = new vscode.Position(Math.max(place.line, 0), Math.max(place.column, 0));
    item.command = { command: "vscode.open", title: "Open the Source", arguments: [vscode.Uri.file(place.file), { selection: new vscode.Range(at, at) }] };
  }
  return item;
}

export function registerPlan(log: vscode.OutputChannel): vscode.Disposable {
  const changed = new vscode.EventEmitter<undefined>();
  let nodes: Node[] = [];
  let root = ".";
  let last: vscode.Uri | undefined;
  const view = vscode.window.createTreeView<Node>("chasi.planView", {
    showCollapseAll: true,
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: (node) => node?.children ?? nodes,
      getTreeItem: (node) => itemOf(node, root),
    },
  });

  const plan = async (uri: vscode.Uri, token: vscode.CancellationToken): Promise<void> => {
    const folder = workspaceFolderOf(uri);
    const module = moduleOf(uri.fsPath);
    const words = ["plan", module, "--format", "json", "--color", "never", ...chosenFlags(folder), ...(planOffline() ? ["--offline"] : []), ...planArguments()];
    const done = await runChasic(words, folder, token);
    if (token.isCancellationRequested) return;
    if ("problem" in done) return sayProblem(done.problem);
    log.appendLine(`chasic ${words.join(" ")}: exit ${done.code}`);
    // A plan that leaves a cluster out because it is away is a plan still.
    if (done.out.trim() === "") {
      log.appendLine(done.err);
      if ((await vscode.window.showErrorMessage("chasi: there is no plan; the log says why.", "Show the Log")) !== undefined) log.show();
      return;
    }
    const refusal = refusalOf(done.out);
    if (refusal) return void vscode.window.showErrorMessage(`chasi: the specification is wrong, so there is no plan. ${refusal}`);
    const made = readPlan(done.out);
    nodes = treeOf(made);
    root = rootOf(module);
    view.message = `${made.workspace}${made.environment ? ` (${made.environment})` : ""}: ${summaryOf(made)}${made.offline ? ", compared with nothing" : ""}`;
    changed.fire(undefined);
    await vscode.commands.executeCommand("setContext", "chasi.hasPlan", true);
    await vscode.commands.executeCommand("chasi.planView.focus");
  };

  // A code lens gives the document, and a place in it that is not needed: a plan is one of a module. The palette and the view give neither.
  const command = vscode.commands.registerCommand("chasi.plan", async (given?: unknown) => {
    if (!vscode.workspace.isTrusted) return void vscode.window.showErrorMessage("chasi: a plan reads clusters, so it waits until this workspace is trusted.");
    const uri = typeof given === "string" ? vscode.Uri.parse(given) : (currentDocument()?.uri ?? last);
    if (!uri) return void vscode.window.showInformationMessage("Open a .chasi file of your own to plan its module.");
    last = uri;
    const title = "chasi: planning";
    try {
      await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, (_, token) => plan(uri, token));
    } catch (error) {
      void vscode.window.showErrorMessage(`chasi: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  return vscode.Disposable.from(view, changed, command);
}
