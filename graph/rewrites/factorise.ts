/**
 * Replaces one layer by the smaller layers of a low-rank factorisation of its weight. The factors
 * come from `compressors/lowrank/`; here they only take the layer's place in the graph.
 *
 * The factors of a convolution in G groups are convolutions in G groups: each group of the weight is
 * decomposed by itself, and the factors of the groups follow each other along the filters. In the
 * shapes below, T is the number of all filters, and S that of the channels of one group.
 *
 * A structure of the replaced weight goes with it: factors are dense.
 *
 * @module
 */

import type { ConvAttributes, ConvNode, GemmNode, Model, Node } from "../model.ts";
import { inferShapes } from "../shapes.ts";
import type { Tensor } from "../tensor.ts";

/** Factors of a Tucker-2 decomposition of a weight `[T, S, K...]` at ranks R3 and R4 per group. */
export interface Tucker2Factors {
  /** `[G R3, S, 1...]`, mixes the input channels. */
  readonly in: Tensor;
  /** `[G R4, R3, K...]`, the small convolution. */
  readonly core: Tensor;
  /** `[T, R4, 1...]`, mixes the output channels. */
  readonly out: Tensor;
}

/** Factors of a Tucker-1 decomposition of a weight `[T, S, K...]` at rank R4 per group. */
export interface Tucker1Factors {
  /** `[G R4, S, K...]` */
  readonly core: Tensor;
  /** `[T, R4, 1...]` */
  readonly out: Tensor;
}

/** Factors of a CP decomposition of a weight `[T, S, K...]` at rank R per group. */
export interface CpFactors {
  /** `[G R, S, 1...]`, mixes the input channels. */
  readonly in: Tensor;
  /**
   * For each spatial axis `[G R, 1, ...]` with the kernel's extent on that axis and 1 on the others;
   * absent where the kernel is 1 and neither steps nor pads.
   */
  readonly axes: readonly (Tensor | undefined)[];
  /** `[T, R, 1...]`, mixes the output channels. */
  readonly out: Tensor;
}

/** Factors of a weight matrix `[T, S]` at rank r, `W = out * in`. */
export interface SvdFactors {
  /** `[r, S]` */
  readonly in: Tensor;
  /** `[T, r]` */
  readonly out: Tensor;
}

/**
 * Replaces convolution `name` by `NAME/in` (1x1, S to R3), `NAME/core` (its kernel, stride, pads
 * and dilations, R3 to R4) and `NAME/out` (1x1, R4 to T, with the bias of the original). Zero
 * padding stays exact, since the first factor has no bias.
 *
 * @throws {RangeError} when there is no such convolution, or factors do not fit.
 */
export function replaceConvByTucker2(model: Model, name: string, factors: Tucker2Factors): Model {
  const { node, kernel, pointwise } = convolution(model, name);
  return replaceByChain(model, node, [
    { suffix: "in", weight: factors.in, attributes: pointwise },
    { suffix: "core", weight: factors.core, attributes: kernel },
    { suffix: "out", weight: factors.out, attributes: pointwise },
  ]);
}

/**
 * Replaces convolution `name` by `NAME/core` (its kernel, stride, pads and dilations, S to R4)
 * and `NAME/out` (1x1, R4 to T, with the bias of the original).
 *
 * @throws {RangeError} when there is no such convolution, or factors do not fit.
 */
export function replaceConvByTucker1(model: Model, name: string, factors: Tucker1Factors): Model {
  const { node, kernel, pointwise } = convolution(model, name);
  return replaceByChain(model, node, [
    { suffix: "core", weight: factors.core, attributes: kernel },
    { suffix: "out", weight: factors.out, attributes: pointwise },
  ]);
}

/** What the depthwise factors of 1-D to 3-D kernels are called. */
const AXES = ["depth", "height", "width"];

/**
 * Replaces convolution `name` by `NAME/in` (1x1, S to R), depthwise `NAME/depth` (of 3-D kernels),
 * `NAME/height` and `NAME/width`, each with the kernel, stride, pads and dilation of its axis, and
 * `NAME/out` (1x1, R to T, with the bias of the original).
 *
 * @throws {RangeError} when there is no such convolution, or factors do not fit.
 */
export function replaceConvByCp(model: Model, name: string, factors: CpFactors): Model {
  const { node, kernel, pointwise } = convolution(model, name);
  const { length } = kernel.kernel_shape;
  const along = factors.axes.flatMap((weight, axis): Link[] => {
    const only = (values: readonly number[], fill: number) =>
      values.map((value, i) => i % length === axis ? value : fill);
    return weight === undefined ? [] : [{
      suffix: AXES[AXES.length - length + axis],
      weight,
      attributes: {
        kernel_shape: only(kernel.kernel_shape, 1),
        strides: only(kernel.strides, 1),
        pads: only(kernel.pads, 0),
        dilations: only(kernel.dilations, 1),
        group: weight.shape[0],
      },
    }];
  });
  return replaceByChain(model, node, [
    { suffix: "in", weight: factors.in, attributes: pointwise },
    ...along,
    { suffix: "out", weight: factors.out, attributes: pointwise },
  ]);
}

/**
 * Replaces fully connected layer `name` by `NAME/in` (S to r) and `NAME/out` (r to T, with the
 * bias of the original).
 *
 * @throws {RangeError} when there is no such layer, or factors do not fit.
 */
export function replaceGemmBySvd(model: Model, name: string, factors: SvdFactors): Model {
  const node = layer(model, name, "Gemm");
  return replaceByChain(model, node, [
    { suffix: "in", weight: factors.in, attributes: node.attributes },
    { suffix: "out", weight: factors.out, attributes: node.attributes },
  ]);
}

/** One link of the chain that takes the place of a layer. */
interface Link {
  readonly suffix: string;
  readonly weight: Tensor;
  readonly attributes: ConvNode["attributes"] | GemmNode["attributes"];
}

/** Puts a chain of nodes in place of `node`; the last has its bias and writes its output. */
function replaceByChain(model: Model, node: ConvNode | GemmNode, links: readonly Link[]): Model {
  const weights = new Map(model.weights);
  const structures = new Map(model.structures);
  const [input, replaced, ...bias] = node.inputs;
  const shared = model.nodes.some((other) => other !== node && other.inputs.includes(replaced));
  if (!shared) {
    weights.delete(replaced);
    structures.delete(replaced);
  }
  let x = input;
  const chain = links.map(({ suffix, weight, attributes }, i): Node => {
    const name = `${node.name}/${suffix}`;
    const last = i === links.length - 1;
    weights.set(`${name}.weight`, weight);
    const inputs = [x, `${name}.weight`, ...(last ? bias : [])];
    x = last ? node.outputs[0] : name;
    // The links of a chain have the attributes of the operator that they replace.
    return { name, op: node.op, inputs, outputs: [x], attributes } as Node;
  });
  const nodes = model.nodes.flatMap((other) => other === node ? chain : [other]);
  const factorised: Model = { ...model, nodes, weights, structures };
  inferShapes(factorised);
  return factorised;
}

/** Finds a convolution, with the attributes of its core and of its 1x1 factors. */
function convolution(model: Model, name: string) {
  const node = layer(model, name, "Conv");
  const { attributes } = node;
  const ones = attributes.kernel_shape.map(() => 1);
  const zeros = attributes.pads.map(() => 0);
  const pointwise: ConvAttributes = {
    kernel_shape: ones,
    strides: ones,
    pads: zeros,
    dilations: ones,
    group: attributes.group,
  };
  return { node, kernel: attributes, pointwise };
}

function layer<Op extends "Conv" | "Gemm">(model: Model, name: string, op: Op) {
  const node = model.nodes.find((node) => node.name === name);
  if (node?.op === op) return node as Extract<Node, { readonly op: Op }>;
  throw new RangeError(
    `Cannot factorise layer "${name}" as it must be a ${op}: ` +
      `current value is ${node ? node.op : "no node of that name"}`,
  );
}
