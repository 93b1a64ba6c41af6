/**
 * Model files as suites take them: read, and named by the hash of what they hold.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { Model } from "../graph/model.ts";
import { readOnnx } from "../graph/onnx/read.ts";
import { withBatch } from "../graph/rewrites/rebatch.ts";
import { type Shape, sizeOf, values } from "../graph/tensor.ts";
import type { SuiteFile } from "./suite.ts";

/** Options of {@linkcode readModelFile}. */
export interface ModelFileOptions {
  /** Told what the import changed, e.g. `input "data": batch N fixed to 1`. */
  readonly onNote?: (note: string) => void;
  /** Shapes of the model's inputs, by name, where those in the file are not static or not wanted. */
  readonly shapes?: Readonly<Record<string, Shape>>;
  /** Images at once. @default those in the file */
  readonly batch?: number;
}

/** A model with where it was read from. */
export interface ModelFile {
  /** What the file holds, of the batch that was asked for. */
  readonly model: Model;
  /** How it is read again. */
  readonly file: Omit<SuiteFile, "kind">;
}

/**
 * Reads the ONNX file at `path`.
 *
 * @throws {RangeError|SyntaxError} when the file does not exist or cannot be read, or its model does
 *   not take the batch.
 */
export async function readModelFile(
  path: string,
  { onNote, shapes, batch }: ModelFileOptions = {},
): Promise<ModelFile> {
  const { read, sha256 } = await readHashed(path, {
    ...(onNote && { onNote }),
    ...(shapes && { shapes }),
  });
  const model = batch === undefined ? read : withBatch(read, batch);
  const file = {
    path: resolve(path),
    sha256,
    ...(shapes && { shapes }),
    // A file that has the batch already is the same network, and so the same case, without it.
    ...(batch !== undefined && model !== read && { batch }),
  };
  return { model, file };
}

async function readHashed(path: string, options: Parameters<typeof readOnnx>[1]) {
  try {
    const bytes = await Deno.readFile(path);
    const read = await readOnnx(path, options);
    return { read, sha256: contentHash(bytes, read) };
  } catch (error) {
    const { NotFound, IsADirectory } = Deno.errors;
    if (!(error instanceof NotFound || error instanceof IsADirectory)) throw error;
    const value = error instanceof NotFound ? "a path that does not exist" : "a folder";
    throw new RangeError(
      `Cannot read model "${path}" as it must be an ONNX file: current value is ${value}`,
      { cause: error },
    );
  }
}

/** As `sha256sum` gives it; where weights are outside the file, they are hashed behind it. */
function contentHash(bytes: Uint8Array, { weights }: Model): string {
  const hash = createHash("sha256").update(bytes);
  const stored = [...weights.values()];
  if (stored.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0) > bytes.length) {
    for (const weight of stored) {
      const { buffer, byteOffset, byteLength } = values(weight);
      hash.update(new Uint8Array(buffer, byteOffset, byteLength));
    }
  }
  return hash.digest("hex");
}
