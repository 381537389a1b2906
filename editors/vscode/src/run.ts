// Runs chasic once and gives what it wrote.
import { execFile } from "node:child_process";
import * as path from "node:path";
import * as vscode from "vscode";
import { choice, isFile, isLibrary, program, textOf } from "./settings";

export interface Outcome {
  code: number;
  out: string;
  err: string;
}

const LARGEST = 256 * 1024 * 1024; // a plan of some ten thousand objects

/** `problem` when there is no program. What is chosen is said by `chosenFlags`, where a command takes it. */
export function runChasic(words: string[], folder: string, token?: vscode.CancellationToken): Promise<Outcome | { problem: string }> {
  const found = program();
  if ("problem" in found) return Promise.resolve(found);
  return new Promise((resolve) => {
    const child = execFile(found.program, words, { cwd: folder, maxBuffer: LARGEST, windowsHide: true }, (error, out, err) => {
      const code = error ? (typeof error.code === "number" ? error.code : -1) : 0;
      resolve({ code, out, err: code === -1 ? `${err}${error?.message ?? ""}` : err });
    });
    child.stdin?.end();
    token?.onCancellationRequested(() => child.kill("SIGINT"));
  });
}

/** The flags of what is chosen. A parameters file is meant from the folder of the workspace. */
export function chosenFlags(folder: string): string[] {
  const { environment, parametersFile, parameters } = choice();
  const flags = environment === "" ? [] : ["--env", environment];
  if (parametersFile !== "") flags.push("--params", path.resolve(folder, parametersFile));
  return [...flags, ...Object.keys(parameters).sort().flatMap((name) => ["--set", `${name}=${textOf(parameters[name])}`])];
}

/** The folder that holds the module of a file; files of environments belong to the folder above theirs. */
export function moduleOf(file: string): string {
  const folder = path.dirname(file);
  return path.basename(folder) === "env" ? path.dirname(folder) : folder;
}

/** Where paths in plans start: the nearest folder above with a workspace file. */
export function rootOf(folder: string): string {
  for (let at = folder; ; at = path.dirname(at)) {
    if (isFile(path.join(at, "workspace.chasi"))) return at;
    if (path.dirname(at) === at) return folder;
  }
}

/** A .chasi file of the user's on disk. */
export function isOwn(document: vscode.TextDocument): boolean {
  return document.languageId === "chasi" && document.uri.scheme === "file" && !isLibrary(document.uri.fsPath);
}

/** The document that a command is about: the active one, when it is one of the user's. */
export function currentDocument(): vscode.TextDocument | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document && isOwn(document) ? document : undefined;
}

export function workspaceFolderOf(uri: vscode.Uri): string {
  return vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? moduleOf(uri.fsPath);
}
