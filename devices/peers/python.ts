/**
 * Python, as far as it has some modules.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { PeerCommand } from "./child.ts";

/** The one that a person chose, by an environment for instance; then Debian's, with its packages. */
const PYTHONS = ["python3", "/usr/bin/python3"];

/** Ends with 0 when every module is there; importing large ones would take seconds. */
const FIND = "import sys, importlib.util as u; " +
  "sys.exit(any(u.find_spec(name) is None for name in sys.argv[1:]))";

/** The first Python that has all of these modules; undefined where there is none. */
export async function pythonWith(...modules: readonly string[]): Promise<string | undefined> {
  for (const python of PYTHONS) {
    try {
      const { success } = await new Deno.Command(python, {
        args: ["-c", FIND, ...modules],
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return python;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** The command that runs an engine's script in `engines/`. */
export function scriptCommand(python: string, engine: string): PeerCommand {
  const script = fileURLToPath(new URL(`engines/run_${engine}.py`, import.meta.url));
  // Without compiled copies of what it imports beside it.
  return { command: python, args: ["-B", script] };
}
