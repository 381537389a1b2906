// Tasks for check, test, plan and render, with what is wrong in the list of problems.
import * as vscode from "vscode";
import { chosenFlags } from "./run";
import { program } from "./settings";

interface Definition extends vscode.TaskDefinition {
  command: string;
  path?: string;
  arguments?: string[];
}

export const COMMANDS = ["check", "test", "plan", "render"];

/** The words after `chasic`. */
export function wordsOf(definition: Definition, folder: string): string[] {
  return [definition.command, ...(definition.path ? [definition.path] : []), ...chosenFlags(folder), ...(definition.arguments ?? [])];
}

function taskOf(definition: Definition, scope: vscode.WorkspaceFolder): vscode.Task | undefined {
  const found = program();
  if ("problem" in found || !COMMANDS.includes(definition.command)) return undefined;
  const folder = scope.uri.fsPath;
  const run = new vscode.ProcessExecution(found.program, wordsOf(definition, folder), { cwd: folder });
  const task = new vscode.Task(definition, scope, definition.command, "chasi", run, "$chasic");
  if (definition.command === "check") task.group = vscode.TaskGroup.Build;
  if (definition.command === "test") task.group = vscode.TaskGroup.Test;
  return task;
}

export function registerTasks(): vscode.Disposable {
  return vscode.tasks.registerTaskProvider("chasi", {
    provideTasks() {
      const folders = vscode.workspace.workspaceFolders ?? [];
      return folders.flatMap((f) => COMMANDS.map((command) => taskOf({ type: "chasi", command }, f))).filter((t) => t !== undefined);
    },
    resolveTask(task) {
      const scope = typeof task.scope === "object" ? task.scope : vscode.workspace.workspaceFolders?.[0];
      return scope && taskOf(task.definition as Definition, scope);
    },
  });
}
