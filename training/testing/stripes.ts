/**
 * Small networks and datasets that are learnt in a moment, for tests.
 *
 * @module
 */

import { GraphBuilder } from "../../graph/builder.ts";
import type { Model } from "../../graph/model.ts";
import { Random } from "../../graph/random.ts";
import { type Tensor, tensor, values } from "../../graph/tensor.ts";
import { randomWeights } from "../../graph/testing.ts";
import type { ClassLabel, Dataset } from "../data/dataset.ts";
import { crossEntropy } from "../losses/cross_entropy.ts";
import { accuracy } from "../metrics/accuracy.ts";
import { sgd } from "../optimisers/sgd.ts";
import type { TrainingOptions, TrainingTask } from "../trainer_options.ts";

/** Rows and columns of an image of {@linkcode stripes}. */
const SIDE = 8;

/**
 * Images `[1, 8, 8]` of noisy stripes: class 0 has horizontal ones, class 1 vertical ones. Augmented
 * ones are shifted.
 */
export function stripes(size: number, seed = 1): Dataset<ClassLabel> {
  return {
    name: `stripes ${seed}`,
    description: `${size} images`,
    size,
    sampleShape: [1, SIDE, SIDE],
    classes: ["horizontal", "vertical"],
    classOf: (index) => index % 2,
    load(index, { random, signal } = {}) {
      signal?.throwIfAborted();
      const noise = new Random(seed, `${index}`);
      const label = index % 2;
      const phase = noise.integer(4) + (random?.integer(4) ?? 0);
      const values = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
        const along = label === 0 ? Math.floor(i / SIDE) : i % SIDE;
        return ((along + phase) % 4 < 2 ? 1 : -1) + 0.3 * noise.normal();
      });
      return { values, label };
    },
  };
}

/**
 * A network for {@linkcode stripes}: convolution, batch normalization, ReLU, dropout, pool, fully
 * connected layer.
 */
export function stripesNet(
  options: { readonly dropout?: number; readonly seed?: number } = {},
): Model {
  const { dropout = 0.2, seed = 1 } = options;
  const weights = randomWeights(seed);
  const filled = (value: number) => tensor(new Float32Array(6).fill(value), [6]);
  const g = new GraphBuilder("stripes");
  let x = g.conv(g.input("image", [1, 1, SIDE, SIDE]), {
    name: "conv",
    filters: 6,
    kernel: 3,
    weights,
  });
  x = g.batchNorm(x, {
    name: "bn",
    scale: filled(1),
    shift: filled(0),
    mean: filled(0),
    variance: filled(1),
  });
  x = g.dropout(g.relu(x), dropout);
  x = g.flatten(g.maxPool(x, { name: "pool", kernel: 3 }));
  return g.output(g.gemm(x, { name: "fc", outputs: 2, weights, bias: weights })).build();
}

/** Stripes to learn from and to be judged by. */
export function stripesTask():
  & TrainingTask<ClassLabel>
  & Required<Pick<TrainingTask<ClassLabel>, "test">> {
  return { train: stripes(44, 1), test: stripes(21, 2), loss: crossEntropy(), metric: accuracy(2) };
}

/** Options with which stripes are learnt: 5 steps an epoch. */
export const stripesOptions: TrainingOptions = {
  epochs: 4,
  batch: 8,
  seed: 3,
  optimiser: sgd(),
  rate: 0.02,
  decay: 1e-3,
};

/** All weights of a model as bits. */
export function bitsOf({ weights }: Model): Record<string, readonly number[]> {
  const bits = (t: Tensor) => [...new Uint32Array(values(t).slice().buffer)];
  return Object.fromEntries([...weights].map(([name, t]) => [name, bits(t)]));
}
