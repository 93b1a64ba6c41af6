/**
 * AlexNet (Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks",
 * NIPS 2012), as BVLC trained it.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { NetworkBuilder } from "./network_builder.ts";
import type { NetworkOptions } from "./options.ts";

/**
 * Builds AlexNet: the second, fourth and fifth convolutions are in two groups. Input `image` is
 * `[1, 3, size, size]`, output `fc8` is `[1, classes]` before softmax. By default it has 1000
 * classes, 227 pixels, 60,965,224 parameters and 724.4 M multiply-accumulates.
 *
 * @throws {RangeError} when the image is too small for the pools, or the seed is not an integer.
 */
export function buildAlexnet(options: NetworkOptions = {}): Model {
  const { classes = 1000, size = 227 } = options;
  const g = new NetworkBuilder("alexnet", options);
  const pool = (y: string, name: string) => g.maxPool(y, { name, kernel: 3, stride: 2 });
  const [first, second, third, last] = [96, 256, 384, 256].map((count) => g.filters(count, 2));
  let x = g.input("image", [1, 3, size, size]);
  x = g.convRelu(x, { name: "conv1", filters: first, kernel: 11, stride: 4 });
  x = pool(g.lrn(x, { name: "norm1", size: 5 }), "pool1");
  x = g.convRelu(x, { name: "conv2", filters: second, kernel: 5, pad: 2, group: 2 });
  x = pool(g.lrn(x, { name: "norm2", size: 5 }), "pool2");
  x = g.convRelu(x, { name: "conv3", filters: third, kernel: 3, pad: 1 });
  x = g.convRelu(x, { name: "conv4", filters: third, kernel: 3, pad: 1, group: 2 });
  x = g.convRelu(x, { name: "conv5", filters: last, kernel: 3, pad: 1, group: 2 });
  x = g.flatten(pool(x, "pool5"));
  const outputs = g.filters(4096);
  for (const name of ["fc6", "fc7"]) x = g.fullyConnectedRelu(x, { name, outputs });
  return g.output(g.fullyConnected(x, { name: "fc8", outputs: classes })).build();
}
