/**
 * Convolutions and pools in PyTorch. Where it says the same as ONNX it is called as its users call
 * it; else the border is laid around the input first, or the window summed by a convolution.
 *
 * @module
 */

import type { ConvAttributes, PoolAttributes } from "../../../graph/model.ts";
import { type Shape, sizeOf } from "../../../graph/tensor.ts";
import { bool, float, list, padded, type Site, spatial, type Writers } from "./expression.ts";

type Windows =
  | "Conv"
  | "ConvTranspose"
  | "MaxPool"
  | "AveragePool"
  | "LpPool"
  | "GlobalAveragePool"
  | "GlobalMaxPool";

/** Writers of operators with a window. */
export const WINDOWS: Writers<Windows> = {
  Conv({ attributes }, { x }) {
    const { pads, strides, dilations, group, kernel_shape } = attributes;
    const even = sameAtBothEnds(pads);
    const input = even ? x[0] : padded(x[0], pads);
    const border = even ?? kernel_shape.map(() => 0);
    return `${spatial("torch.conv", kernel_shape.length)}(${input}, ${x[1]}, ${x[2] ?? "None"}, ` +
      `${list(strides)}, ${list(border)}, ${list(dilations)}, ${group})`;
  },

  ConvTranspose({ attributes }, { x }) {
    const { pads, strides, dilations, group, kernel_shape, output_padding } = attributes;
    const even = sameAtBothEnds(pads);
    const border = even ?? kernel_shape.map(() => 0);
    const whole = `${spatial("torch.conv_transpose", kernel_shape.length)}(${x[0]}, ${x[1]}, ` +
      `${x[2] ?? "None"}, ${list(strides)}, ${list(border)}, ${list(output_padding)}, ${group}, ` +
      `${list(dilations)})`;
    return even ? whole : padded(whole, pads.map((pad) => -pad));
  },

  MaxPool({ attributes }, site) {
    const { kernel_shape, strides, dilations, pads } = attributes;
    const native = nativePads(attributes, site);
    const input = native ? site.x[0] : padded(site.x[0], reaching(attributes, site), -Infinity);
    const border = native ? pads.slice(0, kernel_shape.length) : kernel_shape.map(() => 0);
    return `${spatial("torch.max_pool", kernel_shape.length)}(${input}, ${list(kernel_shape)}, ` +
      `${list(strides)}, ${list(border)}, ${list(dilations)}, ` +
      `${bool(native && attributes.ceil_mode === 1)})`;
  },

  AveragePool({ attributes }, site) {
    const { kernel_shape, strides, pads, dilations, ceil_mode, count_include_pad } = attributes;
    const axes = kernel_shape.length;
    if (nativePads(attributes, site) && dilations.every((distance) => distance === 1)) {
      const pool = axes === 1 ? "torch.avg_pool1d" : spatial("F.avg_pool", axes);
      return `${pool}(${site.x[0]}, ${list(kernel_shape)}, ${list(strides)}, ` +
        `${list(pads.slice(0, axes))}, ${bool(ceil_mode === 1)}, ${bool(count_include_pad === 1)})`;
    }
    const counts = countsOf(attributes, site, count_include_pad === 1);
    const [, , ...extents] = site.outputs[0];
    return `${windowSums(site.x[0], attributes, site)} / ` +
      site.constant(counts, [1, 1, ...extents]);
  },

  LpPool({ attributes }, site) {
    const { p } = attributes;
    const powers = `${site.x[0]}.abs().pow(${float(p)})`;
    return `(${windowSums(powers, attributes, site)}).pow(${float(1 / p)})`;
  },

  GlobalAveragePool: (_node, { x, inputs }) =>
    `torch.mean(${x[0]}, ${list(spatialAxes(inputs[0]))}, True)`,
  GlobalMaxPool: (_node, { x, inputs }) =>
    `torch.amax(${x[0]}, ${list(spatialAxes(inputs[0]))}, True)`,
};

function spatialAxes(shape: Shape): number[] {
  return shape.slice(2).map((_, axis) => axis + 2);
}

/** Pads of one end when both ends have the same; undefined otherwise. */
function sameAtBothEnds(pads: ConvAttributes["pads"]): readonly number[] | undefined {
  const begins = pads.slice(0, pads.length / 2), ends = pads.slice(pads.length / 2);
  return begins.every((pad, axis) => pad === ends[axis]) ? begins : undefined;
}

/** Whether PyTorch pads by itself as ONNX does: the same at both ends, at most half a window. */
function nativePads({ pads, kernel_shape, strides, dilations, ceil_mode }: PoolAttributes, {
  inputs,
  outputs,
}: Site): boolean {
  const border = sameAtBothEnds(pads);
  return border !== undefined && border.every((pad, axis) => {
    const extent = inputs[0][axis + 2];
    const steps = (extent + 2 * pad - dilations[axis] * (kernel_shape[axis] - 1) - 1) /
      strides[axis];
    const count = (ceil_mode ? Math.ceil(steps) : Math.floor(steps)) + 1;
    const kept = ceil_mode && (count - 1) * strides[axis] >= extent + pad ? count - 1 : count;
    return 2 * pad <= kernel_shape[axis] && kept === outputs[0][axis + 2];
  });
}

/** Pads with which every window lies inside, those of ONNX and what windows reach beyond them. */
function reaching(
  { pads, kernel_shape, strides, dilations }: PoolAttributes,
  { inputs, outputs }: Site,
): number[] {
  const axes = kernel_shape.length;
  return pads.map((pad, i) => {
    if (i < axes) return pad;
    const axis = i - axes;
    const end = (outputs[0][axis + 2] - 1) * strides[axis] +
      dilations[axis] * (kernel_shape[axis] - 1) + 1;
    return Math.max(pad, end - pads[axis] - inputs[0][axis + 2]);
  });
}

/** The sum of each window, what lies outside the input counting as 0. */
function windowSums(x: string, attributes: PoolAttributes, site: Site): string {
  const { kernel_shape, strides, dilations } = attributes;
  const channels = site.inputs[0][1];
  const shape = [channels, 1, ...kernel_shape];
  const ones = site.constant(new Float32Array(sizeOf(shape)).fill(1), shape);
  const border = list(kernel_shape.map(() => 0));
  return `${spatial("torch.conv", kernel_shape.length)}(` +
    `${padded(x, reaching(attributes, site))}, ${ones}, None, ${list(strides)}, ${border}, ` +
    `${list(dilations)}, ${channels})`;
}

/** By how many values each window's sum is divided, over the spatial axes of the output. */
function countsOf(
  { kernel_shape, strides, pads, dilations }: PoolAttributes,
  { inputs, outputs }: Site,
  includePads: boolean,
): Float32Array {
  let counts = [1];
  kernel_shape.forEach((kernel, axis) => {
    const from = includePads ? -pads[axis] : 0;
    const to = inputs[0][axis + 2] + (includePads ? pads[axis + kernel_shape.length] : 0);
    const ofAxis = Array.from({ length: outputs[0][axis + 2] }, (_, i) =>
      Array.from(
        { length: kernel },
        (_, k) => i * strides[axis] - pads[axis] + k * dilations[axis],
      )
        .filter((at) => at >= from && at < to).length);
    counts = counts.flatMap((count) => ofAxis.map((own) => count * own));
  });
  return Float32Array.from(counts);
}
