/**
 * Files on another machine under the hash of their content: one that is there is not sent again.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Machine } from "./machine.ts";
import { type Content, type CopyOptions, RemoteError } from "./transport.ts";

/**
 * Brings a file to a machine, unless it is there. It is sent under another name and renamed, so
 * that a file under its hash is complete.
 *
 * @param suffix What the file's name ends in there.
 * @returns its path there.
 * @throws {RemoteError} when it does not fit or the connection breaks.
 */
export async function deliver(
  machine: Machine,
  local: string,
  suffix: string,
  options: CopyOptions = {},
): Promise<string> {
  const { hash, bytes } = await digest(local);
  const { facts: { folder, scratch } } = machine;
  const remote = `${folder}/${hash}.${suffix}`;
  if (await machine.size(remote, options) === bytes) return remote;
  const partial = `${scratch}/${hash}.${crypto.randomUUID()}`;
  try {
    await machine.push(fileContent(local, bytes), partial, options);
  } catch (error) {
    if (!(error instanceof RemoteError && /no space|quota/i.test(error.message))) throw error;
    throw new RemoteError(
      `Cannot copy ${suffix} to "${machine.id}" as ${Math.ceil(bytes / 1e6)} MB must be free ` +
        `there; older files in ${folder} may be removed`,
      { cause: error },
    );
  }
  const arrived = await machine.size(partial, options);
  if (arrived !== bytes) {
    throw new RemoteError(
      `Cannot copy ${suffix} to "${machine.id}" as ${bytes} bytes must arrive: ` +
        `current value is ${arrived ?? 0}`,
    );
  }
  const { code, stderr } = await machine.run(["mv", "-f", partial, remote], options);
  if (code) throw new RemoteError(`Cannot rename ${partial}: ${stderr.trim()}`);
  return remote;
}

/** A file of this machine; its stream closes it. */
function fileContent(path: string, size: number): Content {
  return { size, stream: () => Deno.openSync(path).readable };
}

/** The hash of a file's content, 16 hex digits, and its size. */
async function digest(path: string): Promise<{ hash: string; bytes: number }> {
  const sha = createHash("sha256");
  let bytes = 0;
  for await (const chunk of (await Deno.open(path)).readable) {
    sha.update(chunk);
    bytes += chunk.length;
  }
  return { hash: sha.digest("hex").slice(0, 16), bytes };
}
