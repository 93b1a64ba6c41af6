/**
 * Random networks for the tests of this folder: every way in which channels get tied.
 *
 * @module
 */

import { GraphBuilder } from "../builder.ts";
import type { Model } from "../model.ts";
import { Random } from "../random.ts";
import { randomBatchNorm, randomWeights } from "../testing.ts";

/** Spatial extents of all values but the last. */
const EXTENTS = [6, 5];

/** A network of `steps` random operators, in which most values are used several times. */
export function randomNet(seed: number, steps = 14): Model {
  const g = new GraphBuilder(`random-${seed}`);
  const random = new Random(seed, "net");
  const weights = randomWeights(seed);
  const bias = weights;
  let made = 0;
  const name = (what: string) => `${what}${++made}`;
  const channels = (x: string) => g.shapeOf(x)[1];
  const pick = <T>(list: readonly T[]) => list[random.integer(list.length)];
  const conv = (x: string, filters: number, kernel = pick([1, 3]), group = 1) =>
    g.conv(x, {
      name: name("conv"),
      filters,
      kernel,
      pad: (kernel - 1) / 2,
      group,
      weights,
      bias: random.integer(2) ? bias : undefined,
    });
  const unlike = (x: string, y: string) => channels(x) === channels(y) ? y : conv(y, channels(x));

  const image = g.input("image", [1, 3, ...EXTENTS]);
  const pool = [conv(image, 8, 3), conv(image, 12, 1)];
  const operators: ((x: string, y: string) => string)[] = [
    (x) => conv(x, pick([6, 8, 12])),
    (x) => g.batchNorm(x, randomBatchNorm(name("bn"), seed)),
    (x) => g.unary(x, pick(["Relu", "LeakyRelu", "HardSwish", "Mish", "Tanh"]), {}, name("act")),
    (x) => g.unary(x, pick(["Sigmoid", "HardSigmoid", "Softplus"]), {}, name("gate")),
    (x, y) => g.binary(pick(["Add", "Sub", "Mul", "Max", "Min"]), x, unlike(x, y), name("both")),
    (x, y) => g.add(x, unlike(x, y), name("residual")),
    (x, y) => g.concat([x, y], 1, name("concat")),
    (x, y) => g.concat([x, unlike(x, y)], 2, name("rows")),
    (x) => pick(g.split(x, 1, [2, channels(x) - 2], name("split"))),
    (x) => g.slice(x, { 1: { begin: 1, end: channels(x) - 1 } }, name("slice")),
    (x) => conv(x, channels(x), 3, channels(x)),
    (x) => conv(x, 2 * channels(x), 1, channels(x)),
    (x) => channels(x) % 2 ? x : conv(x, pick([4, 8]), 3, 2),
    (x) =>
      g.convTranspose(x, {
        name: name("up"),
        filters: 6,
        kernel: 3,
        pad: 1,
        weights,
        bias,
      }),
    (x) =>
      g.maxPool(g.resize(x, { name: name("resize"), scale: 2 }), { name: name("pool"), kernel: 2 }),
    (x) => {
      const gates = conv(g.globalAveragePool(x, name("squeeze")), 4, 1);
      return g.mul(
        x,
        g.unary(conv(gates, channels(x), 1), "Sigmoid", {}, name("se")),
        name("excite"),
      );
    },
    (x) => {
      const slope = name("slope");
      g.weight(slope, weights([channels(x), 1, 1], slope));
      return g.binary("PRelu", x, slope, name("prelu"));
    },
    (x) => {
      const shift = name("shift");
      g.weight(shift, weights([1, channels(x), 1, 1], shift));
      return g.binary(pick(["Add", "Mul"]), x, shift, name("affine"));
    },
    (x) => g.transpose(g.transpose(x, [0, 2, 1, 3], name("to")), [0, 2, 1, 3], name("fro")),
    (x) => random.integer(4) ? x : g.lrn(x, { name: name("lrn"), size: 3 }),
    (x) => conv(g.unary(x, pick(["Sigmoid", "Exp"]), {}, name("lifted")), 8, pick([1, 3])),
  ];
  for (let step = 0; step < steps; step++) {
    const x = pick(pool);
    const same = pool.filter((y) =>
      String(g.shapeOf(y).slice(2)) === String(g.shapeOf(x).slice(2))
    );
    const y = pick(operators)(x, pick(same));
    if (channels(y) > 2 && channels(y) < 60 && !pool.includes(y)) pool.push(y);
  }
  // Whatever was made last takes part in the output.
  const ends = pool.slice(-3).map((x) => g.flatten(g.maxPool(x, { name: name("end"), kernel: 2 })));
  const features = g.gemm(g.concat(ends, 1, name("ends")), {
    name: "fc1",
    outputs: 10,
    weights,
    bias,
  });
  return g.output(g.gemm(g.relu(features), { name: "fc2", outputs: 4, weights })).build();
}
