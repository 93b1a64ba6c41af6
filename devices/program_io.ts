/**
 * What a plan takes and gives, as the files that `kerf-run` reads and writes.
 *
 * @module
 */

import { type Shape, sizeOf, tensor, values } from "../graph/tensor.ts";
import type { Plan } from "../kernels/plan/plan.ts";
import type { Tensors } from "./device.ts";

/** A named input or output. */
export interface NamedShape {
  /** Its name in the model. */
  readonly name: string;
  /** Its extents. */
  readonly shape: Shape;
}

/** What a plan is called and shaped, without its weights. */
export interface PlanNames {
  /** Operators in order. */
  readonly operators: readonly string[];
  /** What it is given. */
  readonly inputs: readonly NamedShape[];
  /** What it gives. */
  readonly outputs: readonly NamedShape[];
}

/** Takes the names and shapes out of a plan. */
export function namesOf({ operators, tensors, inputs, outputs }: Plan): PlanNames {
  const shaped = (list: Plan["inputs"]) =>
    list.map(({ name, tensor }) => ({ name, shape: tensors[tensor].extents }));
  return {
    operators: operators.map(({ name }) => name),
    inputs: shaped(inputs),
    outputs: shaped(outputs),
  };
}

/**
 * Writes each input to a file of its own in `folder`; the flags that name them.
 *
 * @throws {RangeError} when they are not the inputs of the network, or of another size.
 */
export async function writeInputs(
  folder: string,
  { inputs: wanted }: PlanNames,
  inputs: Tensors,
): Promise<string[]> {
  const names = wanted.map(({ name }) => name), given = [...inputs.keys()];
  if (given.length !== names.length || given.some((name) => !names.includes(name))) {
    throw new RangeError(
      `Cannot run the network as its inputs must be [${names}]: current value is [${given}]`,
    );
  }
  for (const { name, shape } of wanted) {
    const { length } = values(inputs.get(name)!);
    if (length === sizeOf(shape)) continue;
    throw new RangeError(
      `Cannot set input "${name}" of shape [${shape}] as it must have ${sizeOf(shape)} values: ` +
        `current value is ${length}`,
    );
  }
  const flags: string[] = [];
  for (const [i, { name }] of wanted.entries()) {
    const path = `${folder}/in${i}.f32`, floats = Float32Array.from(values(inputs.get(name)!));
    await Deno.writeFile(path, new Uint8Array(floats.buffer));
    flags.push("--input", path);
  }
  return flags;
}

/** Reads the file of all outputs, which stand one behind the other. */
export async function readOutputs(path: string, { outputs }: PlanNames): Promise<Tensors> {
  const { buffer } = await Deno.readFile(path);
  let at = 0;
  return new Map(outputs.map(({ name, shape }) => {
    const floats = new Float32Array(buffer, 4 * at, sizeOf(shape));
    at += floats.length;
    return [name, tensor(floats, shape)];
  }));
}
