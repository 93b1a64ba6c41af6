/**
 * The same network for another batch size. Shapes are static, so a batch is part of a graph; this
 * rewrite follows it from the inputs through every operator.
 *
 * @module
 */

import type { MatMulNode, Model, Node } from "../model.ts";
import { outputShapes } from "../shapes.ts";
import { type Shape, sizeOf } from "../tensor.ts";

/** Why a node cannot have another batch size. */
class Obstacle extends Error {}

/**
 * Gives a network another batch size: each image of the batch is computed as it was alone.
 *
 * The batch is the first axis of all inputs. On its way it may move to other axes, and axes may be
 * merged into it from the inside, e.g. the positions of an image into rows; then that axis grows in
 * proportion. Values that do not depend on an input stay as they are. Weights are shared with
 * `model`; the same model comes back when it has that batch already.
 *
 * @throws {RangeError} when the batch is not a positive integer, inputs have no common one, or an
 *   operator mixes or orders images such that their number cannot be changed; the message names it.
 */
export function withBatch(model: Model, batch: number): Model {
  const refusal = (reason: string) =>
    new RangeError(`Cannot give model "${model.name}" a batch of ${batch} as ${reason}`);
  const [was = NaN, ...others] = new Set(model.inputs.map(({ shape }) => shape[0] ?? NaN));
  if (Number.isNaN(was) || others.length > 0) {
    throw refusal(
      "the first axis of all inputs must be one batch: current value is " +
        model.inputs.map(({ name, shape }) => `"${name}" [${shape}]`).join(", "),
    );
  }
  if (!(Number.isSafeInteger(batch) && batch >= 1)) {
    throw refusal(`a batch must be a positive integer: current value is ${batch}`);
  }
  if (batch === was) return model;

  const follower = new BatchFollower(was, batch);
  for (const { name, shape } of model.inputs) follower.begin(name, shape, 0);
  for (const [name, { shape }] of model.weights) follower.begin(name, shape, undefined);
  const nodes = model.nodes.map((node) => {
    try {
      return follower.follow(node);
    } catch (error) {
      if (!(error instanceof Obstacle)) throw error;
      throw refusal(`${node.op} "${node.name}" ${error.message}`);
    }
  });
  const resized = ({ name }: { readonly name: string }) => ({ name, shape: follower.shape(name) });
  return {
    ...model,
    inputs: model.inputs.map(resized),
    outputs: model.outputs.map(resized),
    nodes,
  };
}

/** A value and where the batch is in it. */
interface Followed {
  /** Before the change. */
  readonly shape: Shape;
  /** After it. */
  readonly resized: Shape;
  /**
   * Axis in which images follow each other, what belongs to one of them side by side; undefined for
   * a value that has no batch.
   */
  readonly axis: number | undefined;
}

/** Follows the batch through the nodes of a model, in their order. */
class BatchFollower {
  readonly #values = new Map<string, Followed>();
  readonly #was: number;
  readonly #batch: number;

  constructor(was: number, batch: number) {
    this.#was = was;
    this.#batch = batch;
  }

  /** Tells of a value that is there before any node. */
  begin(name: string, shape: Shape, axis: number | undefined) {
    this.#values.set(name, { shape, resized: this.#scaled(shape, axis), axis });
  }

  /** A value's shape after the change. */
  shape(name: string): Shape {
    return this.#values.get(name)!.resized;
  }

  /** The node as it is after the change. @throws {Obstacle} */
  follow(node: Node): Node {
    const inputs = node.inputs.map((name) => this.#values.get(name)!);
    const before = outputShapes(node, inputs.map(({ shape }) => shape));
    const axis = inputs.every(({ axis }) => axis === undefined)
      ? undefined
      : this.#axisBehind(node, inputs, before[0]);
    const after = axis === undefined ? node : this.#resized(node, axis);
    const shapes = outputShapes(after, inputs.map(({ resized }) => resized));
    after.outputs.forEach((name, i) =>
      this.#values.set(name, { shape: before[i], resized: shapes[i], axis })
    );
    return after;
  }

  #scaled(shape: Shape, axis: number | undefined): Shape {
    return axis === undefined ? shape : shape.with(axis, shape[axis] / this.#was * this.#batch);
  }

  /** The node with what it says about the extent of the batch, which is on `axis` of its output. */
  #resized(node: Node, axis: number): Node {
    switch (node.op) {
      case "Reshape":
      case "Expand":
        return { ...node, attributes: { shape: this.#scaled(node.attributes.shape, axis) } };
      case "Slice": {
        const counts = this.#scaled(node.attributes.counts, axis);
        return { ...node, attributes: { ...node.attributes, counts } };
      }
      case "Resize": {
        const sizes = this.#scaled(node.attributes.sizes, axis);
        return { ...node, attributes: { ...node.attributes, sizes } };
      }
      default:
        return node;
    }
  }

  /** Axis of the outputs that has the batch; some input has one. @throws {Obstacle} */
  #axisBehind(node: Node, inputs: readonly Followed[], output: Shape): number {
    const [{ shape, axis }] = inputs;
    switch (node.op) {
      case "Conv":
      case "ConvTranspose":
      case "Gemm":
      case "MaxPool":
      case "AveragePool":
      case "LpPool":
      case "GlobalAveragePool":
      case "GlobalMaxPool":
      case "BatchNormalization":
      case "InstanceNormalization":
      case "LRN":
        return outermost(inputs);
      case "MatMul":
        return productAxis(node, inputs);
      case "Add":
      case "Sub":
      case "Mul":
      case "Div":
      case "Pow":
      case "Max":
      case "Min":
      case "PRelu":
        return broadcastAxis(node, inputs, output.length);
      case "Softmax":
      case "LogSoftmax":
        demand(node.attributes.axis !== axis, "normalises over the batch");
        return axis!;
      case "ReduceMean":
      case "ReduceSum":
      case "ReduceMax":
      case "ReduceMin":
      case "ReduceProd":
      case "ReduceSumSquare":
      case "ReduceL1":
      case "ReduceL2": {
        const { axes, keepdims } = node.attributes;
        demand(!axes.includes(axis!), "reduces the batch");
        return keepdims ? axis! : axis! - axes.filter((reduced) => reduced < axis!).length;
      }
      case "Concat": {
        const along = broadcastAxis(node, inputs, output.length);
        demand(node.attributes.axis !== along, "joins values along the batch");
        const lone = inputs.findIndex((input) => input.axis === undefined);
        demand(
          lone < 0,
          `joins "${node.inputs[lone]}", which has no batch, to values that have one`,
        );
        return along;
      }
      case "Split":
        demand(node.attributes.axis !== axis, "splits the batch");
        return axis!;
      case "Slice": {
        const { counts, steps } = node.attributes;
        const whole = counts[axis!] === shape[axis!] && steps[axis!] === 1;
        demand(whole, "takes a part of the batch, or reverses it");
        return axis!;
      }
      case "Pad": {
        const { pads } = node.attributes;
        demand(!pads[axis!] && !pads[axis! + shape.length], "pads the batch");
        return axis!;
      }
      case "Resize":
        demand(output[axis!] === shape[axis!], "interpolates between images of the batch");
        return axis!;
      case "Expand": {
        const along = axis! + output.length - shape.length;
        demand(output[along] === shape[axis!], "repeats the batch");
        return along;
      }
      case "Transpose":
        return node.attributes.perm.indexOf(axis!);
      case "Reshape":
      case "Flatten":
        return this.#reshapedAxis(shape, axis!, output);
      default:
        return axis!;
    }
  }

  /** The axis before which as many values lie as lay before the batch. */
  #reshapedAxis(from: Shape, axis: number, to: Shape): number {
    const outer = sizeOf(from.slice(0, axis));
    const begins = (at: number) =>
      at < to.length && sizeOf(to.slice(0, at)) === outer && to[at] % this.#was === 0;
    const found = begins(axis) ? axis : to.findIndex((_, at) => begins(at));
    demand(found >= 0, `merges the batch, axis ${axis} of [${from}], into an axis of [${to}]`);
    return found;
  }
}

function demand(holds: boolean, reason: string): asserts holds {
  if (!holds) throw new Obstacle(reason);
}

/** Of operators that compute image by image: the batch must be the first axis of the first input. */
function outermost([x, ...parameters]: readonly Followed[]): number {
  demand(
    parameters.every(({ axis }) => axis === undefined),
    "has weights that depend on the batch",
  );
  demand(x.axis === 0, `takes images by its first axis, but the batch is axis ${x.axis}`);
  return 0;
}

/** The axis of a broadcast result: axes are matched from the last one. */
function broadcastAxis(node: Node, inputs: readonly Followed[], rank: number): number {
  const places = inputs.map(({ shape, axis }) =>
    axis === undefined ? undefined : axis + rank - shape.length
  );
  const first = places.findIndex((place) => place !== undefined);
  const along = places[first]!;
  const extent = inputs[first].shape[inputs[first].axis!];
  inputs.forEach(({ shape, axis }, i) => {
    const name = node.inputs[i];
    if (axis !== undefined) {
      const same = places[i] === along && shape[axis] === extent;
      demand(same, `has the batch of "${name}" on another axis than that of other inputs`);
    } else {
      const own = shape[along - (rank - shape.length)] ?? 1;
      demand(own === 1, `reads "${name}", whose shape [${shape}] has an extent for the batch`);
    }
  });
  return along;
}

/** The axis of a matrix product `[..., M, K] x [..., K, N]`. */
function productAxis(node: MatMulNode, inputs: readonly Followed[]): number {
  const [a, b] = inputs;
  const rank = Math.max(a.shape.length, b.shape.length);
  const contracted = a.axis === a.shape.length - 1 ||
    b.axis !== undefined && b.axis === Math.max(b.shape.length - 2, 0);
  demand(!contracted, "sums over the batch");
  const isRow = a.axis !== undefined && a.axis === a.shape.length - 2;
  const isColumn = b.axis !== undefined && b.axis === b.shape.length - 1;
  if (!isRow && !isColumn) return broadcastAxis(node, inputs, rank);
  demand(a.axis === undefined || b.axis === undefined, "multiplies images by each other");
  // Rows keep their place counted from the front; so do columns unless rows are left out.
  return isRow ? rank - 2 : a.shape.length === 1 ? rank - 2 : rank - 1;
}
