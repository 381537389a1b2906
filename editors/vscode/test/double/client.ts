// The client library, by hand: what the extension hands to it, and answers that a test arranges.

export const State = { Stopped: 1, Running: 2, Starting: 3 };

export const clients: LanguageClient[] = [];
export const answers = new Map<string, (params: unknown) => unknown>();
export const failing = { start: "" };

export class LanguageClient {
  readonly sent: [string, unknown][] = [];
  disposed = false;
  private readonly handlers = new Map<string, (params: unknown) => void>();
  private state: (change: { newState: number }) => void = () => undefined;

  constructor(readonly id: string, readonly name: string, readonly server: { command: string; args: string[] }, readonly options: { initializationOptions: unknown }) {
    clients.push(this);
  }
  onDidChangeState(listener: (change: { newState: number }) => void): void {
    this.state = listener;
  }
  onNotification(method: string, handler: (params: unknown) => void): void {
    this.handlers.set(method, handler);
  }
  notify(method: string, params: unknown): void {
    this.handlers.get(method)?.(params);
  }
  async start(): Promise<void> {
    this.state({ newState: State.Starting });
    if (failing.start) throw new Error(failing.start);
    this.state({ newState: State.Running });
  }
  async dispose(): Promise<void> {
    this.disposed = true;
    this.state({ newState: State.Stopped });
  }
  async sendRequest(method: string, params: unknown): Promise<unknown> {
    this.sent.push([method, params]);
    const answer = answers.get(method);
    if (!answer) throw Object.assign(new Error(`this server does not know ${method}`), { code: -32601 });
    return answer(params);
  }
  async sendNotification(method: string, params: unknown): Promise<void> {
    this.sent.push([method, params]);
  }
}
