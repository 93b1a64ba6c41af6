/**
 * Many small files of another machine in one command: lines of `PATH:TEXT`, as `grep -H` prints
 * them. Files that are not there or may not be read are left out.
 *
 * @module
 */

import { run, type RunOptions } from "./shell.ts";
import type { Transport } from "./transport.ts";

/** Texts by path, of files of one line. */
export type Files = ReadonlyMap<string, string>;

/** Reads all files that match the patterns of a shell, from `/` on. */
export async function readFiles(
  transport: Transport,
  patterns: readonly string[],
  options?: RunOptions,
): Promise<Files> {
  const script = `grep -Hs . ${patterns.join(" ")}`;
  return parseFiles((await run(transport, ["sh", "-c", script], options)).stdout);
}

/** Takes the lines apart; a path has no colon, a text may have. */
export function parseFiles(lines: string): Files {
  return new Map(
    lines.split("\n").flatMap((line) => {
      const colon = line.indexOf(":");
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()] as const];
    }),
  );
}

/** What one group of a pattern says of each path that matches it, with the file's text. */
export function matching(files: Files, pattern: RegExp): Map<string, string> {
  return new Map(
    [...files].flatMap(([path, text]) => {
      const [, name] = pattern.exec(path) ?? [];
      return name === undefined ? [] : [[name, text] as const];
    }),
  );
}
