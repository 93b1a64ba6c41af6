/**
 * Writes a compressed model as an ONNX file that has been shown to run.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { FLOAT_TOLERANCE } from "../devices/device.ts";
import { outputsError } from "../graph/compare.ts";
import type { Model } from "../graph/model.ts";
import { readOnnx } from "../graph/onnx/read.ts";
import { writeOnnx } from "../graph/onnx/write.ts";
import { openReference } from "../graph/reference.ts";
import { type Tensor, values } from "../graph/tensor.ts";

/**
 * Writes `model` to `path`, whole or not at all, after ONNX Runtime has loaded the file and given
 * finite outputs that agree with those of the model in memory, and reading it again has given the same
 * structures. Until then it lies in a folder of its own beside `path`.
 *
 * @param inputs Values of all inputs, by name.
 * @returns The largest relative error of an output.
 * @throws {Error} when the file does not hold what it should; `path` is as it was.
 */
export async function writeChecked(
  model: Model,
  path: string,
  inputs: ReadonlyMap<string, Tensor>,
  signal?: AbortSignal,
): Promise<number> {
  const folder = await Deno.makeTempDir({ dir: dirname(path), prefix: ".kerf-" });
  try {
    const file = join(folder, basename(path));
    await writeOnnx(model, file);
    signal?.throwIfAborted();
    const error = await outputError(model, file, inputs);
    requireSameStructures(model, await readOnnx(file));
    signal?.throwIfAborted();
    // Weights beside the file come first, as a file without them would be broken.
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
      .sort((a, b) => b.length - a.length);
    for (const name of names) await Deno.rename(join(folder, name), join(dirname(path), name));
    return error;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function outputError(
  model: Model,
  file: string,
  inputs: ReadonlyMap<string, Tensor>,
): Promise<number> {
  const options = { threads: navigator.hardwareConcurrency };
  const outputsOf = async (what: Model | string) => {
    await using session = await openReference(what, options);
    return await session.run(inputs);
  };
  const [wanted, found] = [await outputsOf(model), await outputsOf(file)];
  for (const [name, actual] of found) {
    if (!values(actual).every(Number.isFinite)) {
      throw new Error(
        `Cannot write model "${model.name}" as output "${name}" must be finite in ONNX Runtime: ` +
          `current value has NaN or infinity`,
      );
    }
  }
  const worst = outputsError(found, wanted);
  if (worst <= FLOAT_TOLERANCE) return worst;
  throw new Error(
    `Cannot write model "${model.name}" as ONNX Runtime must compute what the model means, with a ` +
      `relative error of at most ${FLOAT_TOLERANCE}: current value is ${worst}`,
  );
}

function requireSameStructures({ name, structures }: Model, read: Model): void {
  const lost = [...structures].find(([weight, { kept }]) => {
    const found = read.structures.get(weight)?.kept;
    return found === undefined || String(found) !== String(kept);
  });
  if (lost === undefined) return;
  throw new Error(`Cannot write model "${name}" as the structure of "${lost[0]}" is not read back`);
}
