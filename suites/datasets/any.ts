/**
 * Input for a model of the user's own, of which nothing is known but the shapes of its inputs.
 *
 * @module
 */

import type { Model, ValueInfo } from "../../graph/model.ts";
import { Random } from "../../graph/random.ts";
import { type Shape, sizeOf, type Tensor, tensor, values } from "../../graph/tensor.ts";
import type { SuiteInput, SuiteInputOptions } from "../suite.ts";
import { shortName } from "./frames.ts";
import { IMAGES, list, withInputFile } from "./input_file.ts";
import { finiteFloats, type NpyArray, parseNpy } from "./npy.ts";
import { loadPicture } from "./picture.ts";
import type { PictureProtocol } from "./picture_protocol.ts";

/**
 * Makes the input of any model: without a file, uniform values in 0..1. A `.npy` file is used as it
 * is; a picture is resized to the extents of the input, its aspect ratio given up, and scaled to
 * 0..1, the same for each image of a batch.
 *
 * @throws {RangeError} when the file does not exist, or does not fit the model; the message says what
 *   would.
 * @throws {TypeError} when an array has the wrong type of elements.
 * @throws {SyntaxError} when a file is damaged.
 */
export async function loadAny(model: Model, options: SuiteInputOptions): Promise<SuiteInput> {
  const { path, seed, signal } = options;
  signal?.throwIfAborted();
  if (path === undefined) {
    return { tensors: uniform(model, seed), description: `seeded uniform values (seed ${seed})` };
  }
  if (model.inputs.length !== 1) {
    throw new RangeError(
      `Cannot load input "${path}" as model "${model.name}" must have one input to take a file: ` +
        `current value is ${model.inputs.length} inputs`,
    );
  }
  const [input] = model.inputs;
  const layout = layoutOf(input.shape);
  const rule = `input "${input.name}" must be ` +
    (layout ? `a picture (${list(IMAGES)}) or ` : "") + `an array (.npy) of [${input.shape}]`;
  const { tensor, description } = await withInputFile(
    path,
    { what: "input", rule },
    async ({ kind, refusal }) => {
      const array = kind === "npy" ? parseNpy(await Deno.readFile(path), path) : undefined;
      if (array && !(layout && array.dtype === "|u1")) return fromArray(array, path, input);
      if (!layout || !(array || IMAGES.includes(kind))) throw refusal();
      const { tensor, description } = await loadPicture(path, layout.protocol, { seed, signal });
      return { tensor: layout.arrange(tensor), description: `${description}, scaled to 0..1` };
    },
  );
  return { tensors: new Map([[input.name, tensor]]), description };
}

function uniform({ inputs }: Model, seed: number): Map<string, Tensor> {
  return new Map(inputs.map(({ name, shape }) => {
    const random = new Random(seed, `input/${name}`);
    return [name, tensor(random.fillUniform(new Float32Array(sizeOf(shape))), shape)];
  }));
}

/** A float array with the shape of the input; a batch axis of 1 may be absent. */
function fromArray(array: NpyArray, path: string, { name, shape }: ValueInfo) {
  const accepted = shape[0] === 1 ? [shape, shape.slice(1)] : [shape];
  if (array.dtype === "|u1" || !accepted.some((one) => `${one}` === `${array.shape}`)) {
    throw new RangeError(
      `Cannot load input "${path}" as input "${name}" must be floats of ` +
        `${accepted.map((one) => `[${one}]`).join(" or ")}: current value is ${array.dtype} ` +
        `[${array.shape}]`,
    );
  }
  return {
    tensor: tensor(finiteFloats(array, "input", path), shape),
    description: `array ${shortName(path)} (${array.dtype} [${array.shape}], used as it is)`,
  };
}

/** How pictures lie in an input. */
interface Layout {
  readonly protocol: PictureProtocol;
  /** Brings one picture, `[1, channels, height, width]`, into the shape of the input. */
  arrange(picture: Tensor): Tensor;
}

/** The layout of an input that can hold pictures, channels first or last. */
function layoutOf(shape: Shape): Layout | undefined {
  if (shape.length !== 4) return undefined;
  const isChannels = (extent: number) => extent === 1 || extent === 3;
  const axes = isChannels(shape[1]) ? [1, 2, 3] : isChannels(shape[3]) ? [3, 1, 2] : undefined;
  if (!axes) return undefined;
  const [channels, height, width] = axes.map((axis) => shape[axis]);
  return {
    protocol: {
      name: "any",
      height,
      width,
      fit: "stretch",
      channels: channels === 3 ? 3 : 1,
      mean: new Array<number>(channels).fill(0),
      std: new Array<number>(channels).fill(255),
    },
    arrange(picture) {
      const one = values(axes[0] === 1 ? picture : picture.transpose(0, 2, 3, 1));
      const out = new Float32Array(sizeOf(shape));
      for (let at = 0; at < out.length; at += one.length) out.set(one, at);
      return tensor(out, shape);
    },
  };
}
