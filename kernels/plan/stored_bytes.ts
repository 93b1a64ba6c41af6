/**
 * How much memory the weights of a plan take.
 *
 * @module
 */

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
