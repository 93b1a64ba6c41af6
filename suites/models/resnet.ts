/**
 * ResNet-18 and ResNet-50 (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016),
 * with the names of torchvision, and their forms for CIFAR-10.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { NetworkBuilder } from "./network_builder.ts";
import type { NetworkOptions } from "./options.ts";
import { RESIDUAL_SCALE } from "./residual.ts";

/** Options of {@linkcode buildResnet}. */
export interface ResnetOptions extends NetworkOptions {
  /** Layers with weights, shortcuts apart. */
  readonly depth: 18 | 50;
  /**
   * Begin of the network: for ImageNet a 7x7 convolution and a pool reduce the image 4 times, for
   * CIFAR-10 a 3x3 convolution leaves its size. @default {"imagenet"}
   */
  readonly stem?: "imagenet" | "cifar";
}

type Block = (g: NetworkBuilder, x: string, name: string, planes: number, stride: number) => string;

/** Residual blocks by stage, and what a block is. */
const DEPTHS: Readonly<Record<18 | 50, { blocks: readonly number[]; block: Block }>> = {
  18: { blocks: [2, 2, 2, 2], block: basicBlock },
  50: { blocks: [3, 4, 6, 3], block: bottleneck },
};

/**
 * Builds ResNet-18 or ResNet-50; the stride of a bottleneck is in its 3x3 convolution. Input `image`
 * is `[1, 3, size, size]`, output `fc` is `[1, classes]` before softmax. The form for ImageNet has
 * 1000 classes and 224 pixels by default, the one for CIFAR-10 has 10 and 32:
 *
 * | network | parameters | multiply-accumulates |
 * | --- | --- | --- |
 * | ResNet-18 | 11,689,512 | 1.814 G |
 * | ResNet-50 | 25,557,032 | 4.089 G |
 * | ResNet-18, CIFAR-10 | 11,173,962 | 555.4 M |
 * | ResNet-50, CIFAR-10 | 23,520,842 | 1.298 G |
 *
 * @throws {RangeError} when the seed is not an integer.
 */
export function buildResnet(options: ResnetOptions): Model {
  const { depth, stem = "imagenet" } = options;
  const forImagenet = stem === "imagenet";
  const { classes = forImagenet ? 1000 : 10, size = forImagenet ? 224 : 32 } = options;
  const g = new NetworkBuilder(`resnet-${depth}${forImagenet ? "" : "-cifar"}`, options);
  let x = g.input("image", [1, 3, size, size]);
  if (forImagenet) {
    x = g.convNormRelu(x, { name: "conv1", filters: g.filters(64), kernel: 7, stride: 2, pad: 3 });
    x = g.maxPool(x, { name: "maxpool", kernel: 3, stride: 2, pad: 1 });
  } else {
    x = g.convNormRelu(x, { name: "conv1", filters: g.filters(64), kernel: 3, pad: 1 });
  }
  const { blocks, block } = DEPTHS[depth];
  for (const [i, count] of blocks.entries()) {
    for (let j = 0; j < count; j++) {
      const stride = i > 0 && j === 0 ? 2 : 1;
      x = block(g, x, `layer${i + 1}.${j}`, g.filters(64 * 2 ** i), stride);
    }
  }
  x = g.flatten(g.globalAveragePool(x, "avgpool"));
  return g.output(g.fullyConnected(x, { name: "fc", outputs: classes })).build();
}

function basicBlock(g: NetworkBuilder, x: string, name: string, planes: number, stride: number) {
  const kernel = { kernel: 3, pad: 1 };
  const y = g.convNormRelu(x, { name: `${name}.conv1`, filters: planes, stride, ...kernel });
  const branch = { name: `${name}.conv2`, filters: planes, ...kernel };
  return sum(g, x, g.convNorm(y, branch, { scale: RESIDUAL_SCALE }), name, stride);
}

function bottleneck(g: NetworkBuilder, x: string, name: string, planes: number, stride: number) {
  let y = g.convNormRelu(x, { name: `${name}.conv1`, filters: planes, kernel: 1 });
  y = g.convNormRelu(y, { name: `${name}.conv2`, filters: planes, kernel: 3, stride, pad: 1 });
  const branch = { name: `${name}.conv3`, filters: 4 * planes, kernel: 1 };
  return sum(g, x, g.convNorm(y, branch, { scale: RESIDUAL_SCALE }), name, stride);
}

/** Adds the block's input to its branch, brought to the same shape where that differs. */
function sum(g: NetworkBuilder, x: string, branch: string, name: string, stride: number): string {
  const [, filters] = g.shapeOf(branch);
  const shortcut = stride === 1 && g.shapeOf(x)[1] === filters
    ? x
    : g.convNorm(x, { name: `${name}.downsample`, filters, kernel: 1, stride });
  return g.relu(g.add(branch, shortcut, `${name}/add`), `${name}/relu`);
}
