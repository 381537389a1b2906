// In the status bar: whether the server runs, the environment, and how many parameters have a value. A click chooses another one.
import * as vscode from "vscode";
import { Condition, Server } from "./server";
import { choice, textOf } from "./settings";

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
    const { environment, parameters } = choice();
    const set = Object.keys(parameters).sort();
    const chosen = [environment, set.length ? `${set.length} parameter${set.length > 1 ? "s" : ""}` : ""].filter(Boolean).join(", ");
    item.text = `$(${icon}) chasi${chosen ? `: ${chosen}` : ""}`;
    const values = set.map((name) => `\n${name} = ${textOf(parameters[name])}`).join("");
    item.tooltip = `${says} Environment: ${environment || "as the workspace says by itself"}.${values && ` Parameters:${values}`}`;
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
