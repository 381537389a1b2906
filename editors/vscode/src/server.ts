// The language server's process and the client that speaks with it.
import * as vscode from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions, State } from "vscode-languageclient/node";
import { program, sayProblem, serverArguments, serverChoice } from "./settings";

export type Condition = "stopped" | "starting" | "running" | "failed";

/** What features ask of the server; they see nothing of the client library. */
export interface Server extends vscode.Disposable {
  readonly condition: Condition;
  readonly onDidChangeCondition: vscode.Event<Condition>;
  readonly onRenderChanged: vscode.Event<string>;
  request<R>(method: string, params: unknown): Promise<R>;
  start(sayWhy: boolean): Promise<void>;
  restart(): Promise<void>;
  choose(): Promise<void>;
}

export function makeServer(log: vscode.OutputChannel): Server {
  const conditions = new vscode.EventEmitter<Condition>();
  const rendered = new vscode.EventEmitter<string>();
  let client: LanguageClient | undefined;
  let condition: Condition = "stopped";
  let turn: Promise<void> = Promise.resolve(); // starts and stops wait for each other

  const become = (next: Condition): void => {
    condition = next;
    conditions.fire(next);
  };

  const begin = async (sayWhy: boolean): Promise<void> => {
    if (client) return;
    const found = program();
    if ("problem" in found) {
      log.appendLine(found.problem);
      become("failed");
      if (sayWhy) void sayProblem(found.problem);
      return;
    }
    const started = newClient(found.program, log);
    client = started;
    started.onDidChangeState(({ newState }) => {
      if (client === started) become(newState === State.Running ? "running" : newState === State.Starting ? "starting" : "stopped");
    });
    started.onNotification("chasi/renderChanged", (about: { uri: string }) => rendered.fire(about.uri));
    become("starting");
    try {
      await started.start();
    } catch (error) {
      client = undefined;
      log.appendLine(`The language server did not start: ${String(error)}`);
      become("failed");
      if (sayWhy) void sayProblem(`${found.program} did not start as a language server: ${String(error)}`);
    }
  };

  const end = async (): Promise<void> => {
    const old = client;
    client = undefined;
    if (!old) return;
    await old.dispose().catch((error: unknown) => log.appendLine(`The language server did not stop: ${String(error)}`));
    become("stopped");
  };

  const queue = (work: () => Promise<void>): Promise<void> => (turn = turn.catch(() => undefined).then(work));

  return {
    get condition() {
      return condition;
    },
    onDidChangeCondition: conditions.event,
    onRenderChanged: rendered.event,
    async request<R>(method: string, params: unknown): Promise<R> {
      await turn.catch(() => undefined);
      if (!client) throw new Error("the language server does not run");
      return client.sendRequest<R>(method, params);
    },
    start: (sayWhy) => queue(() => begin(sayWhy)),
    restart: () => queue(async () => (await end(), begin(true))),
    choose: () => queue(async () => client?.sendNotification("workspace/didChangeConfiguration", { settings: serverChoice() })),
    dispose() {
      void queue(end).then(() => (conditions.dispose(), rendered.dispose()));
    },
  };
}

function newClient(command: string, log: vscode.OutputChannel): LanguageClient {
  const server: ServerOptions = { command, args: serverArguments(), options: { cwd: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath } };
  const options: LanguageClientOptions = {
    documentSelector: [{ scheme: "file", language: "chasi" }, { scheme: "untitled", language: "chasi" }],
    initializationOptions: serverChoice(),
    outputChannel: log,
    traceOutputChannel: log,
  };
  return new LanguageClient("chasi", "chasi", server, options);
}
