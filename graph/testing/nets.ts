/**
 * Small random networks that have every operator between them, for tests: each is what one family
 * of real networks looks like, at a few thousand parameters.
 *
 * @module
 */

import { GraphBuilder, type UnaryFunction } from "../builder.ts";
import type { BinaryFunction, Model, Reduction } from "../model.ts";
import { randomBatchNorm, randomTensor, randomWeights } from "../testing.ts";

/** Two residual blocks, the second with a strided projection: convolution, batch norm, ReLU, sum. */
export function residualNet(seed = 1): Model {
  const g = new GraphBuilder("residual");
  const weights = randomWeights(seed);
  const unit = (x: string, name: string, filters: number, kernel: number, stride = 1) => {
    const y = g.conv(x, { name, filters, kernel, stride, pad: (kernel - 1) / 2, weights });
    return g.batchNorm(y, randomBatchNorm(`${name}/bn`, seed));
  };
  let x = g.relu(unit(g.input("image", [1, 3, 17, 16]), "stem", 8, 3, 2));
  for (const [block, filters, stride] of [["block1", 8, 1], ["block2", 12, 2]] as const) {
    const y = unit(g.relu(unit(x, `${block}.a`, filters, 3, stride)), `${block}.b`, filters, 3);
    x = g.relu(g.add(y, stride === 1 ? x : unit(x, `${block}.skip`, filters, 1, stride)));
  }
  x = g.flatten(g.globalAveragePool(x));
  return g.output(g.gemm(x, { name: "fc", outputs: 5, weights, bias: weights })).build();
}

/** Inverted residuals: depthwise convolutions, hard swish, squeeze and excitation, clipped ReLU. */
export function depthwiseNet(seed = 1): Model {
  const g = new GraphBuilder("depthwise");
  const weights = randomWeights(seed);
  const unit = (x: string, name: string, filters: number, kernel: number, group = 1) => {
    const pad = (kernel - 1) / 2;
    const y = g.conv(x, { name, filters, kernel, pad, group, weights });
    return g.batchNorm(y, randomBatchNorm(`${name}/bn`, seed));
  };
  let x = unit(g.input("image", [1, 3, 12, 13]), "stem", 6, 3);
  const wide = g.unary(unit(x, "expand", 12, 1), "HardSwish");
  let y = g.clip(unit(wide, "depthwise", 12, 5, 12), 0, 6);
  const squeezed = g.conv(g.globalAveragePool(y), { name: "se1", filters: 4, kernel: 1, weights });
  const gates = g.conv(g.relu(squeezed), { name: "se2", filters: 12, kernel: 1, weights });
  y = g.mul(y, g.unary(gates, "HardSigmoid", { alpha: 1 / 6 }));
  x = g.add(x, unit(y, "project", 6, 1));
  // A multiplier of two: each channel has two kernels of its own.
  x = g.conv(x, { name: "multiplied", filters: 12, kernel: 3, group: 6, stride: 2, weights });
  x = g.reduce("ReduceMean", g.unary(x, "Celu"), [2, 3], false);
  return g.output(g.gemm(x, { name: "fc", outputs: 4, weights })).build();
}

/**
 * A detector: Mish and leaky units, split halves joined again, pyramid pooling, a spatial gate,
 * upsampling, and a head that decodes boxes with constants.
 */
export function detectorNet(seed = 1): Model {
  const g = new GraphBuilder("detector");
  const weights = randomWeights(seed);
  const bias = weights;
  const unit = (x: string, name: string, filters: number, kernel = 1, stride = 1) => {
    const y = g.conv(x, { name, filters, kernel, stride, pad: (kernel - 1) >> 1, weights });
    return g.batchNorm(y, randomBatchNorm(`${name}/bn`, seed));
  };
  const stem = g.unary(unit(g.input("image", [1, 3, 16, 24]), "stem", 8, 3, 2), "Mish");
  const [route, through] = g.split(stem, 1, 2);
  const partial = g.add(through, g.leakyRelu(unit(through, "inner", 4, 3), 0.1));
  const fine = g.concat([g.leakyRelu(unit(partial, "post", 4), 0.1), route]);
  const coarse = g.leakyRelu(unit(fine, "down", 8, 3, 2), 0.1);
  const pools = [5, 3].map((kernel) =>
    g.maxPool(coarse, { name: `spp${kernel}`, kernel, stride: 1, pad: kernel >> 1 })
  );
  const neck = g.leakyRelu(unit(g.concat([...pools, coarse]), "neck", 6), 0.1);
  const gated = g.mul(neck, g.unary(unit(neck, "gate", 1, 3), "Sigmoid"));
  const joined = g.concat([g.resize(gated, { scale: 2 }), fine], 1, "joined");
  const head = g.conv(joined, { name: "head", filters: 2 * 5, kernel: 1, weights, bias });
  const [, , height, width] = g.shapeOf(head);
  const boxes = g.transpose(g.reshape(head, [1, 2, 5, height, width]), [0, 1, 3, 4, 2]);
  const sigmoid = g.unary(g.slice(boxes, { [-1]: { end: 2 } }, "centre"), "Sigmoid");
  const grid = g.weight("grid", randomTensor([1, 1, height, width, 2], seed, "grid"));
  const size = g.unary(g.slice(boxes, { [-1]: { begin: 2, end: 4 } }, "size"), "Exp");
  const anchors = g.weight("anchors", randomTensor([1, 2, 1, 1, 2], seed, "anchors"));
  const score = g.unary(g.slice(boxes, { [-1]: { begin: 4 } }, "score"), "Sigmoid");
  const decoded = g.concat([g.add(sigmoid, grid), g.mul(size, anchors), score], -1, "boxes");
  return g.output(g.reshape(decoded, [1, -1, 5], "detections")).output(head).build();
}

/** Towers that are joined, LRN, grouped convolution, pools of every kind, dropout; softmax at the end. */
export function inceptionNet(seed = 1): Model {
  const g = new GraphBuilder("inception");
  const weights = randomWeights(seed);
  const bias = weights;
  const unit = (x: string, name: string, filters: number, kernel: number, group = 1) =>
    g.relu(g.conv(x, { name, filters, kernel, pad: kernel >> 1, group, weights, bias }));
  let x = unit(g.input("image", [1, 3, 15, 14]), "stem", 8, 3);
  x = g.lrn(g.maxPool(x, { name: "pool1", kernel: 3, stride: 2, ceil: true }), { size: 5 });
  x = unit(x, "grouped", 12, 3, 2);
  const pooled = g.averagePool(x, {
    name: "mean",
    kernel: 3,
    stride: 1,
    pad: 1,
    countPadding: true,
  });
  const norm = g.lpPool(x, { name: "norm", kernel: 3, stride: 1, pad: 1 });
  x = g.concat([
    unit(x, "tower1", 4, 1),
    unit(unit(x, "tower2a", 3, 1), "tower2b", 5, 3),
    unit(pooled, "tower3", 3, 1),
    unit(norm, "tower4", 2, 1),
  ]);
  x = g.averagePool(x, { name: "pool2", kernel: 3, stride: 2, pads: [0, 1, 1, 0], ceil: true });
  x = g.dropout(g.flatten(x), 0.5);
  x = g.gemm(x, { name: "fc", outputs: 6, weights, bias });
  return g.output(g.softmax(x)).build();
}

/** An encoder and decoder of volumes or images: instance norm, PReLU, transposed convolutions. */
export function decoderNet(spatial: 1 | 2 | 3, seed = 1): Model {
  const g = new GraphBuilder(`decoder-${spatial}d`);
  const weights = randomWeights(seed);
  const bias = weights;
  const axes = (...list: number[]) => list.slice(-spatial);
  const x = g.input("image", [1, 2, ...axes(4, 6, 8)]);
  let y = g.conv(x, { name: "enc", filters: 6, kernel: 3, stride: 2, pad: 1, weights, bias });
  y = g.instanceNorm(y, randomBatchNorm("norm", seed));
  const slope = g.weight("slope", randomTensor([6, ...axes(1, 1, 1)], seed, "slope"));
  y = g.binary("PRelu", y, slope);
  y = g.convTranspose(y, {
    name: "dec",
    filters: 4,
    kernel: 3,
    stride: 2,
    pad: 1,
    outputPadding: 1,
    group: 2,
    weights,
    bias,
  });
  const border = [0, 0, ...axes(1, 1, 1)];
  y = g.pad(g.concat([x, y]), [...border, ...border], { mode: "edge" });
  y = g.conv(y, { name: "last", filters: 3, kernel: 3, weights, bias });
  return g.output(g.unary(y, "Tanh")).build();
}

/** Attention over positions: products of activations, with a constant factor and a softmax. */
export function attentionNet(seed = 1): Model {
  const g = new GraphBuilder("attention");
  const weights = randomWeights(seed);
  const x = g.reshape(g.input("image", [1, 6, 4, 5]), [1, 6, 20]);
  const tokens = g.transpose(x, [0, 2, 1]);
  const [queries, keys, data] = ["queries", "keys", "data"].map((name) =>
    g.matMul(tokens, g.weight(`${name}.weight`, weights([6, 6], name)), name)
  );
  const factor = g.weight("factor", randomTensor([], seed, "factor"));
  const scores = g.mul(g.matMul(queries, g.transpose(keys, [0, 2, 1])), factor);
  const mixed = g.matMul(g.softmax(scores), data, "mixed");
  return g.output(g.unary(mixed, "Gelu")).build();
}

/** All functions of one value. */
const UNARY: readonly UnaryFunction[] = [
  ...["Relu", "Sigmoid", "Tanh", "Mish", "HardSwish", "Softplus", "Softsign", "Erf"] as const,
  ...["Exp", "Abs", "Neg", "Floor", "Ceil"] as const,
  ...["LeakyRelu", "Elu", "Celu", "Selu", "HardSigmoid", "Gelu", "Clip"] as const,
];

/** Functions of one value that must be positive. */
const POSITIVE: readonly UnaryFunction[] = ["Log", "Sqrt", "Reciprocal"];

/** All functions of two values; the first ones may be negative. */
const BINARY: readonly BinaryFunction[] = ["Add", "Sub", "Mul", "Max", "Min", "PRelu"];

const REDUCTIONS: readonly Reduction[] = [
  ...["ReduceMean", "ReduceSum", "ReduceMax", "ReduceProd", "ReduceMin"] as const,
  ...["ReduceSumSquare", "ReduceL1", "ReduceL2"] as const,
];

/** Every function, reduction and movement of values, each with an output of its own. */
export function functionsNet(seed = 1): Model {
  const g = new GraphBuilder("functions");
  const x = g.input("x", [1, 4, 5, 6]);
  const outputs = UNARY.map((op) => g.unary(x, op));
  const positive = g.binary("Add", g.unary(x, "Abs", {}, "abs"), x, "twice");
  const shifted = g.unary(positive, "Clip", { min: 0.25 }, "positive");
  outputs.push(...POSITIVE.map((op) => g.unary(shifted, op)));
  const row = g.weight("row", randomTensor([4, 1, 6], seed, "row"));
  outputs.push(...BINARY.map((op) => g.binary(op, x, row)));
  outputs.push(g.binary("Div", row, shifted), g.binary("Pow", shifted, x));
  outputs.push(...REDUCTIONS.map((op, i) => g.reduce(op, x, i % 2 ? [1] : [2, 3], i % 3 === 0)));
  outputs.push(g.globalMaxPool(x), g.identity(x), g.expand(g.identity(row, "copy"), [2, 4, 5, 6]));
  outputs.push(g.slice(x, { 1: { step: -1 }, 2: { begin: 1, step: 2 }, 3: { begin: -3 } }));
  outputs.push(g.pad(x, [0, 0, 1, 2, 0, 0, 2, -1], { value: 0.5 }));
  outputs.push(g.pad(x, [0, 0, 1, 2, 0, 0, 2, 1], { mode: "reflect", name: "reflected" }));
  outputs.push(g.resize(x, {
    name: "linear",
    sizes: [7, 9],
    mode: "linear",
    coordinate_transformation_mode: "half_pixel",
  }));
  outputs.push(
    g.append({
      name: "logsoftmax",
      op: "LogSoftmax",
      inputs: [x],
      outputs: ["logsoftmax"],
      attributes: { axis: 1 },
    })[0],
  );
  outputs.forEach((name) => g.output(name));
  return g.build();
}

/** All of them. */
export function allNets(seed = 1): readonly Model[] {
  const spatial = [1, 2, 3] as const;
  return [
    residualNet(seed),
    depthwiseNet(seed),
    detectorNet(seed),
    inceptionNet(seed),
    ...spatial.map((axes) => decoderNet(axes, seed)),
    attentionNet(seed),
    functionsNet(seed),
  ];
}
