/**
 * CSPDarknet53, the backbone of YOLOv4, as YOLObile has it.
 *
 * @module
 */

import type { Darknet } from "./darknet.ts";

/** Feature maps at three strides. */
export interface Pyramid {
  /** Stride 8. */
  readonly fine: string;
  /** Stride 16. */
  readonly middle: string;
  /** Stride 32. */
  readonly coarse: string;
}

/**
 * Layers 0 to 98, of `image [1, 3, size, size]`. The first stage is a plain residual block (its
 * cross-stage wiring is commented out in the configuration), the other four are cross-stage partial.
 */
export function backbone(net: Darknet, image: string): Pyramid {
  let x = net.conv(0, image, { filters: 32, kernel: 3 });
  x = net.conv(1, x, { filters: 64, kernel: 3, stride: 2 });
  x = net.residual(2, x, 32, 64);
  x = stage(net, 5, x, { filters: 128, blocks: 2 });
  const fine = stage(net, 18, x, { filters: 256, blocks: 8 });
  const middle = stage(net, 49, fine, { filters: 512, blocks: 8 });
  const coarse = stage(net, 80, middle, { filters: 1024, blocks: 4 });
  return { fine, middle, coarse };
}

interface StageOptions {
  readonly filters: number;
  readonly blocks: number;
}

/**
 * A cross-stage partial stage: half of the channels pass by the residual blocks, through one 1x1
 * convolution. The index of the layer that is a mere reference, `index + 2`, makes no node.
 */
function stage(net: Darknet, index: number, x: string, { filters, blocks }: StageOptions): string {
  const half = filters / 2;
  const down = net.conv(index, x, { filters, kernel: 3, stride: 2 });
  const side = net.conv(index + 1, down, { filters: half });
  let main = net.conv(index + 3, down, { filters: half });
  for (let block = 0; block < blocks; block++) {
    main = net.residual(index + 4 + 3 * block, main, half, half);
  }
  const next = index + 4 + 3 * blocks;
  main = net.conv(next, main, { filters: half });
  return net.conv(next + 2, net.concat(next + 1, [main, side]), { filters });
}
