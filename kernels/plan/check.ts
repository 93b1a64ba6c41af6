/**
 * The rules that a plan must keep so that no kernel reads or writes outside the arena: the same as
 * the runtime checks before it runs anything (`kernels/runtime/plan.c`, `matrix.c`).
 *
 * @module
 */

import { MAX_FUSED_POOL, SLACK_FLOATS } from "./format.ts";
import { decodeIndex } from "./index_code.ts";
import {
  type ConvolutionOperator,
  type FullyConnectedOperator,
  matrixOf,
  type MaxPoolOperator,
  type PackedMatrix,
  type PhasesOperator,
  type Plan,
  PlanFormatError,
  type PlanTensor,
  type Triple,
} from "./plan.ts";

const MAX_EXTENT = 2 ** 20, MAX_STRIDE = 2 ** 31, MAX_PLANE = 2 ** 28, MAX_ARENA = 2 ** 36;
const MAX_PHASE_STRIDE = 64;

/**
 * Checks a plan.
 *
 * @throws {PlanFormatError} naming the tensor or operator that breaks a rule, and the rule.
 */
export function checkPlan(plan: Plan): void {
  const { tensors, operators, input, output, arenaFloats } = plan;
  demand(
    tensors.length > 0 && operators.length > 0 && input < tensors.length &&
      output < tensors.length && arenaFloats <= MAX_ARENA,
    "the header names what is not there",
  );
  tensors.forEach((t, i) => checkTensor(t, `tensor ${i}`, arenaFloats));
  operators.forEach((op, i) => {
    const what = `operator ${i}`;
    demand(
      op.input < tensors.length && op.output < tensors.length && op.input !== op.output,
      `${what} names what is not there`,
    );
    const from = tensors[op.input], to = tensors[op.output];
    const matrix = matrixOf(op);
    if (matrix) checkMatrix(matrix, what);
    switch (op.kind) {
      case "convolution":
        return checkConvolution(op, from, to, arenaFloats, what);
      case "fully_connected":
        return checkFullyConnected(op, from, to, arenaFloats, what);
      case "max_pool":
        return checkPool(op, from, to, what);
      case "phases":
        return checkPhases(op, from, to, what);
      case "relu":
        return demand(sameExtents(to, from.channels, extentsOf(from)), `${what} changes extents`);
    }
  });
}

function checkTensor(t: PlanTensor, what: string, arenaFloats: number): void {
  const extents = [t.channels, t.depth, t.height, t.width];
  demand(extents.every((n) => n >= 1 && n <= MAX_EXTENT), `${what} has extents ${extents}`);
  const plane = (t.height - 1) * t.row + t.width, volume = (t.depth - 1) * t.plane + plane;
  demand(
    t.row >= t.width && t.plane >= plane && t.channel >= volume && t.plane <= MAX_PLANE &&
      t.channel <= MAX_STRIDE,
    `${what} has overlapping strides`,
  );
  const end = t.base + (t.channels - 1) * t.channel + volume;
  demand(
    end + SLACK_FLOATS <= arenaFloats,
    `${what} ends at float ${end} of an arena of ${arenaFloats}`,
  );
}

function checkMatrix(m: PackedMatrix, what: string): void {
  demand(
    [m.rows, m.channels, m.taps].every((n) => n >= 1 && n <= MAX_EXTENT) && m.span >= 1 &&
      m.channels % m.span === 0 && m.channelBlock >= 1 && m.channelBlock <= m.channels &&
      m.channelBlock % m.span === 0 && m.blockRows.length >= 1 && m.blockRows.length <= m.rows,
    `${what} has an impossible matrix`,
  );
  demand(
    m.blockRows.every((r) => [1, 2, 4, 8].includes(r)) &&
      m.blockRows.reduce((sum, r) => sum + r, 0) === m.rows,
    `${what} has blocks of rows [${m.blockRows}] for ${m.rows} rows`,
  );
  const distinct = new Set(m.rowOrder);
  demand(
    distinct.size === m.rows && m.rowOrder.every((row) => row < m.rows),
    `${what} does not write every row once`,
  );
  const perBlock = m.channelBlock / m.span * m.taps;
  const largest = Array.from(m.listEntries, (entries, l) => {
    const [start, end] = [m.listStart[l], m.listStart[l + 1]];
    demand(start <= end && end <= m.index.length, `${what} has a broken column list ${l}`);
    let last: number;
    try {
      last = decodeIndex(m.index.subarray(start, end), entries).at(-1) ?? -1;
    } catch (error) {
      throw new PlanFormatError(`${what} has a broken column list ${l}: ${error}`);
    }
    demand(last < perBlock, `${what} has a column list ${l} that is too long`);
    return last;
  });
  const blocks = m.blockRows.length;
  let weights = 0;
  m.listOf.forEach((list, pair) => {
    const here = Math.min(
      m.channelBlock,
      m.channels - Math.floor(pair / blocks) * m.channelBlock,
    );
    demand(
      list < largest.length && largest[list] < here / m.span * m.taps,
      `${what} names a column list ${list} that is not there or too long`,
    );
    weights += m.listEntries[list] * m.span * m.blockRows[pair % blocks];
  });
  demand(
    weights === m.weights.length,
    `${what} has lists for ${weights} weights but ${m.weights.length} weights`,
  );
}

function checkConvolution(
  op: ConvolutionOperator,
  from: PlanTensor,
  to: PlanTensor,
  arenaFloats: number,
  what: string,
): void {
  const { matrix: m, channelStep, extents, pool } = op;
  demand(extents.every((n) => n >= 1 && n <= MAX_EXTENT), `${what} has extents ${extents}`);
  const least = op.tapOffsets.reduce((a, b) => Math.min(a, b));
  const most = op.tapOffsets.reduce((a, b) => Math.max(a, b));
  const [depth, height, width] = extents;
  const last = (depth - 1) * from.plane + (height - 1) * from.row + width - 1;
  demand(
    channelStep <= MAX_STRIDE && m.channelBlock * channelStep + (most - least) < 2 ** 32 &&
      from.base + least >= 0 &&
      from.base + last + (m.channels - 1) * channelStep + Math.max(0, most) + SLACK_FLOATS <=
        arenaFloats,
    `${what} reads outside the arena`,
  );
  let written = extents;
  if (pool) {
    const { kernel, stride, pad } = pool;
    demand(
      kernel.every((k, axis) =>
        k >= 1 && k <= extents[axis] && k <= MAX_FUSED_POOL && k === stride[axis] && !pad[axis]
      ),
      `${what} fuses an impossible pool`,
    );
    const [kd, kh, kw] = kernel;
    written = [Math.floor(depth / kd), Math.floor(height / kh), Math.floor(width / kw)];
  }
  demand(sameExtents(to, m.rows, written), `${what} does not fit its output tensor`);
  demand(
    width <= from.row && height * from.row <= from.plane + from.row,
    `${what} overruns its input rows`,
  );
}

function checkFullyConnected(
  { matrix: m }: FullyConnectedOperator,
  from: PlanTensor,
  to: PlanTensor,
  arenaFloats: number,
  what: string,
): void {
  demand(
    m.taps === 1 && to.channel === 1 && sameExtents(to, m.rows, [1, 1, 1]),
    `${what} is not a fully connected layer`,
  );
  demand(
    from.base + m.channels - 1 + SLACK_FLOATS <= arenaFloats,
    `${what} reads outside the arena`,
  );
}

function checkPool({ pool }: MaxPoolOperator, from: PlanTensor, to: PlanTensor, what: string) {
  const read = extentsOf(from), written = extentsOf(to);
  demand(
    pool.kernel.every((k, axis) => {
      const s = pool.stride[axis], p = pool.pad[axis];
      return k >= 1 && s >= 1 && k <= MAX_EXTENT && s <= MAX_EXTENT && p < k &&
        (written[axis] - 1) * s < read[axis] + p;
    }),
    `${what} has an impossible pool`,
  );
  demand(from.channels === to.channels, `${what} changes its channels`);
}

function checkPhases({ stride }: PhasesOperator, from: PlanTensor, to: PlanTensor, what: string) {
  demand(
    stride.every((s) => s >= 1 && s <= MAX_PHASE_STRIDE),
    `${what} has an impossible stride ${stride}`,
  );
  demand(
    to.channels === from.channels * stride[0] * stride[1] * stride[2],
    `${what} does not fit its output tensor`,
  );
}

function extentsOf({ depth, height, width }: PlanTensor): Triple {
  return [depth, height, width];
}

function sameExtents(t: PlanTensor, channels: number, extents: Triple): boolean {
  return t.channels === channels && `${extentsOf(t)}` === `${extents}`;
}

function demand(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new PlanFormatError(rule);
}
