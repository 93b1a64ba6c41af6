/**
 * Where the programs of a run lie while it lasts. They are gigabytes and can be made again, so they
 * go when the run ends, however it ends.
 *
 * @module
 */

import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** A folder that is removed when it is disposed of. */
export interface ProgramsFolder extends AsyncDisposable {
  /** Its path. */
  readonly path: string;
}

/** Not the system's folder for temporary files, which often lies in memory. */
const PROGRAMS = fileURLToPath(new URL("../.build/programs/", import.meta.url));

/**
 * Makes a folder for the programs of a run of this process, and removes those that processes left
 * which ended without a chance to, by `SIGKILL` or a crash.
 *
 * @param parent Folder of such folders, made when it is missing.
 */
export async function openProgramsFolder(parent: string = PROGRAMS): Promise<ProgramsFolder> {
  await Deno.mkdir(parent, { recursive: true });
  for await (const { name } of Deno.readDir(parent)) {
    // Another run that starts now may remove it at the same time.
    if (isLeftBehind(name)) {
      await Deno.remove(join(parent, name), { recursive: true }).catch(() => {});
    }
  }
  const path = await Deno.makeTempDir({ dir: parent, prefix: `${Deno.pid}-` });
  const remove = () => Deno.removeSync(path, { recursive: true });
  // `Deno.exit` unwinds no stack; a second Ctrl-C ends the process so.
  addEventListener("unload", remove);
  return {
    path,
    async [Symbol.asyncDispose]() {
      removeEventListener("unload", remove);
      await Deno.remove(path, { recursive: true });
    },
  };
}

/** Whether the process whose number the name begins with is gone. */
function isLeftBehind(name: string): boolean {
  const pid = /^(\d+)-/.exec(name)?.[1];
  if (pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}
