// The graph of the operations as a picture that follows what is saved.
import * as vscode from "vscode";
import { chosenFlags, currentDocument, moduleOf, runChasic, workspaceFolderOf } from "./run";
import { sayProblem } from "./settings";

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** The picture stands in the page as an image: nothing in it can run. */
export function page(svg: string): string {
  const data = Buffer.from(svg, "utf8").toString("base64");
  return `<!DOCTYPE html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<style>body { background: #fff; } img { max-width: none; }</style></head>
<body><img alt="the graph of the operations" src="data:image/svg+xml;base64,${data}"></body></html>`;
}

export function problemPage(text: string): string {
  return `<!DOCTYPE html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'"></head><body><pre>${escaped(text)}</pre></body></html>`;
}

export function registerGraph(): vscode.Disposable {
  let panel: vscode.WebviewPanel | undefined;
  let about: vscode.Uri | undefined;
  let newest = 0;

  const draw = async (): Promise<void> => {
    if (!panel || !about) return;
    const turn = ++newest;
    const folder = workspaceFolderOf(about);
    const done = await runChasic(["graph", moduleOf(about.fsPath), "--format", "svg", "--color", "never", ...chosenFlags(folder)], folder);
    if (turn !== newest || !panel) return; // a later one is on its way, or nobody looks any more
    if ("problem" in done) return sayProblem(done.problem);
    panel.webview.html = done.code === 0 ? page(done.out) : problemPage(done.err);
  };
  return vscode.Disposable.from(
    new vscode.Disposable(() => panel?.dispose()),
    vscode.workspace.onDidSaveTextDocument((document) => document.languageId === "chasi" && draw()),
    vscode.commands.registerCommand("chasi.graphPreview", async () => {
      const document = currentDocument();
      if (!document) return void vscode.window.showInformationMessage("Open a .chasi file of your own to see the graph of its module.");
      about = document.uri;
      if (!panel) {
        panel = vscode.window.createWebviewPanel("chasi.graph", "chasi: Graph", vscode.ViewColumn.Beside, { enableScripts: false });
        panel.onDidDispose(() => (panel = undefined));
      } else {
        panel.reveal(undefined, true);
      }
      return draw();
    }),
  );
}
