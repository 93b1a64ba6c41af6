/**
 * Normalizations and softmax in double precision.
 *
 * @module
 */

import { at, type Doubles, generate, moved } from "./doubles.ts";
import type { Evaluators } from "./evaluator.ts";

/** Evaluators of normalizations and softmax. */
export const NORMALIZATION_EVALUATORS: Evaluators<
  "BatchNormalization" | "InstanceNormalization" | "LRN" | "Softmax" | "LogSoftmax"
> = {
  BatchNormalization({ attributes: { epsilon } }, inputs, { batchStatistics = false }) {
    const [x, scale, shift, ...running] = inputs;
    const [means, variances] = batchStatistics
      ? statistics(x, ([, c]) => c)
      : running.map(({ data }) => data);
    return [generate(x.shape, (position) => {
      const c = position[1];
      const deviation = Math.sqrt(variances[c] + epsilon);
      return scale.data[c] * (at(x, position) - means[c]) / deviation + shift.data[c];
    })];
  },

  InstanceNormalization({ attributes: { epsilon } }, [x, scale, shift]) {
    const channels = x.shape[1];
    const [means, variances] = statistics(x, ([n, c]) => n * channels + c);
    return [generate(x.shape, (position) => {
      const [n, c] = position;
      const deviation = Math.sqrt(variances[n * channels + c] + epsilon);
      return scale.data[c] * (at(x, position) - means[n * channels + c]) / deviation +
        shift.data[c];
    })];
  },

  LRN({ attributes: { alpha, beta, bias, size } }, [x]) {
    return [generate(x.shape, (position) => {
      const c = position[1];
      let squares = 0;
      for (let i = c - Math.floor((size - 1) / 2); i <= c + Math.ceil((size - 1) / 2); i++) {
        squares += at(x, moved(position, 1, i)) ** 2;
      }
      return at(x, position) / (bias + alpha / size * squares) ** beta;
    })];
  },

  Softmax: ({ attributes: { axis } }, [x]) => [
    generate(x.shape, (position) => Math.exp(at(x, position) - logSumExp(x, axis, position))),
  ],

  LogSoftmax: ({ attributes: { axis } }, [x]) => [
    generate(x.shape, (position) => at(x, position) - logSumExp(x, axis, position)),
  ],
};

/** Mean and biased variance of the elements of each group. */
function statistics(
  x: Doubles,
  groupOf: (position: readonly number[]) => number,
): readonly [means: readonly number[], variances: readonly number[]] {
  const groups: number[][] = [];
  generate(x.shape, (position) => (groups[groupOf(position)] ??= []).push(at(x, position)));
  const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  const means = groups.map(mean);
  return [means, groups.map((list, group) => mean(list.map((v) => (v - means[group]) ** 2)))];
}

/** Logarithm of the sum of exponentials along one axis through a position. */
function logSumExp(x: Doubles, axis: number, position: readonly number[]): number {
  const along = Array.from({ length: x.shape[axis] }, (_, i) => at(x, moved(position, axis, i)));
  const most = Math.max(...along);
  return most + Math.log(along.reduce((sum, v) => sum + Math.exp(v - most), 0));
}
