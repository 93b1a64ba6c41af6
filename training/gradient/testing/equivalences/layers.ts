/**
 * Pairs of convolutions and products.
 *
 * @module
 */

import type { GraphBuilder } from "../../../../graph/builder.ts";
import { sizeOf } from "../../../../graph/tensor.ts";
import { type Equivalence, underKernel } from "./equivalence.ts";

/** A convolution whose weight is a value. */
function conv(
  g: GraphBuilder,
  inputs: readonly string[],
  { name = "conv", pad = 0, stride = 1, group = 1 } = {},
): string {
  const kernel_shape = g.shapeOf(inputs[1]).slice(2);
  const each = (value: number) => kernel_shape.map(() => value);
  const attributes = {
    kernel_shape,
    strides: each(stride),
    pads: [...each(pad), ...each(pad)],
    dilations: each(1),
    group,
  };
  return g.append({ name, op: "Conv", inputs, outputs: [name], attributes })[0];
}

/** Pairs of convolutions and products. */
export const LAYER_EQUIVALENCES: readonly Equivalence[] = [
  {
    name: "a grouped convolution and joined plain ones of its groups",
    shapes: [[2, 6, 5, 4], [4, 3, 3, 3], [4]],
    direct: (g, ...inputs) => conv(g, inputs, { pad: 1, stride: 2, group: 2 }),
    composed(g, x, weight, bias) {
      const parts = [g.split(x, 1, 2), g.split(weight, 0, 2), g.split(bias, 0, 2)];
      const halves = [0, 1].map((i) =>
        conv(g, parts.map((part) => part[i]), { name: `half${i}`, pad: 1, stride: 2 })
      );
      return g.concat(halves);
    },
  },
  {
    name: "a 3-D depthwise convolution and joined ones of one channel",
    shapes: [[2, 3, 3, 4, 4], [3, 1, 3, 2, 2]],
    direct: (g, ...inputs) => conv(g, inputs, { pad: 1, group: 3 }),
    composed(g, x, weight) {
      const parts = [g.split(x, 1, 3), g.split(weight, 0, 3)];
      const each = [0, 1, 2].map((i) =>
        conv(g, parts.map((part) => part[i]), { name: `channel${i}`, pad: 1 })
      );
      return g.concat(each);
    },
  },
  ...[1, 2].map((stride): Equivalence => ({
    name: `a convolution by stride ${stride} and a matrix product`,
    shapes: [[2, 3, 5, 6], [4, 3, 3, 3], [4]],
    direct: (g, ...inputs) => conv(g, inputs, { pad: 1, stride }),
    composed(g, x, weight, bias) {
      const parts = underKernel(g, x, stride);
      const [batch, , ...extents] = g.shapeOf(parts[0]);
      // [N, taps * C, positions], and the weight with its taps in front of its channels.
      const columns = g.reshape(g.concat(parts), [batch, -1, sizeOf(extents)]);
      const rows = g.reshape(g.transpose(g.reshape(weight, [4, 3, 9]), [0, 2, 1]), [4, 27]);
      const product = g.add(g.matMul(rows, columns), g.reshape(bias, [4, 1], "column"));
      return g.reshape(product, [batch, 4, ...extents]);
    },
  })),
  {
    name: "a transposed convolution and a convolution with turned kernels",
    shapes: [[2, 3, 4, 5], [3, 2, 3, 3]],
    direct(g, ...inputs) {
      const attributes = {
        kernel_shape: [3, 3],
        strides: [1, 1],
        pads: [1, 1, 1, 1],
        dilations: [1, 1],
        group: 1,
        output_padding: [0, 0],
      };
      return g.append({ name: "up", op: "ConvTranspose", inputs, outputs: ["up"], attributes })[0];
    },
    composed(g, x, weight) {
      const flipped = g.slice(weight, { 2: { step: -1 }, 3: { step: -1 } });
      return conv(g, [x, g.transpose(flipped, [1, 0, 2, 3])], { pad: 1 });
    },
  },
  {
    name: "a fully connected layer and a product and a sum",
    shapes: [[3, 5], [4, 5], [4]],
    direct: (g, ...inputs) =>
      g.append({ name: "fc", op: "Gemm", inputs, outputs: ["fc"], attributes: { transB: 1 } })[0],
    composed: (g, x, weight, bias) => g.add(g.matMul(x, g.transpose(weight, [1, 0])), bias),
  },
];
