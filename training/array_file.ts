/**
 * A file of named float32 arrays with a header: written whole or not at all, and checked when read.
 *
 *     "kerfarr1", length of the header (u32), 0 (u32), header (JSON, padded with spaces to 8 bytes),
 *     arrays (little-endian, one behind the other), SHA-256 of all before it
 *
 * @module
 */

import { createHash } from "node:crypto";
import { fromNumberJson, toNumberJson } from "./number_json.ts";

const MAGIC = "kerfarr1";
/** Magic and length. */
const PREFIX = 16;
const CHECKSUM = 32;

/** What is in a file. */
export interface ArrayFile {
  /** Any value that JSON can hold, NaN and infinities too. */
  readonly header: unknown;
  /** By name, in the order in which they were written. */
  readonly arrays: ReadonlyMap<string, Float32Array>;
}

/**
 * Writes a file under a temporary name, `PATH.tmp`, and then gives it its own: whoever is killed
 * meanwhile leaves the file that was there. Arrays are written from where they lie in memory.
 */
export async function writeArrayFile(path: string, content: ArrayFile): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    using file = Deno.openSync(temporary, { write: true, create: true, truncate: true });
    const hash = createHash("sha256");
    // Not asynchronously, which copies hundreds of megabytes to another thread first.
    const write = (bytes: Uint8Array) => {
      hash.update(bytes);
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    };
    write(encodeHeader(content));
    for (const { buffer, byteOffset, byteLength } of content.arrays.values()) {
      write(new Uint8Array(buffer, byteOffset, byteLength));
    }
    write(hash.copy().digest());
    // A name must not be there before what it stands for is.
    file.syncDataSync();
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

function encodeHeader({ header, arrays }: ArrayFile): Uint8Array {
  const lengths = [...arrays].map(([name, { length }]) => [name, length]);
  const json = new TextEncoder().encode(toNumberJson({ header, arrays: lengths }));
  const bytes = new Uint8Array(PREFIX + (json.length + 7 & ~7)).fill(0x20);
  bytes.set(new TextEncoder().encode(MAGIC));
  const view = new DataView(bytes.buffer);
  view.setUint32(8, bytes.length - PREFIX, true);
  view.setUint32(12, 0, true);
  bytes.set(json, PREFIX);
  return bytes;
}

/**
 * Reads what {@linkcode writeArrayFile} wrote.
 *
 * @param what What messages call the file, e.g. `"checkpoint"`.
 * @returns Undefined when there is no such file.
 * @throws {SyntaxError} when it is another file, cut short or damaged.
 */
export async function readArrayFile(path: string, what: string): Promise<ArrayFile | undefined> {
  const bytes = await Deno.readFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (!bytes) return undefined;
  const refusal = (reason: string) => new SyntaxError(`Cannot read ${what} "${path}" as ${reason}`);
  const begin = new TextDecoder().decode(bytes.subarray(0, MAGIC.length));
  if (begin !== MAGIC) throw refusal(`it does not begin with "${MAGIC}"`);
  const { length } = bytes;
  const view = new DataView(bytes.buffer);
  const arraysAt = length < PREFIX ? Infinity : PREFIX + view.getUint32(8, true);
  if (arraysAt > length - CHECKSUM) throw refusal(`it is cut short after ${length} bytes`);
  // The checksum comes first: what is behind it holds then, whatever happened to the file.
  const checksum = createHash("sha256").update(bytes.subarray(0, -CHECKSUM)).digest();
  const json = new TextDecoder().decode(bytes.subarray(PREFIX, arraysAt));
  const damaged = !checksum.equals(bytes.subarray(-CHECKSUM));
  if (damaged) throw refusal(describe(json, arraysAt, length));
  const { header, arrays } = fromNumberJson(json) as {
    header: unknown;
    arrays: [string, number][];
  };
  let at = arraysAt;
  const read = arrays.map(([name, count]) => {
    const array = new Float32Array(bytes.buffer, at, count);
    at += array.byteLength;
    return [name, array] as const;
  });
  return { header, arrays: new Map(read) };
}

/** What is wrong with a file whose checksum is. */
function describe(json: string, arraysAt: number, length: number): string {
  try {
    const { arrays } = JSON.parse(json) as { arrays: [string, number][] };
    const whole = arrays.reduce((sum, [, count]) => sum + 4 * count, arraysAt + CHECKSUM);
    if (whole > length) return `it is cut short: ${length} of ${whole} bytes are there`;
  } catch {
    // The header itself is damaged.
  }
  return "it is damaged: its checksum is not that of what it holds";
}
