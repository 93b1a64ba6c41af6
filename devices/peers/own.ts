/**
 * A peer engine that someone brings along: any program that speaks the protocol.
 *
 * @module
 */

import { basename, resolve } from "node:path";
import type { PeerCommand } from "./child.ts";
import type { PeerEngine } from "./engine.ts";

/** What ids of such engines begin with; the program's path follows. */
export const OWN = "peer:";

/** The engine whose child is the program at `path`, from where the command is typed. */
export function ownPeer(path: string): PeerEngine {
  return {
    id: `${OWN}${path}`,
    name: basename(path),
    find: () => Promise.resolve(commandAt(path)),
  };
}

function commandAt(path: string): PeerCommand | { readonly missing: readonly string[] } {
  const missing = (what: string) => ({
    missing: [`${what}: "${path}" must be a program that speaks the protocol of docs/peers.md`],
  });
  const command = resolve(path);
  try {
    const { isFile, mode } = Deno.statSync(command);
    if (!isFile) return missing("not a file");
    if (mode !== null && (mode & 0o111) === 0) return missing("not executable (chmod +x)");
    return { command };
  } catch (error) {
    return missing(error instanceof Deno.errors.NotFound ? "no such file" : String(error));
  }
}
