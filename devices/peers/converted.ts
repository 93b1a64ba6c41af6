/**
 * What engines load instead of an ONNX file. It is made once and kept beside the file, since every
 * round of a run is a process of its own that loads it anew.
 *
 * @module
 */

import { join, resolve } from "node:path";
import type { Model } from "../../graph/model.ts";
import { readOnnx } from "../../graph/onnx/read.ts";

/** What is converted, and where to. */
export interface Conversion {
  /** Absolute path of the ONNX file. */
  readonly path: string;
  /** What it holds. */
  readonly model: Model;
  /** An empty folder for what is made. */
  readonly folder: string;
  /** Ends the work. */
  readonly signal?: AbortSignal;
}

/**
 * Fills the folder.
 *
 * @throws {UnsupportedModelError} when the engine cannot run the model.
 */
export type Convert = (conversion: Conversion) => Promise<void>;

/** Names the file that a folder was made from; written last, so a folder without it is unfinished. */
const STAMP = "source.json";
/** Inputs and outputs of the model by name, in order, with their shapes. */
const SIGNATURE = "signature.json";

/**
 * The folder that `convert` fills for an engine, with {@linkcode SIGNATURE} beside what it makes:
 * made now, unless it was made before from the same file.
 *
 * @throws as `convert` and `readOnnx`, or the signal's reason when it is aborted.
 */
export async function converted(
  path: string,
  engine: string,
  convert: Convert,
  signal?: AbortSignal,
): Promise<string> {
  signal?.throwIfAborted();
  const { size, mtime } = await Deno.stat(path);
  const source = JSON.stringify({ size, modified: mtime?.getTime() });
  const folder = `${path}.${engine}`;
  const stamp = join(folder, STAMP);
  if (await Deno.readTextFile(stamp).catch(() => "") === source) return folder;
  const model = await readOnnx(path);
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder);
  await convert({ path: resolve(path), model, folder: resolve(folder), ...(signal && { signal }) });
  const { inputs, outputs } = model;
  await Deno.writeTextFile(join(folder, SIGNATURE), JSON.stringify({ inputs, outputs }));
  await Deno.writeTextFile(stamp, source);
  return folder;
}
