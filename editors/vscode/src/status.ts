// In the status bar: whether the server runs, and the environment. A click chooses another one.
import * as vscode from "vscode";
import { Condition, Server } from "./server";
import { choice } from "./settings";

const SHOWN: Record<Condition, { icon: string; says: string }> = {
  stopped: { icon: "circle-slash", says: "The language server does not run." },
  starting: { icon: "sync~spin", says: "The language server starts." },
  running: { icon: "check", says: "The language server runs." },
  failed: { icon: "error", says: "The language server did not start; the log says why." },
};

export function registerStatus(server: Server): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("chasi.status", vscode.StatusBarAlignment.Left, 10);
  item.name = "chasi";
  const show = (): void => {
    const { icon, says } = SHOWN[server.condition];
    const { environment } = choice();
    item.text = `$(${icon}) chasi${environment ? `: ${environment}` : ""}`;
    item.tooltip = `${says} Environment: ${environment || "as the workspace says by itself"}.`;
    item.command = server.condition === "failed" ? "chasi.showLog" : "chasi.chooseEnvironment";
    const language = vscode.window.activeTextEditor?.document.languageId;
    if (language === "chasi") item.show();
    else item.hide();
  };
  show();
  return vscode.Disposable.from(
    item,
    server.onDidChangeCondition(show),
    vscode.window.onDidChangeActiveTextEditor(show),
    vscode.workspace.onDidChangeConfiguration((change) => change.affectsConfiguration("chasi") && show()),
  );
}
