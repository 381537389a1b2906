// Chooses values for parameters of the module: a setting, as `chasic --set`.
import * as vscode from "vscode";
import { environments, Parameter } from "./environment";
import { currentDocument } from "./run";
import { Server } from "./server";
import { choice, chooseParameters, ownParameters, textOf, Values } from "./settings";

interface Item extends vscode.QuickPickItem {
  parameter?: Parameter; // to be given a value
  forget?: string[]; // to be given none any more
}

/** What a type leaves to choose from, as one writes it behind `--set NAME=`; nothing when that is no short list. */
export function choicesOf(type: string): string[] | undefined {
  if (type === "Bool") return ["true", "false"];
  const written = type.split(" | ");
  const literal = /^(?:"[^"\\]*"|-?[0-9]+)$/;
  return written.length > 1 && written.every((w) => literal.test(w)) ? written.map((w) => w.replaceAll('"', "")) : undefined;
}

/** A value of the server is JSON; a text is typed without quotes. What was cut because it is long is no value. */
export function typedOf(value: string | undefined): string {
  if (value === undefined || value.endsWith("…")) return "";
  try {
    const read: unknown = JSON.parse(value);
    return typeof read === "string" ? read : value;
  } catch {
    return value; // a quantity, such as 5Gi
  }
}

const isSecret = (p: Parameter): boolean => /\bSecret\b/.test(p.type);

function itemsOf(parameters: Parameter[], set: Values, own: Values): Item[] {
  const items: Item[] = parameters.map((p) => {
    const value = p.name in set ? `${textOf(set[p.name])} (chosen)` : p.value;
    return { label: p.name, description: `${p.type}${value === undefined ? "" : ` = ${value}`}`, detail: p.doc?.split("\n")[0], parameter: p };
  });
  const names = Object.keys(own).sort();
  for (const name of names) items.push({ label: `$(discard) Clear ${name}`, description: textOf(own[name]), forget: [name] });
  if (names.length > 1) items.push({ label: "$(clear-all) Clear All", description: `${names.length} parameters`, forget: names });
  return items;
}

async function valueFor(p: Parameter, chosen: unknown): Promise<string | undefined> {
  const title = `chasi: ${p.name}`;
  const choices = choicesOf(p.type);
  if (choices) return vscode.window.showQuickPick(choices, { title, placeHolder: p.type });
  const value = chosen === undefined ? typedOf(p.value) : textOf(chosen);
  return vscode.window.showInputBox({ title, prompt: `${p.type}. Texts are written without quotes.`, value });
}

async function choose(server: Server): Promise<void> {
  if (!currentDocument()) return void vscode.window.showInformationMessage("Open a .chasi file of your own to choose values for the parameters of its module.");
  const { parameters } = await environments(server);
  const set = choice().parameters;
  const own = ownParameters();
  const items = itemsOf(parameters ?? [], set, own);
  if (items.length === 0) {
    const why = parameters ? "This module has no parameters." : "The language server does not say which parameters there are; the setting chasi.parameters takes their values.";
    return void vscode.window.showInformationMessage(why);
  }
  const picked = await vscode.window.showQuickPick(items, { title: "chasi: parameters", matchOnDescription: true, matchOnDetail: true });
  if (picked?.forget) {
    const { forget } = picked;
    return chooseParameters(Object.fromEntries(Object.entries(own).filter(([name]) => !forget.includes(name))));
  }
  if (!picked?.parameter) return;
  const { parameter } = picked;
  if (isSecret(parameter)) {
    return void vscode.window.showErrorMessage(`chasi: ${parameter.name} is a secret, and settings are no place for one. A file for chasi.parametersFile that is not shared may hold it.`);
  }
  const value = await valueFor(parameter, set[parameter.name]);
  if (value !== undefined) await chooseParameters({ ...ownParameters(), [parameter.name]: value });
}

export function registerParameters(server: Server): vscode.Disposable {
  return vscode.commands.registerCommand("chasi.chooseParameters", () => choose(server));
}
