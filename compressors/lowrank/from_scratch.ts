/**
 * Networks with nothing learnt in them: the control for factors of trained weights.
 *
 * @module
 */

import type { Model, Node } from "../../graph/model.ts";
import { Random } from "../../graph/random.ts";
import { type Shape, sizeOf, type Tensor, tensor } from "../../graph/tensor.ts";
import { project } from "../sparsity/mask.ts";

/**
 * The same network with weights drawn anew, biases of 0, and normalizations that change nothing, their
 * running statistics included. Weights are normal with the variance of He et al. (ICCV 2015, eq. 10),
 * `2 / fan-in`; `1 / fan-in` where a layer reads another one with nothing in between, as factors do:
 * no activation halves what they read. Each weight has a stream of the seed named after it. Structures
 * keep their zeros. Constants and slopes of PRelu stay.
 */
export function fromScratch(model: Model, seed: number): Model {
  const weights = new Map(model.weights);
  const writers = new Map(model.nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  for (const node of model.nodes) {
    for (const [name, value] of parametersOf(node, model, writers)) {
      const shape = model.weights.get(name)!.shape;
      const structure = model.structures.get(name);
      const fresh = typeof value === "number"
        ? tensor(new Float32Array(sizeOf(shape)).fill(value), shape)
        : drawn(shape, value.variance, seed, name);
      weights.set(name, structure ? project(fresh, structure) : fresh);
    }
  }
  return { ...model, weights };
}

/** A constant, or a variance around 0. */
type Start = number | { readonly variance: number };

/** What the initializers of a node begin as, by name. */
function parametersOf(
  node: Node,
  { weights }: Model,
  writers: ReadonlyMap<string, Node>,
): [name: string, value: Start][] {
  const own = (values: readonly (Start | undefined)[]) =>
    node.inputs.flatMap((name, i): [string, Start][] => {
      const value = values[i];
      return value !== undefined && weights.has(name) ? [[name, value]] : [];
    });
  const gain = isLinear(writers.get(node.inputs[0])) ? 1 : 2;
  const shape = weights.get(node.inputs[1])?.shape ?? [];
  switch (node.op) {
    case "Conv":
    case "Gemm":
      return own([undefined, { variance: gain / sizeOf(shape.slice(1)) }, 0]);
    case "ConvTranspose": {
      // Each output reads the channels of its group, and of the kernel what the stride leaves.
      const { group, kernel_shape, strides } = node.attributes;
      const taps = sizeOf(kernel_shape) / sizeOf(strides);
      return own([undefined, { variance: gain / (shape[0] / group * taps) }, 0]);
    }
    case "MatMul":
      return own([undefined, { variance: gain / (shape.at(-2) ?? 1) }]);
    case "BatchNormalization":
      return own([undefined, 1, 0, 0, 1]);
    case "InstanceNormalization":
      return own([undefined, 1, 0]);
    default:
      return [];
  }
}

function isLinear(node: Node | undefined): boolean {
  return node !== undefined && ["Conv", "ConvTranspose", "Gemm", "MatMul"].includes(node.op);
}

function drawn(shape: Shape, variance: number, seed: number, name: string): Tensor {
  const random = new Random(seed, `from scratch/${name}`);
  return tensor(random.fillNormal(new Float32Array(sizeOf(shape)), 0, Math.sqrt(variance)), shape);
}
