/**
 * The rules of the operators without weights.
 *
 * @module
 */

import { SLACK_FLOATS } from "../format.ts";
import type {
  ClearOperator,
  ElementwiseFunction,
  ElementwiseOperator,
  LrnOperator,
  MatrixProductOperator,
  PoolOperator,
  ReduceOperator,
  ResampleOperator,
  SoftmaxOperator,
} from "../plan.ts";
import {
  type Checked,
  demand,
  demandInputs,
  demandVolumes,
  hasExtents,
  isContiguous,
  MAX_FLOATS,
  reachOf,
  within,
} from "./rules.ts";

/** How many values each function takes; two if not said. */
const ARITY: { readonly [Name in ElementwiseFunction]?: number } = { copy: 1, multiply_add: 3 };

/** Checks a pool: every window has a position that is not padding. */
export function checkPool(checked: Checked<PoolOperator>): void {
  const { op, inputs: [input], output, what } = checked;
  demandInputs(checked, 1);
  demandVolumes(checked);
  demand(
    within([...op.kernel, ...op.stride, ...op.dilation], 1) &&
      within([...op.pad, ...op.padEnd], 0) &&
      (op.function === "norm" ? within([op.p], 1) : op.p === 0),
    `${what} has an impossible pool`,
  );
  demand(input.extents[0] === output.extents[0], `${what} changes its channels`);
  for (let axis = 0; axis < 3; axis++) {
    const extent = input.extents[axis + 1], step = op.dilation[axis];
    for (let o = 0; o < output.extents[axis + 1]; o++) {
      const start = o * op.stride[axis] - op.pad[axis];
      const first = start < 0 ? Math.ceil(-start / step) : 0;
      demand(
        first < op.kernel[axis] && start + first * step < extent,
        `${what} has a window ${o} of padding alone`,
      );
    }
  }
}

/** Checks an elementwise operator. */
export function checkElementwise(checked: Checked<ElementwiseOperator>): void {
  demandInputs(checked, ARITY[checked.op.function] ?? 2);
  demandOutputsExtents(checked);
}

/** Checks a reduction. */
export function checkReduce(checked: Checked<ReduceOperator>): void {
  demandInputs(checked, 1);
  demandOutputsExtents(checked);
}

/** Checks a softmax. */
export function checkSoftmax(checked: Checked<SoftmaxOperator>): void {
  const { op, output, what } = checked;
  demandInputs(checked, 1);
  demandOutputsExtents(checked);
  demand(op.axis >= 0 && op.axis < output.extents.length, `${what} has no axis ${op.axis}`);
}

/** Checks an interpolation. */
export function checkResample(checked: Checked<ResampleOperator>): void {
  const { op, inputs: [input], output, what } = checked;
  demandInputs(checked, 1);
  demandVolumes(checked);
  demand(input.extents[0] === output.extents[0], `${what} changes its channels`);
  op.tables.forEach(({ taps, positions, weights }, axis) => {
    const values = output.extents[axis + 1] * taps;
    demand(
      within([taps], 1) && positions.length === values && weights.length === values,
      `${what} has an impossible table`,
    );
    demand(
      positions.every((at) => at < input.extents[axis + 1]),
      `${what} reads positions that are not there`,
    );
  });
}

/** Checks a local response normalization. */
export function checkLrn(checked: Checked<LrnOperator>): void {
  demandInputs(checked, 1);
  demandVolumes(checked);
  demandOutputsExtents(checked);
  demand(within([checked.op.size], 1), `${checked.what} has a window of ${checked.op.size}`);
}

/** Checks a product of matrices. */
export function checkMatrixProduct(checked: Checked<MatrixProductOperator>): void {
  const { inputs: [a, b, sum], output, what } = checked;
  demandInputs(checked, 2, 3);
  const [batch, rows, inner] = a.extents, columns = b.extents[2];
  demand(
    a.extents.length === 3 && hasExtents(b, [batch, inner, columns]) &&
      hasExtents(output, [batch, rows, columns]) && (!sum || hasExtents(sum, output.extents)),
    `${what} has factors that do not fit`,
  );
}

/** Checks that what is cleared is an image layout, and lies in the arena. */
export function checkClear(checked: Checked<ClearOperator>): void {
  const { op, output, plan, what } = checked;
  demandInputs(checked, 0);
  demand(output.extents.length === 4, `${what} does not clear a volume`);
  const [channels, depth, height, width] = output.extents;
  const [channel, plane, row] = output.strides;
  const plane0 = (height === 1 ? 0 : (height - 1) * row) + width;
  const channel0 = (depth === 1 ? 0 : (depth - 1) * plane) + plane0;
  demand(
    isContiguous(output) && (height === 1 || row >= width) &&
      (depth === 1 || plane >= plane0) && (channels === 1 || channel >= channel0),
    `${what} clears what is not laid out as an image`,
  );
  demand(
    within([op.lead, op.trail], 0, MAX_FLOATS) && op.lead <= output.base &&
      output.base + reachOf(output).most + 1 + op.trail + SLACK_FLOATS <= plan.arenaFloats,
    `${what} clears outside the arena`,
  );
  demand(op.activation.kind === "none", `${what} has an activation`);
}

/** Demands that every input has the output's extents. */
function demandOutputsExtents({ inputs, output, what }: Checked): void {
  demand(
    inputs.every((input) => hasExtents(input, output.extents)),
    `${what} reads other extents than it writes`,
  );
}
