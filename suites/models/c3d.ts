/**
 * C3D (Tran et al., "Learning Spatiotemporal Features with 3D Convolutional Networks", ICCV
 * 2015), the network on which RT3D is measured.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { NetworkBuilder } from "./network_builder.ts";
import type { VideoNetworkOptions } from "./options.ts";

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
 * is `[1, 3, frames, size, size]`, output `fc8` is `[1, classes]` before softmax. By default it has
 * 101 classes, those of UCF101, 78,409,573 parameters and 38.547 G multiply-accumulates.
 *
 * Dropout follows fc6 and fc7 in training only, so the graph has none unless it is asked for.
 *
 * @throws {RangeError} when the clip is too small for the pools, or the seed is not an integer.
 */
export function buildC3d(options: VideoNetworkOptions = {}): Model {
  const { classes = 101, frames = 16, size = 112 } = options;
  const g = new NetworkBuilder("c3d", options);
  let x = g.input("clip", [1, 3, frames, size, size]);
  for (const [i, stage] of STAGES.entries()) {
    for (const [name, filters] of stage) {
      x = g.convRelu(x, { name, filters: g.filters(filters), kernel: 3, pad: 1 });
    }
    // The first pool leaves time alone; the last one pads space to reach 4x4.
    const kernel = i === 0 ? [1, 2, 2] : 2;
    const pad = i === STAGES.length - 1 ? [0, 1, 1] : 0;
    x = g.maxPool(x, { name: `pool${i + 1}`, kernel, pad });
  }
  x = g.flatten(x);
  const outputs = g.filters(4096);
  for (const name of ["fc6", "fc7"]) x = g.fullyConnectedRelu(x, { name, outputs });
  return g.output(g.fullyConnected(x, { name: "fc8", outputs: classes })).build();
}
