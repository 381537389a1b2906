// The settings, read anew each time, and what they say of the program.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import { findProgram, Found } from "./program";

export type Values = Record<string, unknown>;
export interface Choice {
  environment: string;
  parametersFile: string;
  parameters: Values; // win over the file
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
  return { environment: read("environment", ""), parametersFile: read("parametersFile", ""), parameters: read<Values>("parameters", {}) };
}

/** The same for the server, which takes the whole name of a file; and which hints it gives beside the text. */
export function serverChoice(): Choice & { hints: Values } {
  const { parametersFile, ...others } = choice();
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? ".";
  return { ...others, parametersFile: parametersFile && path.resolve(folder, parametersFile), hints: read<Values>("hints", {}) };
}

export function planOffline(): boolean {
  return read("plan.offline", false);
}

export function planArguments(): string[] {
  return read<string[]>("plan.arguments", []);
}

/** A value as it is written behind `--set NAME=`. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The choice is one for the workspace, where there is one. */
function target(): vscode.ConfigurationTarget {
  return vscode.workspace.workspaceFolders ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
}

export async function chooseEnvironment(name: string): Promise<void> {
  await vscode.workspace.getConfiguration("chasi").update("environment", name, target());
}

/** Those chosen for the workspace itself. The editor adds what is set elsewhere, which cannot be taken back from here. */
export function ownParameters(): Values {
  const kept = vscode.workspace.getConfiguration("chasi").inspect<Values>("parameters");
  return (vscode.workspace.workspaceFolders ? kept?.workspaceValue : kept?.globalValue) ?? {};
}

export async function chooseParameters(values: Values): Promise<void> {
  await vscode.workspace.getConfiguration("chasi").update("parameters", Object.keys(values).length > 0 ? values : undefined, target());
}

export function isFile(name: string): boolean {
  try {
    return fs.statSync(name).isFile();
  } catch {
    return false; // not there, or not to be looked at: either way it is not the program
  }
}

/** A file of the standard library: the server keeps read-only copies in the user's cache folder, chasi/VERSION/std/. No module of the user's has it. */
export function isLibrary(file: string): boolean {
  if (!/[\\/]chasi[\\/][^\\/]+[\\/]std[\\/]/.test(file)) return false;
  try {
    return (fs.statSync(file).mode & 0o222) === 0;
  } catch {
    return true; // the cache was emptied meanwhile
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
