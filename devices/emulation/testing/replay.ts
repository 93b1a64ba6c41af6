/**
 * Streams of accesses through the model of the caches, for tests.
 *
 * @module
 */

import { build } from "../../../kernels/build.ts";
import { parseTable, type Traffic, trafficOf } from "../counts.ts";
import { type Hierarchy, hierarchyText } from "../hierarchy.ts";

/** One access. */
export interface Access {
  /** Of its first byte. */
  readonly address: number;
  /** @default {4} */
  readonly bytes?: number;
  /** @default {0} */
  readonly core?: number;
  /** @default {false} */
  readonly store?: boolean;
}

/** Writes a stream as `kerf-cache` reads it. */
export function encodeStream(stream: readonly Access[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16 * stream.length), view = new DataView(bytes.buffer);
  for (const [i, { address, bytes = 4, core = 0, store = false }] of stream.entries()) {
    view.setBigUint64(16 * i, BigInt(address), true);
    view.setUint32(16 * i + 8, bytes, true);
    view.setUint16(16 * i + 12, core, true);
    view.setUint16(16 * i + 14, Number(store), true);
  }
  return bytes;
}

/** What `kerf-cache` gives for the text of a hierarchy and an encoded stream. */
export async function kerfCache(
  form: string,
  stream: Uint8Array<ArrayBuffer>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { executable } = await build({ target: "emulation" });
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, form);
    const child = new Deno.Command(executable, {
      args: [path],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const write = async () => {
      const writer = child.stdin.getWriter();
      // One that refuses its form does not read the stream.
      await writer.write(stream).then(() => writer.close()).catch(() => {});
    };
    const [{ code, stdout, stderr }] = await Promise.all([child.output(), write()]);
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  } finally {
    await Deno.remove(path);
  }
}

/** The traffic of each core. */
export async function replay(hierarchy: Hierarchy, stream: readonly Access[]): Promise<Traffic[]> {
  const { code, stdout, stderr } = await kerfCache(hierarchyText(hierarchy), encodeStream(stream));
  if (code) throw new Error(stderr);
  return parseTable(stdout).map((row) => trafficOf(row, hierarchy.levels.map(({ name }) => name)));
}
