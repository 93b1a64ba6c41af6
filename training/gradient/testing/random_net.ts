/**
 * Random networks in which gradients meet and part in every way: sums, products, joined and cut
 * channels, strides, groups, pools and normalizations.
 *
 * @module
 */

import { GraphBuilder, type UnaryFunction } from "../../../graph/builder.ts";
import type { Model } from "../../../graph/model.ts";
import { Random } from "../../../graph/random.ts";
import { randomBatchNorm, randomWeights } from "../../../graph/testing.ts";

/** Images and channels of the input. */
const BATCH = 2, CHANNELS = 3;

const ACTIVATIONS: readonly UnaryFunction[] = [
  ...["Relu", "LeakyRelu", "Sigmoid", "Tanh", "Mish", "HardSwish", "Elu", "Gelu"] as const,
];

/** A network of `steps` random operators over 2 or 3 spatial axes, with a row of scores at its end. */
export function randomTrainingNet(spatial: 2 | 3, seed: number, steps = 10): Model {
  const g = new GraphBuilder(`random ${spatial}-D net ${seed}`);
  const random = new Random(seed, "training net");
  const weights = randomWeights(seed);
  const bias = weights;
  let made = 0;
  const name = (what: string) => `${what}${++made}`;
  const pick = <T>(list: readonly T[]) => list[random.integer(list.length)];
  const channels = (x: string) => g.shapeOf(x)[1];
  const extents = (x: string) => `${g.shapeOf(x).slice(2)}`;
  const conv = (x: string, filters: number, options: { group?: number; stride?: number } = {}) => {
    const kernel = pick([1, 3]);
    const pad = (kernel - 1) / 2;
    return g.conv(x, { name: name("conv"), filters, kernel, pad, weights, bias, ...options });
  };
  const smaller = (x: string) => g.shapeOf(x).slice(2).every((extent) => extent >= 4);
  const like = (x: string, y: string) => channels(y) === channels(x) ? y : conv(y, channels(x));

  const values = [conv(g.input("x", [BATCH, CHANNELS, ...[3, 6, 5].slice(-spatial)]), 4)];
  const operators: readonly ((x: string, y: string) => string)[] = [
    (x) => conv(x, pick([4, 6])),
    (x) => conv(x, channels(x), { group: 2 }),
    (x) => conv(x, channels(x), { group: channels(x) }),
    (x) => conv(x, 4, { stride: smaller(x) ? 2 : 1 }),
    (x) => g.batchNorm(conv(x, 4), randomBatchNorm(name("norm"), seed)),
    (x) => g.unary(x, pick(ACTIVATIONS), {}, name("activation")),
    (x, y) => g.add(x, like(x, y), name("sum")),
    (x, y) => g.mul(x, g.unary(like(x, y), "Sigmoid", {}, name("gate")), name("gated")),
    (x, y) => g.concat([x, y], 1, name("joined")),
    (x) => g.concat(g.split(x, 1, 2, name("halves")).toReversed(), 1, name("swapped")),
    (x) => g.maxPool(x, { name: name("most"), kernel: 3, stride: smaller(x) ? 2 : 1, pad: 1 }),
    (x) => g.averagePool(x, { name: name("mean"), kernel: 3, stride: 1, pad: 1 }),
    (x) => g.mul(x, g.unary(g.globalAveragePool(x, name("squeezed")), "Sigmoid"), name("excited")),
    (x) => g.dropout(x, 0.3, name("dropout")),
  ];
  for (let step = 0; step < steps; step++) {
    // Mostly the last value, so that networks are deep.
    const x = random.integer(3) ? values.at(-1)! : pick(values);
    const y = pick(values.filter((other) => extents(other) === extents(x)));
    const z = pick(operators)(x, y);
    if (channels(z) <= 12) values.push(z);
  }
  const ends = values.slice(-3).map((x) => g.globalAveragePool(x, name("end")));
  const features = g.flatten(g.concat(ends, 1, "features"));
  return g.output(g.gemm(features, { name: "scores", outputs: 3, weights, bias })).build();
}
