// The settings, read anew each time, and what they say of the program.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import { findProgram, Found } from "./program";

export interface Choice {
  environment: string;
  parameters: string;
}

function read<T>(name: string, otherwise: T): T {
  return vscode.workspace.getConfiguration("chasi").get<T>(name, otherwise);
}

/** In a workspace that is not trusted only what the user has set for all workspaces counts. */
export function serverPath(): string {
  if (vscode.workspace.isTrusted) return read("server.path", "");
  return vscode.workspace.getConfiguration("chasi").inspect<string>("server.path")?.globalValue ?? "";
}

export function serverArguments(): string[] {
  return read("server.arguments", ["lsp"]);
}

export function choice(): Choice {
  return { environment: read("environment", ""), parameters: read("parametersFile", "") };
}

/** The same for the server, which takes parameters as values: what a JSON file holds. `problem` says why a file gives none. */
export function serverChoice(): { environment: string; parameters: Record<string, unknown>; problem?: string } {
  const { environment, parameters: file } = choice();
  if (file === "") return { environment, parameters: {} };
  const name = path.resolve(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? ".", file);
  try {
    const read: unknown = JSON.parse(fs.readFileSync(name, "utf8"));
    if (typeof read === "object" && read !== null && !Array.isArray(read)) return { environment, parameters: read as Record<string, unknown> };
    return { environment, parameters: {}, problem: `${name} holds no parameters: it is no JSON object` };
  } catch (error) {
    // A YAML file is right for plans and tasks; the editor has no reader for it.
    return { environment, parameters: {}, problem: `the language server gets no parameters of ${name}: ${String(error)}` };
  }
}

export function planOffline(): boolean {
  return read("plan.offline", false);
}

export function planArguments(): string[] {
  return read<string[]>("plan.arguments", []);
}

export async function chooseEnvironment(name: string): Promise<void> {
  const where = vscode.workspace.workspaceFolders ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await vscode.workspace.getConfiguration("chasi").update("environment", name, where);
}

export function isFile(name: string): boolean {
  try {
    return fs.statSync(name).isFile();
  } catch {
    return false; // not there, or not to be looked at: either way it is not the program
  }
}

/** The program; not in a workspace without trust, unless the user has named one. */
export function program(): Found {
  const setting = serverPath();
  if (!vscode.workspace.isTrusted && setting === "") {
    return { problem: "This workspace is not trusted: chasic is started only when chasi.server.path of your user settings names it." };
  }
  const workspace = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  return findProgram(setting, { platform: process.platform, variables: process.env, home: os.homedir(), workspace, isFile });
}

/** Says what is wrong, with a button that leads to the setting. */
export async function sayProblem(problem: string): Promise<void> {
  const open = "Open the Setting";
  if ((await vscode.window.showErrorMessage(problem, open)) === open) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "chasi.server.path");
  }
}
