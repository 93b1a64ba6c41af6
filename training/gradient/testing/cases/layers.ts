/**
 * Cases of convolutions and matrix products.
 *
 * @module
 */

import type { ConvOptions, ConvTransposeOptions } from "../../../../graph/builder.ts";
import type { Shape } from "../../../../graph/tensor.ts";
import { type GradientCase, ofOne, ofTwo, weights } from "./case.ts";

const bias = weights;

type Options<O> = Omit<O, "name" | "weights" | "bias"> & { readonly plain?: true };

function conv(name: string, shape: Shape, { plain, ...rest }: Options<ConvOptions>): GradientCase {
  return ofOne(
    `Conv ${name}`,
    shape,
    (g, x) => g.conv(x, { name: "conv", weights, ...(plain ? {} : { bias }), ...rest }),
  );
}

function transposed(
  name: string,
  shape: Shape,
  { plain, ...rest }: Options<ConvTransposeOptions>,
): GradientCase {
  return ofOne(
    `ConvTranspose ${name}`,
    shape,
    (g, x) => g.convTranspose(x, { name: "conv", weights, ...(plain ? {} : { bias }), ...rest }),
  );
}

/** Cases of convolutions and matrix products. */
export const LAYER_CASES: readonly GradientCase[] = [
  conv("of one position", [2, 3, 4, 5], { filters: 4, kernel: 1 }),
  conv("of one position by stride 2", [2, 3, 5, 4], { filters: 4, kernel: 1, stride: 2 }),
  conv("3x3 without bias", [2, 3, 5, 6], { filters: 4, kernel: 3, pad: 1, plain: true }),
  conv("without padding", [2, 2, 6, 5], { filters: 3, kernel: [3, 2] }),
  conv("by stride 2", [2, 3, 7, 8], { filters: 4, kernel: 3, stride: 2, pad: 1 }),
  conv("by unequal strides", [1, 2, 9, 8], { filters: 3, kernel: 3, stride: [3, 2], pad: 1 }),
  conv("by a stride beyond the kernel", [2, 2, 9, 8], { filters: 3, kernel: 2, stride: 3 }),
  conv("dilated", [1, 2, 8, 9], { filters: 3, kernel: 3, dilation: [2, 3], pads: [2, 3, 2, 3] }),
  conv("dilated by stride 2", [1, 2, 9, 8], {
    filters: 3,
    kernel: 3,
    dilation: 2,
    stride: 2,
    pad: 1,
  }),
  conv("with unequal pads", [2, 2, 5, 6], { filters: 3, kernel: [3, 4], pads: [0, 2, 1, 1] }),
  conv("with unequal pads by stride 2", [2, 2, 6, 7], {
    filters: 3,
    kernel: 3,
    stride: 2,
    pads: [0, 1, 2, 0],
  }),
  conv("padded beyond the kernel", [1, 2, 3, 4], { filters: 2, kernel: 2, pad: 3 }),
  conv("in groups", [2, 6, 5, 4], { filters: 4, kernel: 3, pad: 1, group: 2 }),
  conv("in groups by stride 2", [2, 6, 5, 6], {
    filters: 9,
    kernel: 3,
    stride: 2,
    pad: 1,
    group: 3,
  }),
  conv("of each channel", [2, 5, 5, 4], { filters: 5, kernel: 3, pad: 1, group: 5 }),
  conv("of each channel, twice, by stride 2", [1, 4, 6, 7], {
    filters: 8,
    kernel: 3,
    stride: 2,
    pad: 1,
    group: 4,
  }),
  conv("1-D", [2, 3, 9], { filters: 4, kernel: 4, stride: 2, pads: [1, 2] }),
  conv("3-D", [2, 2, 3, 4, 5], { filters: 3, kernel: 3, pad: 1 }),
  conv("3-D by stride and dilation", [1, 2, 4, 6, 7], {
    filters: 3,
    kernel: [1, 3, 2],
    stride: [1, 2, 2],
    dilation: [1, 1, 3],
    pads: [0, 1, 2, 0, 0, 1],
  }),
  conv("3-D in groups", [1, 4, 3, 4, 4], {
    filters: 4,
    kernel: [3, 1, 1],
    pad: [1, 0, 0],
    group: 2,
  }),
  // Many channels: the product of each position is one of its own.
  conv("of many channels", [1, 70, 3, 3], { filters: 2, kernel: 2, plain: true }),

  transposed("3x3", [2, 3, 4, 3], { filters: 2, kernel: 3, pad: 1 }),
  transposed("by stride 2", [1, 3, 3, 4], { filters: 4, kernel: 4, stride: 2, pad: 1 }),
  transposed("in groups with output padding", [2, 4, 3, 3], {
    filters: 6,
    kernel: 3,
    stride: 2,
    pad: 1,
    outputPadding: 1,
    group: 2,
  }),
  transposed("dilated with unequal pads", [1, 2, 4, 4], {
    filters: 3,
    kernel: 2,
    dilation: [2, 1],
    pads: [1, 0, 0, 1],
    plain: true,
  }),
  transposed("1-D", [2, 2, 5], { filters: 3, kernel: 3, stride: 3 }),
  transposed("3-D", [1, 2, 2, 3, 2], { filters: 2, kernel: [1, 3, 2], stride: [1, 2, 2] }),

  ofOne("Gemm", [3, 5], (g, x) => g.gemm(x, { name: "fc", outputs: 4, weights, bias })),
  ofOne(
    "Gemm without bias of one image",
    [1, 5],
    (g, x) => g.gemm(x, { name: "fc", outputs: 3, weights }),
  ),

  ofOne(
    "MatMul with a weight",
    [2, 3, 4],
    (g, x) => g.matMul(x, g.weight("w", weights([4, 5], "w"))),
  ),
  ofOne("MatMul with one weight, twice", [3, 4], (g, x) => {
    const weight = g.weight("w", weights([4, 4], "w"));
    return g.matMul(g.matMul(x, weight), weight, "again");
  }),
  ofTwo("MatMul of two matrices", [[3, 4], [4, 2]], (g, a, b) => g.matMul(a, b)),
  ofTwo("MatMul in batches", [[2, 3, 3, 4], [2, 3, 4, 2]], (g, a, b) => g.matMul(a, b)),
  ofTwo("MatMul, batches broadcast", [[2, 1, 3, 4], [3, 4, 2]], (g, a, b) => g.matMul(a, b)),
  ofTwo("MatMul of a vector in front", [[4], [2, 4, 3]], (g, a, b) => g.matMul(a, b)),
  ofTwo("MatMul of a vector behind", [[2, 3, 4], [4]], (g, a, b) => g.matMul(a, b)),
];
