/**
 * R(2+1)D-18 (Tran et al., "A Closer Look at Spatiotemporal Convolutions for Action Recognition",
 * CVPR 2018), as torchvision has it.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { NetworkBuilder } from "./network_builder.ts";
import type { VideoNetworkOptions } from "./options.ts";
import { RESIDUAL_SCALE } from "./residual.ts";

/** Planes of the four stages; each but the first halves time and space. */
const STAGES = [64, 128, 256, 512];

/** Residual blocks of a stage. */
const BLOCKS = 2;

/**
 * Builds R(2+1)D-18: every 3x3x3 convolution of an 18-layer residual network is one over space
 * (1x3x3) and one over time (3x1x1), with as many channels between them as keep its number of
 * weights. Input `clip` is `[1, 3, frames, size, size]`, output `fc` is `[1, classes]` before
 * softmax. By default it has 101 classes, those of UCF101, 31,351,938 parameters and 40.519 G
 * multiply-accumulates.
 *
 * @throws {RangeError} when the seed is not an integer.
 */
export function buildR2plus1d18(options: VideoNetworkOptions = {}): Model {
  const { classes = 101, frames = 16, size = 112 } = options;
  const g = new NetworkBuilder("r2plus1d-18", options);
  let x = g.input("clip", [1, 3, frames, size, size]);
  x = g.convNormRelu(x, {
    name: "stem.s",
    filters: g.filters(45),
    kernel: [1, 7, 7],
    stride: [1, 2, 2],
    pad: [0, 3, 3],
  });
  x = g.convNormRelu(x, {
    name: "stem.t",
    filters: g.filters(64),
    kernel: [3, 1, 1],
    pad: [1, 0, 0],
  });
  for (const [i, planes] of STAGES.entries()) {
    for (let block = 0; block < BLOCKS; block++) {
      const stride = i > 0 && block === 0 ? 2 : 1;
      x = residualBlock(g, x, `layer${i + 1}.${block}`, g.filters(planes), stride);
    }
  }
  x = g.flatten(g.globalAveragePool(x, "pool"));
  return g.output(g.fullyConnected(x, { name: "fc", outputs: classes })).build();
}

function residualBlock(
  g: NetworkBuilder,
  x: string,
  name: string,
  planes: number,
  stride: number,
): string {
  const [, channels] = g.shapeOf(x);
  // Section 3.5 of the paper; torchvision takes the number of the first convolution for both.
  const between = Math.floor(channels * planes * 27 / (channels * 9 + planes * 3));
  const space = (layer: string, s: number) => ({
    name: `${layer}.s`,
    filters: between,
    kernel: [1, 3, 3],
    stride: [1, s, s],
    pad: [0, 1, 1],
  });
  const time = (layer: string, s: number) => ({
    name: `${layer}.t`,
    filters: planes,
    kernel: [3, 1, 1],
    stride: [s, 1, 1],
    pad: [1, 0, 0],
  });

  let y = g.convNormRelu(x, space(`${name}.conv1`, stride));
  y = g.convNormRelu(y, time(`${name}.conv1`, stride));
  y = g.convNormRelu(y, space(`${name}.conv2`, 1));
  y = g.convNorm(y, time(`${name}.conv2`, 1), { scale: RESIDUAL_SCALE });
  const shortcut = stride === 1 && channels === planes
    ? x
    : g.convNorm(x, { name: `${name}.down`, filters: planes, kernel: 1, stride });
  return g.relu(g.add(y, shortcut, `${name}/add`), `${name}/relu`);
}
