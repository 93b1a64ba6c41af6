/**
 * S3D (Xie et al., "Rethinking Spatiotemporal Feature Learning", ECCV 2018): Inception v1 whose
 * convolutions are separated into space and time.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { INCEPTION_V1, type InceptionWidths } from "./inception.ts";
import { NetworkBuilder } from "./network_builder.ts";
import type { VideoNetworkOptions } from "./options.ts";

/**
 * Builds S3D without gating: input `clip` is `[1, 3, frames, size, size]`, output `scores` is
 * `[1, classes]` before softmax, the mean over time. By default it has 101 classes, those of UCF101,
 * 112 pixels, 8,013,573 parameters and 4.474 G multiply-accumulates, at 224 pixels 17.978 G.
 *
 * @throws {RangeError} when the clip is too small for the pools, or the seed is not an integer.
 */
export function buildS3d(options: VideoNetworkOptions = {}): Model {
  const { classes = 101, frames = 16, size = 112 } = options;
  const g = new NetworkBuilder("s3d", { ...options, epsilon: 1e-3 });
  const spacePool = { kernel: [1, 3, 3], stride: [1, 2, 2], pad: [0, 1, 1] };
  let x = g.input("clip", [1, 3, frames, size, size]);
  x = separated(g, x, "stem", { filters: g.filters(64), kernel: 7, stride: 2 });
  x = g.maxPool(x, { name: "pool1", ...spacePool });
  x = g.convNormRelu(x, { name: "c2", filters: g.filters(64), kernel: 1 });
  x = separated(g, x, "c3", { filters: g.filters(192), kernel: 3 });
  x = g.maxPool(x, { name: "pool2", ...spacePool });
  const [third, fourth, fifth] = INCEPTION_V1;
  for (const [i, widths] of third.entries()) x = mixed(g, x, `3${"bc"[i]}`, widths);
  x = g.maxPool(x, { name: "pool3", kernel: 3, stride: 2, pad: 1 });
  for (const [i, widths] of fourth.entries()) x = mixed(g, x, `4${"bcdef"[i]}`, widths);
  x = g.maxPool(x, { name: "pool4", kernel: 2 });
  for (const [i, widths] of fifth.entries()) x = mixed(g, x, `5${"bc"[i]}`, widths);
  const [, , , height, width] = g.shapeOf(x);
  x = g.averagePool(x, { name: "pool5", kernel: [2, height, width], stride: 1 });
  x = g.convLinear(x, { name: "fc", filters: classes, kernel: 1 });
  return g.output(g.flatten(g.globalAveragePool(x, "mean"), "scores")).build();
}

/** A convolution over space, then one over time; zeros around keep the size up to the stride. */
function separated(
  g: NetworkBuilder,
  x: string,
  name: string,
  layer: { readonly filters: number; readonly kernel: number; readonly stride?: number },
): string {
  const { filters, kernel: k, stride: s = 1 } = layer;
  const pad = (k - 1) / 2;
  const space = { kernel: [1, k, k], stride: [1, s, s], pad: [0, pad, pad] };
  const time = { kernel: [k, 1, 1], stride: [s, 1, 1], pad: [pad, 0, 0] };
  const y = g.convNormRelu(x, { name: `${name}.s`, filters, ...space });
  return g.convNormRelu(y, { name: `${name}.t`, filters, ...time });
}

function mixed(g: NetworkBuilder, x: string, name: string, widths: InceptionWidths): string {
  const [b0, b1Reduced, b1, b2Reduced, b2, b3] = widths.map((count) => g.filters(count));
  const pointwise = (input: string, branch: string, filters: number) =>
    g.convNormRelu(input, { name: `${name}.${branch}`, filters, kernel: 1 });
  const branch0 = pointwise(x, "b0", b0);
  const branch1 = separated(g, pointwise(x, "b1.0", b1Reduced), `${name}.b1.1`, {
    filters: b1,
    kernel: 3,
  });
  const branch2 = separated(g, pointwise(x, "b2.0", b2Reduced), `${name}.b2.1`, {
    filters: b2,
    kernel: 3,
  });
  const pooled = g.maxPool(x, { name: `${name}.b3.pool`, kernel: 3, stride: 1, pad: 1 });
  const branch3 = pointwise(pooled, "b3.1", b3);
  return g.concat([branch0, branch1, branch2, branch3], 1, `${name}/concat`);
}
