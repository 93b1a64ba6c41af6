/**
 * Cases of pools, normalizations and softmax.
 *
 * @module
 */

import { randomBatchNorm } from "../../../../graph/testing.ts";
import { type GradientCase, ofOne } from "./case.ts";

const logSoftmax = (axis: number): GradientCase =>
  ofOne(
    `LogSoftmax along axis ${axis}`,
    [2, 3, 4],
    (g, x) =>
      g.append({
        name: "log",
        op: "LogSoftmax",
        inputs: [x],
        outputs: ["log"],
        attributes: { axis },
      }),
  );

const name = "pool";

/** Cases of pools, normalizations and softmax. */
export const CHANNEL_CASES: readonly GradientCase[] = [
  ofOne("MaxPool in tiles", [2, 2, 6, 4], (g, x) => g.maxPool(x, { name, kernel: 2 })),
  ofOne("MaxPool in tiles with a rest", [2, 2, 7, 5], (g, x) => g.maxPool(x, { name, kernel: 2 })),
  ofOne(
    "MaxPool in tiles with pads",
    [1, 2, 5, 6],
    (g, x) => g.maxPool(x, { name, kernel: 2, pads: [1, 0, 0, 1] }),
  ),
  ofOne(
    "MaxPool with gaps",
    [1, 2, 7, 8],
    (g, x) => g.maxPool(x, { name, kernel: 2, stride: 3 }),
  ),
  ofOne(
    "MaxPool with overlap",
    [2, 2, 7, 6],
    (g, x) => g.maxPool(x, { name, kernel: 3, stride: 2, pad: 1 }),
  ),
  ofOne(
    "MaxPool by stride 1",
    [1, 3, 5, 4],
    (g, x) => g.maxPool(x, { name, kernel: 3, stride: 1, pads: [1, 1, 1, 1] }),
  ),
  ofOne(
    "MaxPool with ceil_mode",
    [1, 2, 6, 7],
    (g, x) => g.maxPool(x, { name, kernel: 3, stride: 2, ceil: true }),
  ),
  ofOne(
    "MaxPool in tiles with ceil_mode",
    [1, 2, 5, 7],
    (g, x) => g.maxPool(x, { name, kernel: 2, ceil: true }),
  ),
  ofOne(
    "MaxPool dilated",
    [1, 2, 8, 7],
    (g, x) => g.maxPool(x, { name, kernel: 2, stride: [1, 2], dilation: [3, 2], pad: 1 }),
  ),
  ofOne("MaxPool 1-D", [2, 3, 8], (g, x) => g.maxPool(x, { name, kernel: 3, stride: 2 })),
  ofOne("MaxPool 3-D", [2, 2, 3, 4, 6], (g, x) => g.maxPool(x, { name, kernel: [1, 2, 2] })),
  ofOne(
    "MaxPool 3-D with overlap",
    [1, 2, 4, 5, 5],
    (g, x) => g.maxPool(x, { name, kernel: [2, 3, 3], stride: [1, 2, 2], pad: [0, 1, 1] }),
  ),

  ofOne("AveragePool in tiles", [2, 2, 6, 4], (g, x) => g.averagePool(x, { name, kernel: 2 })),
  ofOne("AveragePool with a rest", [2, 2, 7, 5], (g, x) => g.averagePool(x, { name, kernel: 2 })),
  ofOne(
    "AveragePool with overlap and pads",
    [1, 3, 6, 7],
    (g, x) => g.averagePool(x, { name, kernel: 3, stride: 2, pads: [1, 0, 2, 1] }),
  ),
  ofOne(
    "AveragePool, padding counted",
    [2, 2, 6, 5],
    (g, x) => g.averagePool(x, { name, kernel: 3, stride: 2, pad: 1, countPadding: true }),
  ),
  ofOne(
    "AveragePool with ceil_mode",
    [1, 2, 6, 8],
    (g, x) => g.averagePool(x, { name, kernel: 3, stride: 2, pads: [0, 1, 1, 0], ceil: true }),
  ),
  ofOne(
    "AveragePool with ceil_mode, padding counted",
    [1, 2, 6, 8],
    (g, x) =>
      g.averagePool(x, { name, kernel: 3, stride: 2, pad: 1, ceil: true, countPadding: true }),
  ),
  ofOne(
    "AveragePool dilated",
    [1, 2, 7, 6],
    (g, x) => g.averagePool(x, { name, kernel: 2, stride: 1, dilation: [2, 3], pad: 1 }),
  ),
  ofOne("AveragePool 1-D", [2, 2, 7], (g, x) => g.averagePool(x, { name, kernel: 3, stride: 2 })),
  ofOne(
    "AveragePool 3-D",
    [1, 2, 4, 5, 6],
    (g, x) => g.averagePool(x, { name, kernel: [2, 3, 3], stride: [2, 2, 1], pad: [0, 1, 1] }),
  ),

  ofOne(
    "LpPool",
    [2, 2, 5, 6],
    (g, x) => g.lpPool(x, { name, kernel: 3, stride: 2, pad: 1 }),
  ),
  ofOne("LpPool of p 3", [1, 2, 5, 6], (g, x) => g.lpPool(x, { name, kernel: 2, p: 3 })),
  ofOne(
    "LpPool of p 1 with ceil_mode",
    [1, 2, 5, 6],
    (g, x) => g.lpPool(x, { name, kernel: [3, 2], stride: [2, 2], p: 1, ceil: true }),
  ),

  ofOne("GlobalAveragePool", [2, 3, 4, 3], (g, x) => g.globalAveragePool(x)),
  ofOne("GlobalAveragePool 3-D", [2, 2, 2, 3, 3], (g, x) => g.globalAveragePool(x)),
  ofOne("GlobalMaxPool", [2, 3, 4, 3], (g, x) => g.globalMaxPool(x)),
  ofOne("GlobalMaxPool 1-D", [2, 3, 5], (g, x) => g.globalMaxPool(x)),

  ofOne(
    "BatchNormalization with running statistics",
    [2, 3, 4, 3],
    (g, x) => g.batchNorm(x, randomBatchNorm("norm")),
  ),
  ofOne(
    "BatchNormalization with statistics of the batch",
    [3, 3, 4, 3],
    (g, x) => g.batchNorm(x, randomBatchNorm("norm")),
    { batchStatistics: true },
  ),
  ofOne(
    "BatchNormalization of features, statistics of the batch",
    [6, 4],
    (g, x) => g.batchNorm(x, { ...randomBatchNorm("norm"), epsilon: 0.1 }),
    { batchStatistics: true },
  ),
  ofOne(
    "BatchNormalization 3-D of values far from 0, statistics of the batch",
    [2, 2, 2, 3, 3],
    (g, x) => g.batchNorm(x, randomBatchNorm("norm")),
    { batchStatistics: true, ranges: { x: [9, 11] } },
  ),
  ofOne(
    "InstanceNormalization",
    [2, 3, 4, 3],
    (g, x) => g.instanceNorm(x, randomBatchNorm("norm")),
  ),
  ofOne(
    "InstanceNormalization 3-D",
    [2, 2, 2, 3, 3],
    (g, x) => g.instanceNorm(x, { ...randomBatchNorm("norm"), epsilon: 0.01 }),
  ),
  ofOne("LRN", [2, 7, 3, 2], (g, x) => g.lrn(x, { size: 5, alpha: 0.5 })),
  ofOne(
    "LRN of size 3",
    [1, 6, 2, 3],
    (g, x) => g.lrn(x, { size: 3, alpha: 2, beta: 0.6, bias: 1.5 }),
  ),

  ofOne("Softmax", [3, 5], (g, x) => g.softmax(x)),
  ofOne("Softmax along the channels", [2, 4, 3, 2], (g, x) => g.softmax(x, 1)),
  logSoftmax(1),
  logSoftmax(2),
];
