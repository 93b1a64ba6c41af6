/**
 * VGG-16 (Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
 * Recognition", ICLR 2015) and its form for CIFAR-10.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { NetworkBuilder } from "./network_builder.ts";
import type { NetworkOptions } from "./options.ts";

/** Filters of the 3x3 convolutions by stage; a pool follows each stage. */
const STAGES = [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]];

/**
 * Builds VGG-16 for ImageNet: thirteen convolutions with bias, three fully connected layers. Input
 * `image` is `[1, 3, size, size]`, output `fc8` is `[1, classes]` before softmax. By default it has
 * 1000 classes, 224 pixels, 138,357,544 parameters and 15.470 G multiply-accumulates.
 *
 * @throws {RangeError} when the image is too small for the pools, or the seed is not an integer.
 */
export function buildVgg16(options: NetworkOptions = {}): Model {
  const { classes = 1000, size = 224 } = options;
  const g = new NetworkBuilder("vgg-16", options);
  let x = g.input("image", [1, 3, size, size]);
  x = g.flatten(stages(g, x, "convRelu"));
  const outputs = g.filters(4096);
  for (const name of ["fc6", "fc7"]) x = g.fullyConnectedRelu(x, { name, outputs });
  return g.output(g.fullyConnected(x, { name: "fc8", outputs: classes })).build();
}

/**
 * Builds VGG-16 for CIFAR-10: the same convolutions, each with batch normalisation instead of a
 * bias, and one fully connected layer. Input `image` is `[1, 3, size, size]`, output `fc` is
 * `[1, classes]` before softmax. By default it has 10 classes, 32 pixels, 14,724,042 parameters and
 * 313.2 M multiply-accumulates.
 *
 * @throws {RangeError} when the image is too small for the pools, or the seed is not an integer.
 */
export function buildVgg16Cifar(options: NetworkOptions = {}): Model {
  const { classes = 10, size = 32 } = options;
  const g = new NetworkBuilder("vgg-16-cifar", options);
  const x = g.flatten(stages(g, g.input("image", [1, 3, size, size]), "convNormRelu"));
  return g.output(g.fullyConnected(x, { name: "fc", outputs: classes })).build();
}

function stages(g: NetworkBuilder, x: string, layer: "convRelu" | "convNormRelu"): string {
  for (const [i, stage] of STAGES.entries()) {
    for (const [j, count] of stage.entries()) {
      const filters = g.filters(count);
      x = g[layer](x, { name: `conv${i + 1}_${j + 1}`, filters, kernel: 3, pad: 1 });
    }
    x = g.maxPool(x, { name: `pool${i + 1}`, kernel: 2 });
  }
  return x;
}
