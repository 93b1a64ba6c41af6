/**
 * Shapes of matrix products.
 *
 * @module
 */

import type { GemmNode, MatMulNode } from "../model.ts";
import type { Shape } from "../tensor.ts";
import { broadcast } from "./broadcast.ts";
import { expectCounts, expectRank, expectShape, refuse } from "./expect.ts";

/** `[batch, out]` of a fully connected layer. */
export function gemmShape(node: GemmNode, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 2, 3);
  const [x, weight, bias] = inputs;
  expectRank(node, 0, x, 2);
  const [filters = 0] = weight;
  expectShape(node, 1, weight, [filters, x[1]]);
  if (bias) expectShape(node, 2, bias, [filters]);
  return [x[0], filters];
}

/** `[batch..., M, N]` of `[batch..., M, K] x [batch..., K, N]`; an input of rank 1 is a vector. */
export function matMulShape(node: MatMulNode, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 2);
  const [a, b] = inputs;
  expectRank(node, 0, a, 1, Infinity);
  expectRank(node, 1, b, 1, Infinity);
  const [K] = b.slice(-2);
  if (a[a.length - 1] !== K) {
    refuse(node, `input "${node.inputs[0]}"`, `${K} long on its last axis`, a);
  }
  const batch = broadcast(a.slice(0, -2), b.slice(0, -2));
  if (!batch) {
    refuse(node, `input "${node.inputs[1]}"`, `of batch axes that fit those of [${a}]`, b);
  }
  return [...batch, ...a.slice(-2, -1), ...(b.length > 1 ? b.slice(-1) : [])];
}
