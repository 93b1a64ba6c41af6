/**
 * Shapes of operators with a sliding kernel or window: convolutions and pools.
 *
 * @module
 */

import type {
  AveragePoolNode,
  ConvNode,
  ConvTransposeNode,
  GlobalPoolNode,
  LpPoolNode,
  MaxPoolNode,
} from "../model.ts";
import type { Shape } from "../tensor.ts";
import { expectCounts, expectIntegers, expectRank, expectShape, refuse } from "./expect.ts";

/** A pool with a window. */
type WindowPool = MaxPoolNode | AveragePoolNode | LpPoolNode;

/** Most spatial axes that a kernel or window slides along. */
const MAX_SPATIAL = 3;

/** `[N, M, ...]` of a convolution of `x [N, C, ...]`. */
export function convShape(node: ConvNode, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 2, 3);
  const [x, weight, bias] = inputs;
  const { kernel_shape, strides, group } = node.attributes;
  expectWindow(node, x);
  const [batch, channels, ...extents] = x;
  const [filters = 0] = weight;
  if (!(Number.isInteger(group) && group >= 1 && channels % group === 0 && filters % group === 0)) {
    refuse(node, "group", `a divisor of ${channels} channels and ${filters} filters`, group);
  }
  expectShape(node, 1, weight, [filters, channels / group, ...kernel_shape]);
  if (bias) expectShape(node, 2, bias, [filters]);
  const spatial = extents.map((extent, axis) => {
    const { padded, window } = reach(node, extent, axis);
    if (window > padded) refuseWindow(node, axis, window, padded);
    return Math.floor((padded - window) / strides[axis]) + 1;
  });
  return [batch, filters, ...spatial];
}

/** `[N, M, ...]` of a transposed convolution of `x [N, C, ...]`, weight `[C, M/group, ...]`. */
export function convTransposeShape(node: ConvTransposeNode, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 2, 3);
  const [x, weight, bias] = inputs;
  const { kernel_shape, strides, pads, group, output_padding } = node.attributes;
  expectWindow(node, x);
  const [batch, channels, ...extents] = x;
  if (!(Number.isInteger(group) && group >= 1 && channels % group === 0)) {
    refuse(node, "group", `a divisor of ${channels} channels`, group);
  }
  const [, perGroup = 0] = weight;
  expectShape(node, 1, weight, [channels, perGroup, ...kernel_shape]);
  const filters = perGroup * group;
  if (bias) expectShape(node, 2, bias, [filters]);
  expectIntegers(node, "output_padding", output_padding, extents.length, 0);
  if (output_padding.some((rows, axis) => rows >= strides[axis])) {
    refuse(node, "output_padding", `smaller than the strides [${strides}]`, output_padding);
  }
  const spatial = extents.map((extent, axis) => {
    const { window } = reach(node, extent, axis);
    const cut = pads[axis] + pads[axis + extents.length];
    const whole = (extent - 1) * strides[axis] + window + output_padding[axis];
    if (cut >= whole) {
      refuse(node, "pads", `below ${whole} in all on spatial axis ${axis}`, pads);
    }
    return whole - cut;
  });
  return [batch, filters, ...spatial];
}

/** `[N, C, ...]` of a pool of `x [N, C, ...]`. */
export function poolShape(node: WindowPool, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 1);
  const [x] = inputs;
  const { kernel_shape, strides, pads, ceil_mode } = node.attributes;
  expectWindow(node, x);
  if (node.op === "LpPool" && !(node.attributes.p >= 1)) {
    refuse(node, "p", "at least 1", node.attributes.p);
  }
  if (pads.some((pad, i) => pad >= kernel_shape[i % kernel_shape.length])) {
    refuse(node, "pads", `smaller than the kernel [${kernel_shape}]`, pads);
  }
  const [batch, channels, ...extents] = x;
  const spatial = extents.map((extent, axis) => {
    const { padded, window } = reach(node, extent, axis);
    const steps = (padded - window) / strides[axis];
    if (!ceil_mode) {
      if (steps < 0) refuseWindow(node, axis, window, padded);
      return Math.floor(steps) + 1;
    }
    const count = Math.ceil(steps) + 1;
    // The last window must begin inside the input or the padding before it.
    const begins = (count - 1) * strides[axis] < extent + pads[axis];
    const kept = begins ? count : count - 1;
    if (kept < 1) refuseWindow(node, axis, window, padded);
    return kept;
  });
  return [batch, channels, ...spatial];
}

/** `[N, C, 1...]`. */
export function globalPoolShape(node: GlobalPoolNode, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 1);
  expectRank(node, 0, inputs[0], 3, Infinity);
  const [batch, channels, ...spatial] = inputs[0];
  return [batch, channels, ...spatial.map(() => 1)];
}

/** Checks the lists that say where a kernel or window goes, and the rank of what it slides along. */
function expectWindow(node: ConvNode | ConvTransposeNode | WindowPool, x: Shape) {
  const { kernel_shape, strides, pads, dilations } = node.attributes;
  expectRank(node, 0, x, 3, 2 + MAX_SPATIAL);
  const spatial = x.length - 2;
  expectIntegers(node, "kernel_shape", kernel_shape, spatial, 1);
  expectIntegers(node, "strides", strides, spatial, 1);
  expectIntegers(node, "dilations", dilations, spatial, 1);
  expectIntegers(node, "pads", pads, 2 * spatial, 0);
}

/** Extents of the padded input and of the dilated kernel along one spatial axis. */
function reach(node: ConvNode | ConvTransposeNode | WindowPool, extent: number, axis: number) {
  const { kernel_shape, pads, dilations } = node.attributes;
  return {
    padded: extent + pads[axis] + pads[axis + kernel_shape.length],
    window: (kernel_shape[axis] - 1) * dilations[axis] + 1,
  };
}

function refuseWindow(node: ConvNode | WindowPool, axis: number, window: number, padded: number) {
  refuse(
    node,
    `input "${node.inputs[0]}"`,
    `at least ${window} long on spatial axis ${axis}, padding included`,
    padded,
  );
}
