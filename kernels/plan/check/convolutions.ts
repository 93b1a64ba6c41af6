/**
 * The rules of convolutions and fully connected layers: the operators with weights.
 *
 * @module
 */

import { MAX_FUSED_POOL, SLACK_FLOATS } from "../format.ts";
import { denseFloats } from "../pack_dense.ts";
import { winogradFloats } from "../pack_winograd.ts";
import type {
  ConvolutionOperator,
  DenseConvolutionOperator,
  DepthwiseOperator,
  FullyConnectedOperator,
  Triple,
  WinogradOperator,
} from "../plan.ts";
import { checkMatrix } from "./matrix.ts";
import {
  type Checked,
  demand,
  demandInputs,
  demandVolumes,
  hasExtents,
  isContiguous,
  MAX_PLANE,
  MAX_STRIDE,
  within,
} from "./rules.ts";

/** Checks a convolution. */
export function checkConvolution(checked: Checked<ConvolutionOperator>): void {
  const { op, output, what } = checked, { matrix: m, extents, pool } = op;
  checkMatrix(m, what);
  demandImage(checked, 2);
  demand(within(extents, 1), `${what} has extents ${extents}`);
  demand(op.tapOffsets.length === m.taps, `${what} has ${op.tapOffsets.length} tap offsets`);
  demandTaps(checked, op, m.channels, m.channelBlock, extents);
  let written = extents;
  if (pool) {
    const { kernel, stride, pad } = pool;
    demand(
      kernel.every((k, axis) =>
        k >= 1 && k <= extents[axis] && k <= MAX_FUSED_POOL && k === stride[axis] && !pad[axis]
      ),
      `${what} fuses an impossible pool`,
    );
    const pooled = (axis: 0 | 1 | 2) => Math.floor(extents[axis] / kernel[axis]);
    written = [pooled(0), pooled(1), pooled(2)];
    demand(op.inputs.length === 1, `${what} has a residual and a pool`);
  }
  demand(hasExtents(output, [m.rows, ...written]), `${what} does not fit its output tensor`);
}

/** Checks a convolution by Winograd's algorithm. */
export function checkWinograd(checked: Checked<WinogradOperator>): void {
  const { op, inputs, output, what } = checked;
  demandImage(checked, 2);
  demand(
    within([op.rows, op.channels, op.depthTaps], 1) && within(op.pad, 0) &&
      inputs[0].extents[0] === op.channels && output.extents[0] === op.rows,
    `${what} does not fit its tensors`,
  );
  demand(
    op.weights.length === winogradFloats(op.rows, op.channels, op.depthTaps) &&
      (op.bias?.length ?? op.rows) === op.rows,
    `${what} has ${op.weights.length} weights`,
  );
}

/** Checks a dense convolution. */
export function checkDenseConvolution(checked: Checked<DenseConvolutionOperator>): void {
  const { op, inputs, output, what } = checked, { rows, channels, kernel } = op;
  demandImage(checked, 2);
  demand(
    within([rows, channels, ...kernel, ...op.stride, ...op.dilation], 1) && within(op.pad, 0) &&
      inputs[0].extents[0] === channels && output.extents[0] === rows,
    `${what} does not fit its tensors`,
  );
  demand(
    op.weights.length === denseFloats(rows, channels, kernel.reduce((a, b) => a * b)) &&
      (op.bias?.length ?? rows) === rows,
    `${what} has ${op.weights.length} weights`,
  );
}

/** Checks a depthwise convolution. */
export function checkDepthwise(checked: Checked<DepthwiseOperator>): void {
  const { op, output, what } = checked;
  demandImage(checked, 2);
  const [rows, depth, height, width] = output.extents, taps = op.tapOffsets.length;
  demand(
    within([op.multiplier, taps], 1) && rows % op.multiplier === 0,
    `${what} has ${taps} taps and multiplies channels by ${op.multiplier}`,
  );
  demand(
    op.weights.length === rows * taps && (op.bias?.length ?? rows) === rows,
    `${what} has ${op.weights.length} weights`,
  );
  demandTaps(checked, op, rows / op.multiplier, 1, [depth, height, width]);
}

/** Checks a fully connected layer. */
export function checkFullyConnected(checked: Checked<FullyConnectedOperator>): void {
  const { op: { matrix: m }, inputs, output, what } = checked;
  checkMatrix(m, what);
  demandInputs(checked, 1);
  const [input] = inputs;
  demand(
    m.taps === 1 && input.space === "arena" && hasExtents(input, [m.channels]) &&
      hasExtents(output, [m.rows]) && isContiguous(input) && isContiguous(output),
    `${what} is not a fully connected layer`,
  );
}

/**
 * Demands a volume to read from and one to write to, their rows contiguous, and at most `most`
 * inputs, of which the second is like the output.
 */
function demandImage(checked: Checked, most: number): void {
  const { inputs, output, what } = checked;
  demandInputs(checked, 1, most);
  demandVolumes(checked);
  demand(
    [...inputs, output].every((t) => t.space === "arena" && t.strides.at(-1) === 1) &&
      inputs.slice(1).every((residual) => hasExtents(residual, output.extents)),
    `${what} does not read and write rows of activations`,
  );
}

/**
 * Demands that every tap of every position lies in the arena, with what kernels read behind it, and
 * that rows and planes of the input hold those of the output, as runs of positions are cut by them.
 */
function demandTaps(
  { inputs: [input], plan, what }: Checked,
  { tapOffsets, channelStep }: ConvolutionOperator | DepthwiseOperator,
  channels: number,
  channelBlock: number,
  [depth, height, width]: Triple,
): void {
  const row = height > 1 ? input.strides[2] : 0, plane = depth > 1 ? input.strides[1] : 0;
  const run = (height - 1) * row + width;
  const least = tapOffsets.reduce((a, b) => Math.min(a, b));
  const most = tapOffsets.reduce((a, b) => Math.max(a, b));
  demand(
    (height === 1 || row >= width) && (depth === 1 || plane >= run) && run <= MAX_PLANE &&
      plane <= MAX_PLANE,
    `${what} overruns its input rows`,
  );
  const last = (depth - 1) * plane + run - 1;
  demand(
    channelStep >= 0 && channelStep <= MAX_STRIDE &&
      channelBlock * channelStep + (most - least) < 2 ** 32 &&
      input.base + least >= 0 &&
      input.base + last + (channels - 1) * channelStep + Math.max(0, most) + SLACK_FLOATS <=
        plan.arenaFloats,
    `${what} reads outside the arena`,
  );
}
