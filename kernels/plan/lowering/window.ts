/**
 * The window of a convolution node.
 *
 * @module
 */

import type { ConvNode, ConvTransposeNode } from "../../../graph/model.ts";
import { triple, type WindowGeometry } from "../layout.ts";

/** Window of a convolution on three axes. */
export function windowOf({ attributes: a }: ConvNode | ConvTransposeNode): WindowGeometry {
  return {
    kernel: triple(a.kernel_shape, 1),
    stride: triple(a.strides, 1),
    dilation: triple(a.dilations, 1),
    pad: triple(a.pads.slice(0, a.kernel_shape.length), 0),
  };
}
