// What the extension uses of the editor, by hand: values as the editor has them, and a record of what was asked of it.
import * as path from "node:path";

export class EventEmitter<T> {
  private readonly listeners = new Set<(value: T) => unknown>();
  readonly event = (listener: (value: T) => unknown): Disposable => {
    this.listeners.add(listener);
    return new Disposable(() => this.listeners.delete(listener));
  };
  fire(value: T): void {
    for (const listener of [...this.listeners]) listener(value);
  }
  dispose(): void {
    this.listeners.clear();
  }
}

export class Disposable {
  constructor(private readonly end: () => unknown) {}
  static from(...all: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => all.forEach((d) => d.dispose()));
  }
  dispose(): void {
    this.end();
  }
}

export class Uri {
  private constructor(readonly scheme: string, readonly path: string, readonly query: string) {}
  static file(name: string): Uri {
    return new Uri("file", name, "");
  }
  static from(parts: { scheme: string; path: string; query?: string }): Uri {
    return new Uri(parts.scheme, parts.path, parts.query ?? "");
  }
  static parse(text: string): Uri {
    const parts = /^([a-z-]+):(?:\/\/)?([^?]*)(?:\?(.*))?$/.exec(text);
    if (!parts) throw new Error(`no address: ${text}`);
    return new Uri(parts[1]!, decodeURIComponent(parts[2]!), decodeURIComponent(parts[3] ?? ""));
  }
  get fsPath(): string {
    return this.path;
  }
  toString(): string {
    return `${this.scheme}:${this.scheme === "file" ? "//" : ""}${this.path}${this.query ? `?${encodeURIComponent(this.query)}` : ""}`;
  }
}

export class Position {
  constructor(readonly line: number, readonly character: number) {}
}

export class Range {
  readonly start: Position;
  readonly end: Position;
  constructor(a: Position | number, b: Position | number, c?: number, d?: number) {
    this.start = typeof a === "number" ? new Position(a, b as number) : a;
    this.end = typeof a === "number" ? new Position(c!, d!) : (b as Position);
  }
  contains(p: Position): boolean {
    const after = p.line > this.start.line || (p.line === this.start.line && p.character >= this.start.character);
    return after && (p.line < this.end.line || (p.line === this.end.line && p.character <= this.end.character));
  }
}

export class Location {
  constructor(readonly uri: Uri, readonly range: Range) {}
}
export class Diagnostic {
  code?: string | number | { value: string };
  constructor(readonly range: Range, readonly message: string) {}
}
export class ThemeIcon {
  constructor(readonly id: string) {}
}
export class TreeItem {
  description?: string;
  tooltip?: string;
  iconPath?: ThemeIcon;
  command?: { command: string; arguments: unknown[] };
  constructor(readonly label: string, readonly collapsibleState: number) {}
}
export class ProcessExecution {
  constructor(readonly process: string, readonly args: string[], readonly options: { cwd: string }) {}
}
export class Task {
  group?: unknown;
  constructor(readonly definition: { type: string; command: string }, readonly scope: unknown, readonly name: string, readonly source: string,
    readonly execution: ProcessExecution, readonly problemMatchers: string) {}
}
export const TaskGroup = { Build: "build", Test: "test" };
export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 };
export const ViewColumn = { Beside: -2 };
export const StatusBarAlignment = { Left: 1 };
export const ProgressLocation = { Notification: 15 };
export const ConfigurationTarget = { Global: 1, Workspace: 2 };

export interface Document {
  uri: Uri;
  languageId: string;
  text: string;
}

/** What a test arranges and what it finds afterwards. */
export const world = {
  trusted: true,
  settings: {} as Record<string, unknown>,
  userSettings: {} as Record<string, unknown>,
  folders: [] as { uri: Uri; name: string; index: number }[],
  files: [] as Uri[],
  documents: [] as Document[],
  diagnostics: [] as Diagnostic[],
  editor: undefined as { document: Document; selection: { active: Position } } | undefined,
  answer: undefined as unknown, // to the next question: a button, or the label of a choice
  later: undefined as unknown, // to the one after it
  typed: undefined as string | undefined, // into the next field for a text
  typing: [] as string[], // what stood in such fields
  said: [] as string[],
  executed: [] as unknown[][],
  shown: [] as string[],
  log: [] as string[],
  commands: new Map<string, (...given: unknown[]) => unknown>(),
  providers: new Map<string, { provideTextDocumentContent(uri: Uri, token?: unknown): Promise<string> }>(),
  tasks: new Map<string, { provideTasks(): Task[]; resolveTask(task: unknown): Task | undefined }>(),
  trees: new Map<string, { view: { message?: string }; data: { getChildren(node?: unknown): unknown[]; getTreeItem(node: unknown): TreeItem } }>(),
  status: [] as { text: string; tooltip?: string; command?: string; visible: boolean }[],
  panels: [] as { webview: { html: string }; options: unknown }[],
  configured: new EventEmitter<{ affectsConfiguration(name: string): boolean }>(),
  granted: new EventEmitter<void>(),
  saved: new EventEmitter<Document>(),
  moved: new EventEmitter<{ textEditor: { document: Document; selection: { active: Position } } }>(),
  /** Sets a setting as its user would. */
  set(name: string, value: unknown): void {
    world.settings[name] = value;
    world.configured.fire({ affectsConfiguration: (asked) => name === asked || name.startsWith(`${asked}.`) });
  },
  open(name: string, text = "", at = new Position(0, 0)): Document {
    const document = { uri: Uri.file(name), languageId: path.extname(name) === ".chasi" ? "chasi" : "plaintext", text };
    world.documents.push(document);
    world.editor = { document, selection: { active: at } };
    return document;
  },
};

/** Nobody cancels anything. */
const patience = { isCancellationRequested: false, onCancellationRequested: () => new Disposable(() => undefined) };

const ask = (text: string): Promise<unknown> => {
  world.said.push(text);
  const answer = world.answer;
  world.answer = world.later;
  world.later = undefined;
  return Promise.resolve(answer);
};

export const commands = {
  registerCommand(name: string, run: (...given: unknown[]) => unknown): Disposable {
    if (world.commands.has(name)) throw new Error(`${name} is there already`);
    world.commands.set(name, run);
    return new Disposable(() => world.commands.delete(name));
  },
  async executeCommand(name: string, ...given: unknown[]): Promise<unknown> {
    world.executed.push([name, ...given]);
    return world.commands.get(name)?.(...given);
  },
};

export const workspace = {
  get isTrusted(): boolean {
    return world.trusted;
  },
  get workspaceFolders() {
    return world.folders.length ? world.folders : undefined;
  },
  get textDocuments() {
    return world.documents;
  },
  getConfiguration: (section: string) => ({
    get: (name: string, otherwise: unknown) => world.settings[`${section}.${name}`] ?? world.userSettings[`${section}.${name}`] ?? otherwise,
    inspect: (name: string) => ({ globalValue: world.userSettings[`${section}.${name}`], workspaceValue: world.settings[`${section}.${name}`] }),
    update: async (name: string, value: unknown) => world.set(`${section}.${name}`, value),
  }),
  getWorkspaceFolder: (uri: Uri) => world.folders.find((f) => uri.path.startsWith(`${f.uri.path}/`)),
  asRelativePath: (at: Uri | string) => path.basename(typeof at === "string" ? at : at.path),
  findFiles: async () => world.files,
  createFileSystemWatcher: () => new Disposable(() => undefined),
  onDidChangeConfiguration: world.configured.event,
  onDidGrantWorkspaceTrust: world.granted.event,
  onDidSaveTextDocument: world.saved.event,
  registerTextDocumentContentProvider(scheme: string, provider: never): Disposable {
    world.providers.set(scheme, provider);
    return new Disposable(() => world.providers.delete(scheme));
  },
  async openTextDocument(uri: Uri): Promise<Document> {
    const text = await world.providers.get(uri.scheme)!.provideTextDocumentContent(uri, patience);
    const document = { uri, languageId: "plaintext", text };
    world.documents.push(document);
    return document;
  },
};

export const window = {
  get activeTextEditor() {
    return world.editor;
  },
  createOutputChannel: () => ({ appendLine: (line: string) => world.log.push(line), show: () => world.shown.push("log"), dispose: () => undefined }),
  createStatusBarItem() {
    const item = { text: "", visible: false, show: () => (item.visible = true), hide: () => (item.visible = false), dispose: () => undefined };
    world.status.push(item);
    return item;
  },
  createTreeView(name: string, options: { treeDataProvider: never }) {
    const view = { message: undefined, dispose: () => undefined };
    world.trees.set(name, { view, data: options.treeDataProvider });
    return view;
  },
  createWebviewPanel(_type: string, _title: string, _column: unknown, options: unknown) {
    const panel = { webview: { html: "" }, options, reveal: () => undefined, onDidDispose: () => new Disposable(() => undefined), dispose: () => undefined };
    world.panels.push(panel);
    return panel;
  },
  showErrorMessage: ask,
  showInformationMessage: ask,
  async showQuickPick(items: (string | { label: string })[]): Promise<unknown> {
    const labelOf = (i: string | { label: string }): string => (typeof i === "string" ? i : i.label);
    world.shown.push(...items.map(labelOf));
    const wanted = await ask("pick");
    return items.find((i) => labelOf(i) === wanted);
  },
  async showInputBox(options: { value: string }): Promise<unknown> {
    world.typing.push(options.value);
    return world.typed;
  },
  async showTextDocument(document: Document): Promise<void> {
    world.shown.push(document.uri.toString());
  },
  withProgress: (_options: unknown, work: (progress: unknown, token: unknown) => Promise<void>) =>
    work({}, patience),
  onDidChangeActiveTextEditor: new EventEmitter<unknown>().event,
  onDidChangeTextEditorSelection: world.moved.event,
};

export const languages = {
  getDiagnostics: () => world.diagnostics,
  setTextDocumentLanguage: async (document: Document, languageId: string) => ({ ...document, languageId }),
};

export const tasks = {
  registerTaskProvider(type: string, provider: never): Disposable {
    world.tasks.set(type, provider);
    return new Disposable(() => world.tasks.delete(type));
  },
};
