/**
 * How channels pass functions, sums and products of values, and reductions.
 *
 * @module
 */

import type { BinaryNode, Node, ReduceNode, SoftmaxNode } from "../../model.ts";
import { values } from "../../tensor.ts";
import { binaryAt, reductionAt, unaryAt } from "./at_constant.ts";
import { alongAxis } from "./trace.ts";
import type { ChannelAxis, ChannelTrace } from "./trace.ts";

/** Functions of one value treat channels apart. */
export function traceFunction(trace: ChannelTrace, node: Node): void {
  const x = trace.values.get(node.inputs[0]);
  if (!x) return;
  trace.set(node.outputs[0], { ...x, constants: constantsOf(x).map((c) => unaryAt(node, c)) });
}

/** One operand of a binary operator, along an axis of the output. */
interface Operand {
  readonly name: string;
  /** Axes that broadcasting puts before those of the operand. */
  readonly before: number;
  /** Its channels, if they are known; the axis is one of the output's. */
  readonly channels?: ChannelAxis;
}

/**
 * Channels of both operands are tied. A weight with one entry for each channel is a channel of its
 * own; what is broadcast along the channels leaves them alone.
 */
export function traceBinary(trace: ChannelTrace, node: BinaryNode): void {
  const [output] = node.outputs;
  const shape = trace.shapes.get(output)!;
  const operands = node.inputs.map((name): Operand => {
    const before = shape.length - trace.shapes.get(name)!.length;
    const own = trace.values.get(name);
    return { name, before, channels: own && { ...own, axis: own.axis + before } };
  });
  const candidates = operands.flatMap(({ channels }) => channels ?? []);
  const main = candidates.find(({ axis, bundles }) => bundles.length === shape[axis]);
  if (!main || candidates.some(({ axis }) => axis !== main.axis)) {
    return trace.keepInputs(node, "meets them along different axes");
  }
  const [a, b] = operands.map((operand) => operandConstants(trace, node, operand, main));
  const constants = a.map((c, i) => binaryAt(node.op, c, b[i]));
  trace.set(output, { axis: main.axis, bundles: main.bundles, constants });
}

/** Ties an operand to the channels of the output; returns what it holds where they are removed. */
function operandConstants(
  trace: ChannelTrace,
  node: BinaryNode,
  { name, before, channels }: Operand,
  { axis, bundles }: ChannelAxis,
): Float64Array {
  const unknown = () => new Float64Array(bundles.length).fill(NaN);
  const extent = trace.shapes.get(name)![axis - before] ?? 1;
  const broadcast = extent === 1 && bundles.length > 1;
  if (channels && broadcast) {
    trace.keep(channels, `${node.op} "${node.name}" broadcasts them`);
    return unknown();
  }
  if (channels) {
    trace.bundles.tie(bundles, channels.bundles);
    return constantsOf(channels);
  }
  const weight = trace.model.weights.get(name);
  if (!weight) {
    if (!broadcast) {
      trace.bundles.keep(bundles, `${node.op} "${node.name}" meets them with "${name}"`);
    }
    return unknown();
  }
  if (broadcast) {
    const [first, ...others] = values(weight);
    return unknown().fill(others.every((w) => w === first) ? first : NaN);
  }
  trace.weight(name, axis - before, bundles);
  const addend = node.op === "Add" || node.op === "Sub";
  return addend && trace.removal === "zeroed"
    ? new Float64Array(bundles.length)
    : alongAxis(weight, axis - before);
}

/** What is reduced along other axes leaves channels apart; along their own it mixes them. */
export function traceReduction(trace: ChannelTrace, node: ReduceNode): void {
  const x = trace.values.get(node.inputs[0]);
  if (!x) return;
  const { axes, keepdims } = node.attributes;
  if (axes.includes(x.axis)) return trace.keepInputs(node, "mixes them");
  const shape = trace.shapes.get(node.inputs[0])!;
  const count = axes.reduce((product, axis) => product * shape[axis], 1);
  const constants = constantsOf(x).map((c) => reductionAt(node.op, c, count));
  const gone = keepdims ? 0 : axes.filter((axis) => axis < x.axis).length;
  trace.set(node.outputs[0], { ...x, axis: x.axis - gone, constants });
}

/** Softmax of a constant along another axis is one over its extent. */
export function traceSoftmax(trace: ChannelTrace, node: SoftmaxNode): void {
  const x = trace.values.get(node.inputs[0]);
  if (!x) return;
  if (node.attributes.axis === x.axis) return trace.keepInputs(node, "mixes them");
  const part = 1 / trace.shapes.get(node.inputs[0])![node.attributes.axis];
  const of = node.op === "Softmax" ? part : Math.log(part);
  const constants = constantsOf(x).map((c) => Number.isNaN(c) ? c : of);
  trace.set(node.outputs[0], { ...x, constants });
}

const constantsOf = ({ bundles, constants }: ChannelAxis) =>
  constants ?? new Float64Array(bundles.length);
