/**
 * Filter pruning by the distance to the geometric median.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { type Tensor, values } from "../../graph/tensor.ts";
import type { ChannelPlan } from "../channels.ts";
import type { Compressor } from "../compressor.ts";
import { filterAxis } from "../filters.ts";
import { layersOf } from "../layers.ts";
import { uniformControl } from "./uniform.ts";

/**
 * FPGM: what goes are the filters that the others of their layer can replace best, those nearest to
 * the geometric median of all, whatever their norm.
 */
export const fpgm: Compressor<Record<never, never>> = uniformControl({
  id: "fpgm",
  description: "filters nearest to the geometric median removed, the same fraction everywhere " +
    "(control)",
  paper: {
    authors: "He, Liu, Wang, Hu, Yang",
    title:
      "Filter Pruning via Geometric Median for Deep Convolutional Neural Networks Acceleration",
    venue: "CVPR 2019",
    url: "https://arxiv.org/abs/1811.00250",
  },
  score: medianScores,
});

/**
 * Scores of all bundles: the root of the sum of squares of {@linkcode medianDistances} of their
 * filters, in all layers of their groups.
 *
 * @throws {RangeError} when a weight is not a finite number.
 */
export function medianScores(model: Model, plan: ChannelPlan): Float32Array {
  const squares = new Float64Array(plan.channels.count);
  const layers = new Set(plan.groups.flatMap(({ layers }) => layers));
  for (const node of layersOf(model)) {
    if (!layers.has(node.name)) continue;
    const [, weight] = node.inputs;
    const axis = filterAxis(plan, node);
    const bundles = plan.channels.weights.get(weight)![axis]!;
    medianDistances(model.weights.get(weight)!, axis)
      .forEach((distance, m) => squares[bundles[m]] += distance * distance);
  }
  const scores = Float32Array.from(squares, Math.sqrt);
  if (scores.every(Number.isFinite)) return scores;
  throw new RangeError(`Cannot score filters as every weight must be a finite number`);
}

/**
 * `sum over j of ||W_m - W_j||` for each filter m of one layer (FPGM, equation 5), Euclidean.
 *
 * @param weight `[M, N, K...]`, or `[N, M, K...]`.
 * @param axis Along which the filters lie, 0 or 1.
 */
export function medianDistances(weight: Tensor, axis: 0 | 1): Float64Array {
  const [first, second, ...kernel] = weight.shape;
  const filters = filterRows(values(weight), axis === 0 ? 1 : first, weight.shape[axis]);
  const length = (axis === 0 ? second : first) * kernel.reduce((a, b) => a * b, 1);
  const sums = new Float64Array(weight.shape[axis]);
  for (let a = 0; a < sums.length; a++) {
    for (let b = a + 1; b < sums.length; b++) {
      let square = 0;
      for (let i = 0; i < length; i++) {
        const difference = filters[a * length + i] - filters[b * length + i];
        square += difference * difference;
      }
      const distance = Math.sqrt(square);
      sums[a] += distance;
      sums[b] += distance;
    }
  }
  return sums;
}

/** `[outer, M, inner]` as one row for each filter: `[M, outer * inner]`. */
function filterRows(data: Float32Array, outer: number, M: number): Float32Array {
  if (outer === 1) return data;
  const inner = data.length / (outer * M);
  const rows = new Float32Array(data.length);
  for (let n = 0; n < outer; n++) {
    for (let m = 0; m < M; m++) {
      const from = (n * M + m) * inner;
      rows.set(data.subarray(from, from + inner), (m * outer + n) * inner);
    }
  }
  return rows;
}
