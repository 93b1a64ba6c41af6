/**
 * The rules of weight matrices.
 *
 * @module
 */

import { decodeIndex } from "../index_code.ts";
import { type PackedMatrix, PlanFormatError } from "../plan.ts";
import { demand, within } from "./rules.ts";

/** Checks a matrix: its blocks, its lists, and that these fit its weights. */
export function checkMatrix(m: PackedMatrix, what: string): void {
  demand(
    within([m.rows, m.channels, m.taps], 1) && m.span >= 1 && m.channels % m.span === 0 &&
      m.channelBlock >= 1 && m.channelBlock <= m.channels && m.channelBlock % m.span === 0 &&
      m.blockRows.length >= 1 && m.blockRows.length <= m.rows,
    `${what} has an impossible matrix`,
  );
  demand(
    m.blockRows.every((r) => [1, 2, 4, 8].includes(r)) &&
      m.blockRows.reduce((sum, r) => sum + r, 0) === m.rows,
    `${what} has blocks of rows [${m.blockRows}] for ${m.rows} rows`,
  );
  demand(
    new Set(m.rowOrder).size === m.rows && m.rowOrder.every((row) => row < m.rows),
    `${what} does not write every row once`,
  );
  demand((m.bias?.length ?? m.rows) === m.rows, `${what} has ${m.bias?.length} biases`);
  const largest = largestColumns(m, what), blocks = m.blockRows.length;
  let weights = 0;
  m.listOf.forEach((list, pair) => {
    const first = Math.floor(pair / blocks) * m.channelBlock;
    const here = Math.min(m.channelBlock, m.channels - first);
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

/** Largest entry of each list of columns, -1 for an empty one. */
function largestColumns(m: PackedMatrix, what: string): number[] {
  const most = m.channelBlock / m.span * m.taps;
  return Array.from(m.listEntries, (entries, l) => {
    const [start, end] = [m.listStart[l], m.listStart[l + 1]];
    demand(start <= end && end <= m.index.length, `${what} has a broken column list ${l}`);
    let last: number;
    try {
      last = decodeIndex(m.index.subarray(start, end), entries).at(-1) ?? -1;
    } catch (error) {
      throw new PlanFormatError(`${what} has a broken column list ${l}: ${error}`);
    }
    demand(last < most, `${what} has a column list ${l} that is too long`);
    return last;
  });
}
