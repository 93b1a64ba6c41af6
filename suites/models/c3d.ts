/**
 * C3D (Tran et al., "Learning Spatiotemporal Features with 3D Convolutional Networks", ICCV
 * 2015), the network on which RT3D is measured.
 *
 * @module
 */

import { GraphBuilder } from "../../graph/builder.ts";
import type { Model } from "../../graph/model.ts";
import { Random } from "../../graph/random.ts";
import { type Shape, sizeOf, tensor } from "../../graph/tensor.ts";

/** Options of {@linkcode buildC3d}. */
export interface C3dOptions {
  /** Outputs of the last layer. @default {101}, the classes of UCF101 */
  readonly classes?: number;
  /** Seed of the weights. @default {1} */
  readonly seed?: number;
  /** Frames of a clip. @default {16} */
  readonly frames?: number;
  /** Height and width of a frame in pixels. @default {112} */
  readonly size?: number;
}

/** Stages of convolutions, by number of filters; a pool follows each. */
const STAGES: readonly (readonly (readonly [name: string, filters: number])[])[] = [
  [["conv1", 64]],
  [["conv2", 128]],
  [["conv3a", 256], ["conv3b", 256]],
  [["conv4a", 512], ["conv4b", 512]],
  [["conv5a", 512], ["conv5b", 512]],
];

/**
 * Builds C3D: eight 3x3x3 convolutions, five pools, three fully connected layers. Input `clip`
 * is `[1, 3, frames, size, size]`, output `fc8` is `[1, classes]` before softmax. By default it
 * has 78,409,573 parameters and 38.547 G multiply-accumulates.
 *
 * The weights are random, the same for the same seed: Kaiming-uniform, so that activations keep
 * their scale through the network, with small biases that are not zero. Dropout follows fc6 and
 * fc7 in training only, so the graph, which is for inference, has none.
 *
 * @throws {RangeError} when the clip is too small for the pools, or the seed is not an integer.
 */
export function buildC3d(options: C3dOptions = {}): Model {
  const { classes = 101, seed = 1, frames = 16, size = 112 } = options;
  const g = new GraphBuilder("c3d");
  const uniform =
    (bound: (fanIn: number) => number, fanIn?: number) => (shape: Shape, name: string) => {
      const limit = bound(fanIn ?? sizeOf(shape.slice(1)));
      const random = new Random(seed, `weights/${name}`);
      return tensor(random.fillUniform(new Float32Array(sizeOf(shape)), -limit, limit), shape);
    };
  // He et al. 2015, eq. 10: a ReLU halves the variance, the factor 6 instead of 3 restores it.
  const beforeRelu = uniform((fanIn) => Math.sqrt(6 / fanIn));
  const last = uniform((fanIn) => Math.sqrt(3 / fanIn));
  const biasOf = (fanIn: number) => uniform((n) => 1 / Math.sqrt(n), fanIn);

  let x = g.input("clip", [1, 3, frames, size, size]);
  for (const [i, stage] of STAGES.entries()) {
    for (const [name, filters] of stage) {
      const bias = biasOf(g.shapeOf(x)[1] * 27);
      x = g.relu(g.conv(x, { name, filters, kernel: 3, pad: 1, weights: beforeRelu, bias }));
    }
    // The first pool leaves time alone; the last one pads space to reach 4x4.
    const kernel = i === 0 ? [1, 2, 2] : 2;
    const pad = i === STAGES.length - 1 ? [0, 1, 1] : 0;
    x = g.maxPool(x, { name: `pool${i + 1}`, kernel, pad });
  }
  x = g.flatten(x);
  for (const name of ["fc6", "fc7"]) {
    const bias = biasOf(g.shapeOf(x)[1]);
    x = g.relu(g.gemm(x, { name, outputs: 4096, weights: beforeRelu, bias }));
  }
  const bias = biasOf(4096);
  return g.output(g.gemm(x, { name: "fc8", outputs: classes, weights: last, bias })).build();
}
