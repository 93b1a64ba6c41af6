/**
 * Programs that convert models for an engine.
 *
 * @module
 */

import { STDERR_TAIL } from "../process_end.ts";
import { UnsupportedModelError } from "./protocol.ts";

/** The first of some programs that is on the path; undefined where none is. */
export async function installedTool(...names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    // Asked of the shell, since starting a converter takes seconds.
    const { success } = await new Deno.Command("sh", {
      args: ["-c", 'command -v "$1"', "sh", name],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    if (success) return name;
  }
  return undefined;
}

/**
 * Runs a converter that must leave some files behind.
 *
 * @throws {UnsupportedModelError} with the end of what it wrote, when it fails or a file is missing.
 * @throws the signal's reason when it is aborted.
 */
export async function convertBy(
  tool: string,
  args: readonly string[],
  { cwd, made, signal }: {
    readonly cwd: string;
    readonly made: readonly string[];
    readonly signal?: AbortSignal;
  },
): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(tool, {
    args: [...args],
    cwd,
    stdin: "null",
    ...(signal && { signal }),
  }).output();
  signal?.throwIfAborted();
  const exist = await Promise.all(
    made.map((path) => Deno.stat(path).then(() => true, () => false)),
  );
  if (success && !exist.includes(false)) return;
  // Converters tell of operators that they do not know in either of both.
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim()).join("\n");
  throw new UnsupportedModelError(
    `${tool} cannot convert the model: ${said.trim().slice(-STDERR_TAIL)}`,
  );
}
