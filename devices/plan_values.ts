/**
 * What goes into a plan and comes out of it, for devices that run plans in a process of their own:
 * names and shapes, inputs as they must be, outputs as `kerf-run` writes them.
 *
 * @module
 */

import { type Shape, sizeOf, type Tensor, tensor, values } from "../graph/tensor.ts";
import type { Plan } from "../kernels/plan/plan.ts";
import type { Tensors } from "./device.ts";

/** A value that a network takes or gives. */
export interface NamedShape {
  /** Name in the model. */
  readonly name: string;
  /** Extents, outermost first. */
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
 * Checks that a network gets all of its inputs and no others.
 *
 * @throws {RangeError} when a name or a number of values is wrong.
 */
export function requireInputs(wanted: readonly NamedShape[], inputs: Tensors): void {
  const names = wanted.map(({ name }) => name), given = [...inputs.keys()];
  if (given.length !== names.length || given.some((name) => !names.includes(name))) {
    throw new RangeError(
      `Cannot run the network as its inputs must be [${names}]: current value is [${given}]`,
    );
  }
  for (const { name, shape } of wanted) {
    const count = sizeOf(inputs.get(name)!.shape);
    if (count === sizeOf(shape)) continue;
    throw new RangeError(
      `Cannot set input "${name}" of shape [${shape}] as it must have ${sizeOf(shape)} values: ` +
        `current value is ${count}`,
    );
  }
}

/**
 * Writes each input to a file of its own in `folder`, as `kerf-run --input` reads it; the flags that
 * name them.
 *
 * @throws {RangeError} as {@linkcode requireInputs}.
 */
export async function writeInputs(
  folder: string,
  wanted: readonly NamedShape[],
  inputs: Tensors,
): Promise<string[]> {
  requireInputs(wanted, inputs);
  const flags: string[] = [];
  for (const [i, { name }] of wanted.entries()) {
    const path = `${folder}/in${i}.f32`, floats = Float32Array.from(values(inputs.get(name)!));
    await Deno.writeFile(path, new Uint8Array(floats.buffer));
    flags.push("--input", path);
  }
  return flags;
}

/**
 * Takes apart what `kerf-run --output` writes: all outputs, one behind the other.
 *
 * @throws {RangeError} when there are fewer or more bytes than they have.
 */
export function splitOutputs(
  outputs: readonly NamedShape[],
  bytes: Uint8Array<ArrayBuffer>,
): Map<string, Tensor> {
  const wanted = outputs.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  if (bytes.length !== wanted) {
    throw new RangeError(
      `Cannot read the outputs as they must have ${wanted} bytes: current value is ${bytes.length}`,
    );
  }
  let at = bytes.byteOffset;
  return new Map(outputs.map(({ name, shape }) => {
    const floats = new Float32Array(bytes.buffer, at, sizeOf(shape));
    at += floats.byteLength;
    return [name, tensor(floats, shape)];
  }));
}
