// Code lenses of the server name places as the protocol does; the editor's own command wants its own objects.
import * as vscode from "vscode";

interface Place {
  line: number;
  character: number;
}
interface Location {
  uri: string;
  range: { start: Place; end: Place };
}

const position = (p: Place): vscode.Position => new vscode.Position(p.line, p.character);

export function registerReferences(): vscode.Disposable {
  return vscode.commands.registerCommand("chasi.showReferences", async (uri: string, at: Place, locations?: Location[]) => {
    // A lens that is made for many declarations leaves out where they are used; the editor asks the server then.
    const found = locations === undefined
      ? await vscode.commands.executeCommand<vscode.Location[]>("vscode.executeReferenceProvider", vscode.Uri.parse(uri), position(at))
      : locations.map((l) => new vscode.Location(vscode.Uri.parse(l.uri), new vscode.Range(position(l.range.start), position(l.range.end))));
    return vscode.commands.executeCommand("editor.action.showReferences", vscode.Uri.parse(uri), position(at), found);
  });
}
