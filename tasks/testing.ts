/**
 * Runs tasks as a person does, with the permissions that `deno.json` gives them.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** How a task ended and what it printed. */
export interface TaskOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a task's function in this process; gives its exit code and what it printed. */
export async function captured(run: () => Promise<number>): Promise<TaskOutput> {
  const { log, error } = console;
  const printed = { stdout: "", stderr: "" };
  console.log = (text: unknown) => void (printed.stdout += `${text}\n`);
  console.error = (text: unknown) => void (printed.stderr += `${text}\n`);
  try {
    return { code: await run(), ...printed };
  } finally {
    Object.assign(console, { log, error });
  }
}

/** Runs `deno task NAME ARGS` in the project's folder. */
export async function runTask(name: string, ...args: string[]): Promise<TaskOutput> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", name, ...args],
    cwd: fileURLToPath(new URL("../", import.meta.url)),
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
