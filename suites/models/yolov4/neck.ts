/**
 * The neck of YOLOv4: spatial pyramid pooling (SPP), then path aggregation (PANet), up and
 * down.
 *
 * @module
 */

import type { Pyramid } from "./backbone.ts";
import type { Darknet } from "./darknet.ts";

/** Layers 99 to 130, the way up: every feature map has seen the coarser ones. */
export function neck(net: Darknet, { fine, middle, coarse }: Pyramid): Pyramid {
  const top = pooled(net, coarse);
  const centre = up(net, 111, top, middle, 256);
  return { fine: up(net, 121, centre, fine, 128), middle: centre, coarse: top };
}

/** Layers 99 to 110: three convolutions, max pools of three sizes side by side, three more. */
function pooled(net: Darknet, x: string): string {
  x = net.conv(99, x, { filters: 512 });
  x = net.conv(100, x, { filters: 1024, kernel: 3 });
  x = net.conv(101, x, { filters: 512 });
  const small = net.pool(102, x, 5);
  const medium = net.pool(104, x, 9);
  const large = net.pool(106, x, 13);
  x = net.concat(107, [large, medium, small, x]);
  x = net.conv(108, x, { filters: 512 });
  x = net.conv(109, x, { filters: 1024, kernel: 3 });
  return net.conv(110, x, { filters: 512 });
}

/** Ten layers: `x` at twice its extents beside `lateral`, the output of the backbone there. */
function up(net: Darknet, index: number, x: string, lateral: string, filters: number): string {
  const above = net.up(index + 1, net.conv(index, x, { filters }));
  const beside = net.conv(index + 3, lateral, { filters });
  return net.five(index + 5, net.concat(index + 4, [beside, above]), filters);
}

/**
 * A step of the way down, seven layers: `x` at half its extents beside `lateral`, which is from the
 * way up.
 */
export function down(
  net: Darknet,
  index: number,
  x: string,
  lateral: string,
  filters: number,
): string {
  const below = net.conv(index, x, { filters, kernel: 3, stride: 2 });
  return net.five(index + 2, net.concat(index + 1, [below, lateral]), filters);
}
