// `chasic explain CODE` for what is wrong at the cursor, as a document beside.
import * as vscode from "vscode";
import { runChasic } from "./run";
import { program, sayProblem } from "./settings";

const SCHEME = "chasi-explain";
const CODE = /^CH[0-9]{4}$/;

/** The code of a diagnostic of ours; what others report is none. */
export function codeOf(diagnostic: vscode.Diagnostic): string | undefined {
  const code = typeof diagnostic.code === "object" ? diagnostic.code.value : diagnostic.code;
  return typeof code === "string" && CODE.test(code) ? code : undefined;
}

/** The code at a place; the narrowest range counts when several cover it, and the line's only one when none does. */
export function codeAt(diagnostics: readonly vscode.Diagnostic[], place: vscode.Position): string | undefined {
  const size = (r: vscode.Range): number => (r.end.line - r.start.line) * 10_000 + r.end.character - r.start.character;
  const ours = diagnostics.filter((d) => codeOf(d) !== undefined);
  const [narrow] = ours.filter((d) => d.range.contains(place)).sort((a, b) => size(a.range) - size(b.range));
  if (narrow) return codeOf(narrow);
  const codes = new Set(ours.filter((d) => d.range.start.line === place.line).map(codeOf));
  return codes.size === 1 ? [...codes][0] : undefined;
}

export function registerExplain(): vscode.Disposable {
  const provider: vscode.TextDocumentContentProvider = {
    async provideTextDocumentContent(uri, token) {
      const code = uri.path.slice(1).replace(/\.txt$/, "");
      const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? ".";
      const done = await runChasic(["explain", code, "--color", "never"], folder, token);
      if ("problem" in done) return done.problem;
      return done.code === 0 ? done.out : done.err;
    },
  };
  const command = vscode.commands.registerCommand("chasi.explain", async (given?: unknown) => {
    const editor = vscode.window.activeTextEditor;
    let code = typeof given === "string" && CODE.test(given) ? given : undefined;
    if (!code && editor) code = codeAt(vscode.languages.getDiagnostics(editor.document.uri), editor.selection.active);
    if (!code) {
      void vscode.window.showInformationMessage("No error of chasi is at the cursor.");
      return;
    }
    const found = program();
    if ("problem" in found) return sayProblem(found.problem);
    const document = await vscode.workspace.openTextDocument(vscode.Uri.from({ scheme: SCHEME, path: `/${code}.txt` }));
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true, preserveFocus: true });
  });
  return vscode.Disposable.from(vscode.workspace.registerTextDocumentContentProvider(SCHEME, provider), command);
}
