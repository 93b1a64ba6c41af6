/**
 * What moves values, in PyTorch: joining, cutting, reordering, padding, interpolation.
 *
 * @module
 */

import type { PadAttributes, ResizeAttributes } from "../../../graph/model.ts";
import type { Shape } from "../../../graph/tensor.ts";
import { tableOf } from "../../../kernels/plan/lowering/resample.ts";
import { list, padded, type Site, type Writers } from "./expression.ts";

type Movement =
  | "Concat"
  | "Split"
  | "Slice"
  | "Reshape"
  | "Flatten"
  | "Transpose"
  | "Pad"
  | "Resize"
  | "Expand"
  | "Identity"
  | "Dropout";

/** Writers of operators that move values. */
export const MOVEMENT: Writers<Movement> = {
  Concat: ({ attributes }, { x }) => `torch.cat([${x.join(", ")}], ${attributes.axis})`,

  Split({ attributes: { axis, split } }, { x }) {
    let begin = 0;
    return split.map((length) => {
      begin += length;
      return `${x[0]}.narrow(${axis}, ${begin - length}, ${length})`;
    });
  },

  Slice({ attributes: { starts, counts, steps } }, { x }) {
    const backwards = steps.flatMap((step, axis) => step < 0 ? [axis] : []);
    const ranges = starts.map((start, axis) => {
      const last = start + (counts[axis] - 1) * steps[axis];
      const [low, high] = steps[axis] < 0 ? [last, start] : [start, last];
      return `${low}:${high + 1}:${Math.abs(steps[axis])}`;
    });
    const part = `${x[0]}[${ranges.join(", ")}]`;
    return backwards.length ? `torch.flip(${part}, ${list(backwards)})` : part;
  },

  Reshape: (_node, { x, outputs }) => `${x[0]}.reshape(${list(outputs[0])})`,
  Flatten: (_node, { x, outputs }) => `${x[0]}.reshape(${list(outputs[0])})`,
  Transpose: ({ attributes }, { x }) => `${x[0]}.permute(${list(attributes.perm)})`,
  Expand: (_node, { x, outputs }) => `${x[0]}.expand(${list(outputs[0])})`,
  Identity: (_node, { x }) => x[0],
  Dropout: (_node, { x }) => x[0],

  Pad({ attributes }, site) {
    const { mode, pads, value } = attributes;
    if (mode === "constant") return padded(site.x[0], pads, value);
    return site.inputs[0].reduce((x, extent, axis) => {
      const [begin, end] = [pads[axis], pads[axis + pads.length / 2]];
      if (begin === 0 && end === 0) return x;
      const positions = Array.from(
        { length: extent + begin + end },
        (_, i) => source(mode, i - begin, extent),
      );
      return `torch.index_select(${x}, ${axis}, ${site.positions(positions)})`;
    }, site.x[0]);
  },

  Resize: ({ attributes }, site) =>
    interpolation(attributes, site.inputs[0], site.x[0]) ?? byAxis(attributes, site),
};

/** Which position of an axis stands at `i`, outside the axis as well. */
function source(mode: Exclude<PadAttributes["mode"], "constant">, i: number, extent: number) {
  const modulo = (n: number) => ((i % n) + n) % n;
  switch (mode) {
    case "edge":
      return Math.min(extent - 1, Math.max(0, i));
    case "wrap":
      return modulo(extent);
    case "reflect": {
      if (extent === 1) return 0;
      const folded = modulo(2 * extent - 2);
      return folded < extent ? folded : 2 * extent - 2 - folded;
    }
  }
}

const MODES = {
  nearest: ["nearest", "nearest", "nearest"],
  linear: ["linear", "bilinear", "trilinear"],
  cubic: [undefined, "bicubic", undefined],
} as const;

/** PyTorch's own interpolation, where it means the same. */
function interpolation(
  attributes: ResizeAttributes,
  input: Shape,
  x: string,
): string | undefined {
  const { mode, coordinate_transformation_mode: coordinates, sizes, scales } = attributes;
  const name = MODES[mode][input.length - 3];
  const changed = input.map((extent, axis) => sizes[axis] !== extent || scales[axis] !== 1);
  if (!name || changed[0] || changed[1]) return undefined;
  if (attributes.exclude_outside || attributes.antialias) return undefined;
  const size = `size=${list(sizes.slice(2))}, mode="${name}"`;
  if (mode === "nearest") {
    const same = input.every((extent, axis) => isPlainNearest(attributes, extent, axis));
    return same ? `F.interpolate(${x}, ${size})` : undefined;
  }
  // PyTorch's scale is the ratio of the extents, and its cubic coefficient is fixed.
  if (scales.some((scale, axis) => Math.fround(scale) !== Math.fround(sizes[axis] / input[axis]))) {
    return undefined;
  }
  if (mode === "cubic" && attributes.cubic_coeff_a !== -0.75) return undefined;
  if (coordinates === "align_corners" && sizes.slice(2).every((extent) => extent > 1)) {
    return `F.interpolate(${x}, ${size}, align_corners=True)`;
  }
  return coordinates === "half_pixel"
    ? `F.interpolate(${x}, ${size}, align_corners=False)`
    : undefined;
}

/** Whether the positions of an axis are those of PyTorch's mode "nearest". */
function isPlainNearest(attributes: ResizeAttributes, extent: number, axis: number): boolean {
  const to = attributes.sizes[axis];
  const { positions } = tableOf(attributes, extent, to, attributes.scales[axis]);
  return positions.every((position, i) => position === Math.floor(i * extent / to));
}

/** Axis by axis: positions are picked, or mixed by a product with their weights. */
function byAxis(attributes: ResizeAttributes, { x, inputs, ...site }: Site): string {
  const { sizes, scales, mode } = attributes;
  return inputs[0].reduce((value, extent, axis) => {
    const to = sizes[axis];
    if (to === extent && scales[axis] === 1) return value;
    const { taps, positions, weights } = tableOf(attributes, extent, to, scales[axis]);
    if (mode === "nearest") {
      return `torch.index_select(${value}, ${axis}, ${site.positions(positions)})`;
    }
    const matrix = new Float32Array(extent * to);
    positions.forEach((position, i) => {
      matrix[position * to + Math.floor(i / taps)] += weights[i];
    });
    const mixed = `${value}.movedim(${axis}, -1)`;
    return `torch.matmul(${mixed}, ${site.constant(matrix, [extent, to])}).movedim(-1, ${axis})`;
  }, x[0]);
}
