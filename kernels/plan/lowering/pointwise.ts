/**
 * Operators that work position by position.
 *
 * @module
 */

import type {
  BatchNormalizationNode,
  BinaryNode,
  InstanceNormalizationNode,
  Node,
} from "../../../graph/model.ts";
import { type Shape, sizeOf, values } from "../../../graph/tensor.ts";
import { type ElementwiseFunction, MAX_RANK, NO_ACTIVATION, type ReduceOperator } from "../plan.ts";
import type { Context } from "./context.ts";
import type { Step } from "./fuse.ts";
import { broadcast, mergedViews, type View } from "./view.ts";

const BINARY: Readonly<Record<BinaryNode["op"], ElementwiseFunction>> = {
  Add: "add",
  Sub: "sub",
  Mul: "mul",
  Div: "div",
  Pow: "pow",
  Max: "max",
  Min: "min",
  PRelu: "prelu",
};

/** Whether a node is a function of two values. */
export function isBinary(node: Node): node is BinaryNode {
  return Object.hasOwn(BINARY, node.op);
}

/** Lowers a function of two values. */
export function lowerBinary(node: BinaryNode, step: Step, ctx: Context): void {
  const output = ctx.place(step.output);
  const inputs = node.inputs.map((name) => broadcast(ctx.viewOf(name), output.extents));
  ctx.elementwise(node.name, BINARY[node.op], inputs, output, step.activation);
}

/** Lowers a function of one value. */
export function lowerUnary(node: Node, step: Step, ctx: Context): void {
  const output = ctx.place(step.output);
  ctx.elementwise(node.name, "copy", [ctx.viewOf(node.inputs[0])], output, step.activation);
}

/** Lowers a batch normalization that could not be folded into a layer: one scale and one shift. */
export function lowerBatchNormalization(node: BatchNormalizationNode, step: Step, ctx: Context) {
  const [x, ...names] = node.inputs;
  const [scale, shift, mean, variance] = names.map((name) => values(ctx.weightOf(name, node)));
  const factor = scale.map((s, c) => s / Math.sqrt(variance[c] + node.attributes.epsilon));
  const term = shift.map((b, c) => b - mean[c] * factor[c]);
  const output = ctx.place(step.output);
  const perChannel = (data: Float32Array) => channelwise(data, output.extents, ctx);
  const inputs = [ctx.viewOf(x), perChannel(factor), perChannel(term)];
  ctx.elementwise(node.name, "multiply_add", inputs, output, step.activation);
}

/** Lowers an instance normalization: mean, deviation, and what is made of them. */
export function lowerInstanceNormalization(node: InstanceNormalizationNode, ctx: Context) {
  const [x, s, b] = node.inputs;
  const input = ctx.viewOf(x), output = ctx.place(node.outputs[0]);
  const { extents } = output;
  const statistics: Shape = extents.map((extent, axis) => axis < 2 ? extent : 1);
  const { name } = node;
  const one = (data: number) => broadcast(ctx.constant(Float32Array.of(data), [1]), statistics);
  const mean = ctx.temporary(statistics), square = ctx.temporary(statistics);
  const deviation = ctx.temporary(statistics), centred = ctx.temporary(extents);
  emitReduce(`${name}/mean`, "mean", input, broadcast(mean, extents), ctx);
  ctx.elementwise(`${name}/centre`, "sub", [input, broadcast(mean, extents)], centred);
  emitReduce(`${name}/variance`, "sum_square", centred, broadcast(square, extents), ctx);
  const count = sizeOf(extents.slice(2));
  ctx.elementwise(
    `${name}/deviation`,
    "multiply_add",
    [square, one(1 / count), one(node.attributes.epsilon)],
    deviation,
    { kind: "sqrt", alpha: 0, beta: 0 },
  );
  const spread = broadcast(deviation, extents);
  ctx.elementwise(`${name}/scale`, "div", [centred, spread], centred);
  const perChannel = (weight: string) =>
    channelwise(values(ctx.weightOf(weight, node)), extents, ctx);
  const inputs = [centred, perChannel(s), perChannel(b)];
  ctx.elementwise(name, "multiply_add", inputs, output);
}

/**
 * Adds a reduction; `output` repeats over the axes that are reduced.
 *
 * @throws {RangeError} when more axes are left than a tensor of the plan can have.
 */
export function emitReduce(
  name: string,
  fn: ReduceOperator["function"],
  input: View,
  output: View,
  ctx: Context,
): void {
  const [from, to] = mergedViews([input, output]);
  if (to.extents.length > MAX_RANK) {
    throw new RangeError(
      `Cannot lower "${name}" as its values must have at most ${MAX_RANK} axes that cannot be ` +
        `joined: current value is ${to.extents.length}`,
    );
  }
  ctx.emit<ReduceOperator>(
    { kind: "reduce", name, function: fn, activation: NO_ACTIVATION },
    [from],
    to,
  );
}

function channelwise(data: Float32Array, extents: Shape, ctx: Context): View {
  const shape = extents.map((extent, axis) => axis === 1 ? extent : 1);
  return broadcast(ctx.constant(data, shape), extents);
}
