// Where chasic is: the setting, else PATH. Nothing of the editor in here.
import * as path from "node:path";

export interface Surroundings {
  platform: string;
  variables: Record<string, string | undefined>;
  home: string;
  workspace?: string;
  isFile(name: string): boolean;
}

export type Found = { program: string } | { problem: string };

/** The setting with `~` and `${workspaceFolder}` replaced. */
export function expand(setting: string, around: Surroundings): string {
  const home = setting.replace(/^~(?=$|[\\/])/, () => around.home);
  return home.replaceAll("${workspaceFolder}", around.workspace ?? "");
}

export function findProgram(setting: string, around: Surroundings): Found {
  const names = around.platform === "win32" ? ["chasic.exe", "chasic.cmd"] : ["chasic"];
  if (setting.trim() !== "") {
    const program = expand(setting.trim(), around);
    // A name without a folder is looked up like any other command.
    if (program.includes("/") || program.includes("\\")) {
      return around.isFile(program) ? { program } : { problem: `chasi.server.path names ${program}, and no such file is there.` };
    }
    names.splice(0, names.length, program);
  }
  const separator = around.platform === "win32" ? ";" : ":";
  for (const folder of (around.variables["PATH"] ?? around.variables["Path"] ?? "").split(separator)) {
    if (folder === "" || !path.isAbsolute(folder)) continue; // a relative entry would run what a workspace brings
    for (const name of names) {
      const program = path.join(folder, name);
      if (around.isFile(program)) return { program };
    }
  }
  return { problem: `${names[0]} is not on PATH. Put it there, or say in chasi.server.path where it is.` };
}
