/**
 * VGG-S (Chatfield et al., "Return of the Devil in the Details: Delving Deep into Convolutional
 * Nets", BMVC 2014: CNN-S).
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { NetworkBuilder } from "./network_builder.ts";
import type { NetworkOptions } from "./options.ts";

/**
 * Builds VGG-S. Input `image` is `[1, 3, size, size]`, output `fc8` is `[1, classes]` before softmax.
 * By default it has 1000 classes, 224 pixels, 102,908,520 parameters and 2.638 G
 * multiply-accumulates.
 *
 * @throws {RangeError} when the image is too small for the pools, or the seed is not an integer.
 */
export function buildVggS(options: NetworkOptions = {}): Model {
  const { classes = 1000, size = 224 } = options;
  const g = new NetworkBuilder("vgg-s", options);
  // Caffe's pools round up: the last window may reach over the edge.
  const pool = (y: string, name: string, kernel: number) =>
    g.maxPool(y, { name, kernel, ceil: true });
  let x = g.input("image", [1, 3, size, size]);
  x = g.convRelu(x, { name: "conv1", filters: g.filters(96), kernel: 7, stride: 2 });
  x = g.lrn(x, { name: "norm1", size: 5, alpha: 5e-4, bias: 2 });
  x = pool(x, "pool1", 3);
  x = pool(g.convRelu(x, { name: "conv2", filters: g.filters(256), kernel: 5 }), "pool2", 2);
  for (const name of ["conv3", "conv4", "conv5"]) {
    x = g.convRelu(x, { name, filters: g.filters(512), kernel: 3, pad: 1 });
  }
  x = g.flatten(pool(x, "pool5", 3));
  const outputs = g.filters(4096);
  for (const name of ["fc6", "fc7"]) x = g.fullyConnectedRelu(x, { name, outputs });
  return g.output(g.fullyConnected(x, { name: "fc8", outputs: classes })).build();
}
