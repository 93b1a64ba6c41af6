/**
 * How much memory the weights of a plan take.
 *
 * @module
 */

import { csrIndexBytes } from "../../compressors/sparsity/index_bytes.ts";
import type { PackedMatrix, Plan, PlanOperator } from "./plan.ts";

/** The weight matrix of an operator, if it has one. */
function matrixOf(operator: PlanOperator): PackedMatrix | undefined {
  return operator.kind === "convolution" || operator.kind === "fully_connected"
    ? operator.matrix
    : undefined;
}

/** Bytes that an operator's weights take: values (with bias) and everything that says where they go. */
export function storedBytes(operator: PlanOperator): { values: number; index: number } {
  if (
    operator.kind === "winograd" || operator.kind === "dense_convolution" ||
    operator.kind === "depthwise"
  ) {
    const { weights, bias } = operator;
    return { values: weights.byteLength + (bias?.byteLength ?? 0), index: 0 };
  }
  const m = matrixOf(operator);
  if (!m) return { values: 0, index: 0 };
  const tables = [m.blockRows, m.rowOrder, m.listOf, m.listStart, m.listEntries];
  return {
    values: m.weights.byteLength + (m.bias?.byteLength ?? 0),
    index: m.index.byteLength + tables.reduce((sum, table) => sum + table.byteLength, 0),
  };
}

/** Bytes that the weights of a whole plan take. */
export function planBytes({ operators }: Plan): { values: number; index: number } {
  return operators.map(storedBytes).reduce(
    (sum, { values, index }) => ({ values: sum.values + values, index: sum.index + index }),
    { values: 0, index: 0 },
  );
}

/**
 * Bytes that compressed sparse rows would take to say where the weights of a plan's sparse matrices go;
 * 0 for a plan that has none.
 */
export function planCsrBytes({ operators }: Plan): number {
  const matrices = new Set(operators.map(matrixOf)); // the images of a batch share theirs
  return [...matrices].reduce((sum, m) => {
    const sparse = m && m.weights.length < m.rows * m.channels * m.taps;
    return sum + (sparse ? csrIndexBytes(m.weights.length, m.rows) : 0);
  }, 0);
}
