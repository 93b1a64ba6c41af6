/**
 * The project's own files, for the rules that they are held to.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the project. */
export const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** What is made, fetched or kept by tools. */
const FOREIGN = new Set([".git", ".build", "node_modules", "progress.json"]);

/** Paths of all files of the project from its root, sorted. */
export function projectFiles(): string[] {
  const inside = (folder: string): string[] =>
    [...Deno.readDirSync(join(ROOT, folder))].flatMap(({ name, isDirectory }) => {
      const path = join(folder, name);
      return FOREIGN.has(name) ? [] : isDirectory ? inside(path) : [path];
    });
  return inside(".").sort();
}

/** Paths of the TypeScript files. */
export function modules(): string[] {
  return projectFiles().filter((path) => path.endsWith(".ts"));
}

/** Text of a file. */
export function textOf(path: string): string {
  return Deno.readTextFileSync(join(ROOT, path));
}

/** Paths of the project's modules that a module imports, statically or on use. */
export function importsOf(path: string): string[] {
  const found = textOf(path).matchAll(
    /^(?:(?:import|export)\b[^;"]*\bfrom|import) "([^"]+)"|^(?! *\*).*\bimport\("([^"]+)"\)/gm,
  );
  return [...found].map(([, fixed, onUse]) => fixed ?? onUse).flatMap((name) => {
    const [, standIn] = /^@(std\/\w+)$/.exec(name) ?? [];
    if (standIn) return [`${standIn}/mod.ts`];
    return /^\..*\.ts$/.test(name) ? [join(dirname(path), name)] : [];
  });
}
