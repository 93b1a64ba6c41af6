/**
 * How channels pass layers with parameters, and pools.
 *
 * @module
 */

import type {
  AveragePoolNode,
  BatchNormalizationNode,
  ConvNode,
  ConvTransposeNode,
  GemmNode,
  GlobalPoolNode,
  InstanceNormalizationNode,
  LpPoolNode,
  MatMulNode,
  MaxPoolNode,
} from "../../model.ts";
import { sizeOf, values } from "../../tensor.ts";
import type { ChannelAxis, ChannelTrace } from "./trace.ts";

/** Filters are new channels; in a grouped convolution they are tied across the groups. */
export function traceConv(trace: ChannelTrace, node: ConvNode): void {
  const [, weight, bias] = node.inputs;
  const { group, pads } = node.attributes;
  const [filters, perGroup] = trace.shapes.get(weight)!;
  const x = trace.input(node, 1);
  if (group > 1 && perGroup === 1) {
    return traceDepthwise(trace, node, x, filters / group);
  }
  if (x) {
    const first = tieGroups(trace, x.bundles, group);
    trace.read(node, { weight, axis: 1 }, x, pads.every((pad) => pad === 0), first);
  }
  const bundles = trace.bundles.fresh(filters);
  tieGroups(trace, bundles, group);
  trace.weight(weight, 0, bundles);
  trace.weight(bias, 0, bundles);
  trace.set(node.outputs[0], { axis: 1, bundles, constants: trace.addend(bias, filters) });
}

/** The same, but the weight is `[N, M/group, K...]`. Its borders never see a uniform constant. */
export function traceConvTranspose(trace: ChannelTrace, node: ConvTransposeNode): void {
  const [, weight, bias] = node.inputs;
  const { group } = node.attributes;
  const [channels, perGroup] = trace.shapes.get(weight)!;
  const x = trace.input(node, 1);
  if (group > 1 && channels === group) {
    return traceDepthwise(trace, node, x, perGroup);
  }
  if (x) {
    tieGroups(trace, x.bundles, group);
    trace.read(node, { weight, axis: 0 }, x, false);
  }
  const bundles = trace.bundles.fresh(perGroup * group);
  trace.weight(weight, 1, tieGroups(trace, bundles, group));
  trace.weight(bias, 0, bundles);
  trace.set(node.outputs[0], { axis: 1, bundles, constants: trace.addend(bias, bundles.length) });
}

/** Outputs are new channels, read or not. */
export function traceGemm(trace: ChannelTrace, node: GemmNode): void {
  const [, weight, bias] = node.inputs;
  const x = trace.input(node, 1);
  if (x) trace.read(node, { weight, axis: 1 }, x, true);
  const [outputs] = trace.shapes.get(weight)!;
  const bundles = trace.bundles.fresh(outputs);
  trace.weight(weight, 0, bundles);
  trace.weight(bias, 0, bundles);
  trace.set(node.outputs[0], { axis: 1, bundles, constants: trace.addend(bias, outputs) });
}

/** A product with a weight `[K, N]` on the right; of any other the channels stay. */
export function traceMatMul(trace: ChannelTrace, node: MatMulNode): void {
  const [left, right] = node.inputs;
  const weight = trace.model.weights.get(right);
  if (!weight || weight.shape.length !== 2 || trace.model.weights.has(left)) {
    return trace.keepInputs(node, "multiplies them by other values");
  }
  const last = trace.shapes.get(left)!.length - 1;
  const x = trace.values.get(left);
  if (x && x.axis !== last) {
    return trace.set(node.outputs[0], { ...x, constants: x.constants?.map((c) => c ? NaN : 0) });
  }
  if (x) trace.read(node, { weight: right, axis: 0 }, x, false);
  const bundles = trace.bundles.fresh(weight.shape[1]);
  trace.weight(right, 1, bundles);
  trace.set(node.outputs[0], { axis: last, bundles });
}

/** Parameters of a normalization are channels like those of its input. */
export function traceNormalization(
  trace: ChannelTrace,
  node: BatchNormalizationNode | InstanceNormalizationNode,
): void {
  const x = trace.input(node, 1);
  if (!x) return;
  for (const name of node.inputs.slice(1)) trace.weight(name, 0, x.bundles);
  const count = x.bundles.length;
  const [scale, shift, mean, variance] = node.inputs.slice(1).map((name) =>
    trace.addend(name, count)
  );
  const constants = shift.map((b, i) => {
    if (trace.removal === "zeroed" || node.op === "InstanceNormalization") return b;
    const c = x.constants?.[i] ?? 0;
    return scale[i] * (c - mean[i]) / Math.sqrt(variance[i] + node.attributes.epsilon) + b;
  });
  trace.set(node.outputs[0], { ...x, constants });
}

/** A pool of a constant is that constant, where padding does not count. */
export function tracePool(
  trace: ChannelTrace,
  node: MaxPoolNode | AveragePoolNode | LpPoolNode | GlobalPoolNode,
): void {
  const x = trace.input(node, 1);
  if (!x) return;
  const uniform = node.op === "AveragePool"
    ? node.attributes.count_include_pad === 0 || node.attributes.pads.every((pad) => pad === 0)
    : node.op !== "LpPool";
  const constants = x.constants?.map((c) => uniform || c === 0 ? c : NaN);
  trace.set(node.outputs[0], { ...x, constants });
}

/** Each channel of `x` is tied to the `multiplier` filters that read it and nothing else. */
function traceDepthwise(
  trace: ChannelTrace,
  node: ConvNode | ConvTransposeNode,
  x: ChannelAxis | undefined,
  multiplier: number,
) {
  if (!x) return;
  const [, weight, bias] = node.inputs;
  const channelOf = (filter: number) => Math.floor(filter / multiplier);
  const count = x.bundles.length * multiplier;
  const bundles = Int32Array.from({ length: count }, (_, filter) => x.bundles[channelOf(filter)]);
  trace.weight(weight, 0, node.op === "Conv" ? bundles : x.bundles);
  trace.weight(bias, 0, bundles);
  const constants = trace.addend(bias, count).map((b, filter) => {
    const c = x.constants?.[channelOf(filter)] ?? 0;
    return trace.removal === "zeroed" || c === 0 ? b : b + c * gain(trace, node, filter);
  });
  trace.set(node.outputs[0], { axis: 1, bundles, constants });
}

/** What a filter of a depthwise convolution multiplies a constant by; NaN where borders differ. */
function gain(trace: ChannelTrace, node: ConvNode | ConvTransposeNode, filter: number): number {
  const weight = trace.model.weights.get(node.inputs[1]);
  if (!weight || node.op !== "Conv" || node.attributes.pads.some((pad) => pad !== 0)) return NaN;
  const positions = sizeOf(weight.shape.slice(1));
  const own = values(weight).subarray(filter * positions, (filter + 1) * positions);
  return own.reduce((sum, w) => sum + w, 0);
}

/** Ties channel j of every group; returns those of the first group. */
function tieGroups(trace: ChannelTrace, bundles: Int32Array, group: number): Int32Array {
  const perGroup = bundles.length / group;
  const first = bundles.subarray(0, perGroup);
  for (let g = 1; g < group; g++) {
    trace.bundles.tie(first, bundles.subarray(g * perGroup, (g + 1) * perGroup));
  }
  return first;
}
