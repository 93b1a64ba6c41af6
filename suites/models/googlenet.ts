/**
 * GoogLeNet (Szegedy et al., "Going Deeper with Convolutions", CVPR 2015), as BVLC trained it.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { INCEPTION_V1, type InceptionWidths } from "./inception.ts";
import { NetworkBuilder } from "./network_builder.ts";
import type { NetworkOptions } from "./options.ts";

/** Number of the first stage of inception blocks. */
const FIRST_STAGE = 3;

/**
 * Builds GoogLeNet without its auxiliary classifiers, which serve training only. Input `image` is
 * `[1, 3, size, size]`, output `fc` is `[1, classes]` before softmax. By default it has 1000 classes,
 * 224 pixels, 6,998,552 parameters and 1.583 G multiply-accumulates.
 *
 * @throws {RangeError} when the seed is not an integer.
 */
export function buildGooglenet(options: NetworkOptions = {}): Model {
  const { classes = 1000, size = 224 } = options;
  const g = new NetworkBuilder("googlenet", options);
  const pool = (y: string, stage: number) =>
    g.maxPool(y, { name: `pool${stage}`, kernel: 3, stride: 2, ceil: true });
  let x = g.input("image", [1, 3, size, size]);
  x = g.convRelu(x, { name: "conv1", filters: g.filters(64), kernel: 7, stride: 2, pad: 3 });
  x = g.lrn(pool(x, 1), { name: "norm1", size: 5 });
  x = g.convRelu(x, { name: "conv2.reduce", filters: g.filters(64), kernel: 1 });
  x = g.convRelu(x, { name: "conv2", filters: g.filters(192), kernel: 3, pad: 1 });
  x = g.lrn(x, { name: "norm2", size: 5 });
  for (const [i, blocks] of INCEPTION_V1.entries()) {
    const stage = FIRST_STAGE + i;
    x = pool(x, stage - 1);
    for (const [j, widths] of blocks.entries()) {
      x = inception(g, x, `${stage}${"abcde"[j]}`, widths);
    }
  }
  x = g.flatten(g.globalAveragePool(x, "pool5"));
  return g.output(g.fullyConnected(x, { name: "fc", outputs: classes })).build();
}

function inception(g: NetworkBuilder, x: string, name: string, widths: InceptionWidths): string {
  const [one, threeReduced, three, fiveReduced, five, projection] = widths.map((count) =>
    g.filters(count)
  );
  const conv = (input: string, layer: string, filters: number, kernel = 1) =>
    g.convRelu(input, { name: `${name}.${layer}`, filters, kernel, pad: (kernel - 1) / 2 });
  const branches = [
    conv(x, "1x1", one),
    conv(conv(x, "3x3.reduce", threeReduced), "3x3", three, 3),
    conv(conv(x, "5x5.reduce", fiveReduced), "5x5", five, 5),
    conv(
      g.maxPool(x, { name: `${name}.pool`, kernel: 3, stride: 1, pad: 1 }),
      "pool.project",
      projection,
    ),
  ];
  return g.concat(branches, 1, `${name}/concat`);
}
