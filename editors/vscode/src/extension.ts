// What is started when a .chasi file is opened: the server, and one file for each feature.
import * as vscode from "vscode";
import { registerEnvironments } from "./environment";
import { registerExplain } from "./explain";
import { registerGraph } from "./graph";
import { registerParameters } from "./parameters";
import { registerPlan } from "./planView";
import { registerReferences } from "./references";
import { registerRender } from "./render";
import { makeServer } from "./server";
import { registerStatus } from "./status";
import { registerTasks } from "./tasks";

/** What the server is told of while it runs. */
const CHOSEN = ["chasi.environment", "chasi.parametersFile", "chasi.parameters", "chasi.hints"];

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel("chasi");
  const server = makeServer(log);
  context.subscriptions.push(
    log,
    server,
    vscode.commands.registerCommand("chasi.restartServer", () => server.restart()),
    vscode.commands.registerCommand("chasi.showLog", () => log.show()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => server.start(true)),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration("chasi.server")) await server.restart();
      else if (CHOSEN.some((name) => change.affectsConfiguration(name))) await server.choose();
    }),
    registerEnvironments(server),
    registerExplain(),
    registerGraph(),
    registerParameters(server),
    registerPlan(log),
    registerReferences(),
    registerRender(server),
    registerStatus(server),
    registerTasks(),
  );
  // In a workspace without trust silence is right: nobody has asked for the server yet.
  await server.start(vscode.workspace.isTrusted);
}

export function deactivate(): void {
  // Everything is among the subscriptions.
}
