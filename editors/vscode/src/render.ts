// The Kubernetes objects of the declaration at the cursor, as a document that follows cursor and text.
import * as path from "node:path";
import * as vscode from "vscode";
import { currentDocument } from "./run";
import { Server } from "./server";

const SCHEME = "chasi-render";
const PAUSE = 200; // milliseconds after the last movement of the cursor

interface Rendered {
  yaml: string;
  version?: number;
}

/** One preview a source document; its source is in the query. */
function previewOf(source: vscode.Uri): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${path.basename(source.path, ".chasi")}.yaml`, query: source.toString() });
}

export function registerRender(server: Server): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const places = new Map<string, vscode.Position>(); // source → where the cursor is in it
  let pause: NodeJS.Timeout | undefined;

  const open = (source: string): boolean => vscode.workspace.textDocuments.some((d) => d.uri.scheme === SCHEME && d.uri.query === source);
  const again = (source: string): void => {
    if (open(source)) changed.fire(previewOf(vscode.Uri.parse(source)));
  };
  const provider: vscode.TextDocumentContentProvider = {
    onDidChange: changed.event,
    async provideTextDocumentContent(uri) {
      try {
        const position = places.get(uri.query);
        const about = { textDocument: { uri: uri.query }, ...(position ? { position: { line: position.line, character: position.character } } : {}) };
        return (await server.request<Rendered>("chasi/render", about)).yaml;
      } catch (error) {
        return `# Nothing is rendered: ${error instanceof Error ? error.message : String(error)}\n`.replaceAll(/\n(?=.)/g, "\n# ");
      }
    },
  };
  const show = async (source: vscode.Uri, place?: vscode.Position): Promise<void> => {
    if (place) places.set(source.toString(), place);
    const target = previewOf(source);
    again(source.toString());
    const document = await vscode.languages.setTextDocumentLanguage(await vscode.workspace.openTextDocument(target), "yaml");
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: true });
  };

  return vscode.Disposable.from(
    changed,
    new vscode.Disposable(() => clearTimeout(pause)),
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, provider),
    server.onRenderChanged(again),
    // A server that has just started may be another one, with another environment.
    server.onDidChangeCondition((now) => now === "running" && vscode.workspace.textDocuments.filter((d) => d.uri.scheme === SCHEME).forEach((d) => changed.fire(d.uri))),
    vscode.window.onDidChangeTextEditorSelection((moved) => {
      const source = moved.textEditor.document.uri.toString();
      if (moved.textEditor.document.languageId !== "chasi" || !open(source)) return;
      places.set(source, moved.textEditor.selection.active);
      clearTimeout(pause);
      pause = setTimeout(() => again(source), PAUSE);
    }),
    vscode.commands.registerCommand("chasi.renderPreview", async () => {
      const document = currentDocument();
      if (document) await show(document.uri, vscode.window.activeTextEditor?.selection.active);
      else void vscode.window.showInformationMessage("Open a .chasi file of your own to see what is rendered of it.");
    }),
    // Of a code lens: the document, and where its declaration begins.
    vscode.commands.registerCommand("chasi.render", (uri: string, place?: { line: number; character: number }) =>
      show(vscode.Uri.parse(uri), place && new vscode.Position(place.line, place.character))),
  );
}
