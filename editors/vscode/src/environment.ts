// Chooses the environment: the server knows which there are, and says which one holds when none is chosen.
import * as path from "node:path";
import * as vscode from "vscode";
import { currentDocument, isOwn } from "./run";
import { Server } from "./server";
import { choice, chooseEnvironment } from "./settings";

interface Environment {
  name: string;
  file?: string;
}
/** Of the module; `value` is the one that holds, as JSON. Older servers tell of none. */
export interface Parameter {
  name: string;
  type: string;
  value?: string;
  doc?: string;
}
interface Environments {
  environments: Environment[];
  chosen?: string;
  parameters?: Parameter[];
}

const NO_SUCH_METHOD = -32601; // JSON-RPC

export function registerEnvironments(server: Server): vscode.Disposable {
  return vscode.commands.registerCommand("chasi.chooseEnvironment", async () => {
    const known = await environments(server);
    if (known.environments.length === 0) {
      void vscode.window.showInformationMessage("This workspace has no environments: there is no file env/NAME.chasi.");
      return;
    }
    const current = choice().environment || known.chosen || "";
    const none = { label: "(none)", description: "as the workspace says by itself", name: "" };
    const items = [none, ...known.environments.map((e) => ({ label: e.name, description: `${shown(e.file)}${e.name === current ? " (chosen)" : ""}`.trim(), name: e.name }))];
    const picked = await vscode.window.showQuickPick(items, { title: "chasi: environment", matchOnDescription: true });
    if (picked) await chooseEnvironment(picked.name);
  });
}

function shown(file: string | undefined): string {
  if (file === undefined) return "";
  return vscode.workspace.asRelativePath(file.startsWith("file:") ? vscode.Uri.parse(file) : file);
}

/** Of the server; of the files when it is one that cannot be asked, or does not run. */
export async function environments(server: Server): Promise<Environments> {
  try {
    if (server.condition === "running") {
      const document = currentDocument() ?? vscode.workspace.textDocuments.find(isOwn);
      const answer = await server.request<Omit<Environments, "environments"> & { environments: (string | Environment)[] }>(
        "chasi/environments", document ? { textDocument: { uri: document.uri.toString() } } : {});
      return { ...answer, environments: answer.environments.map((e) => (typeof e === "string" ? { name: e } : e)) };
    }
  } catch (error) {
    if ((error as { code?: number }).code !== NO_SUCH_METHOD) throw error;
  }
  const files = await vscode.workspace.findFiles("**/env/*.chasi", "**/vendor/**");
  const named = files.map((uri) => ({ name: path.basename(uri.fsPath, ".chasi"), file: uri.fsPath }));
  const first = new Map(named.map((e) => [e.name, e])); // several modules may have one of the same name
  return { environments: [...first.values()].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}
