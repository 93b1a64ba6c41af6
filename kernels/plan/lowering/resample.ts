/**
 * Resize as tables: of which input positions, by which weights, each position of an axis is made
 * (ONNX operator specification, Resize).
 *
 * @module
 */

import type { ResizeAttributes, ResizeNode } from "../../../graph/model.ts";
import { NO_HALO } from "../layout.ts";
import type { ResampleOperator, ResampleTable } from "../plan.ts";
import { type Context, images } from "./context.ts";
import type { Step } from "./fuse.ts";

/** Lowers a resize of spatial axes. */
export function lowerResize(node: ResizeNode, step: Step, ctx: Context): void {
  const { scales, sizes } = node.attributes;
  const input = ctx.viewOf(node.inputs[0]);
  if (input.extents.length < 3 || sizes[0] !== input.extents[0] || sizes[1] !== input.extents[1]) {
    throw new RangeError(
      `Cannot lower Resize "${node.name}" as only axes behind the first two can change: ` +
        `current value is [${input.extents}] to [${sizes}]`,
    );
  }
  const tables = scales.slice(2).map((scale, axis) =>
    tableOf(node.attributes, input.extents[axis + 2], sizes[axis + 2], scale)
  );
  const missing = Array.from({ length: 3 - tables.length }, () => unchanged(1));
  const [depth, height, width] = [...missing, ...tables];
  const to = images(ctx.place(step.output));
  images(input).forEach((image, i) => {
    ctx.emit<ResampleOperator>(
      {
        kind: "resample",
        name: node.name,
        activation: step.activation,
        tables: [depth, height, width],
      },
      [ctx.padded(image, NO_HALO, node.name)],
      to[i],
    );
  });
}

function unchanged(extent: number): ResampleTable {
  return {
    taps: 1,
    positions: Uint32Array.from({ length: extent }, (_, i) => i),
    weights: new Float32Array(extent).fill(1),
  };
}

type Method = Omit<ResizeAttributes, "scales" | "sizes" | "given">;

/** The table of one axis. Neighbours outside the input are its nearest position. */
export function tableOf(method: Method, from: number, to: number, scale: number): ResampleTable {
  if (from === to && scale === 1) return unchanged(from);
  const rows = Array.from({ length: to }, (_, i) => {
    const x = sourceOf(method.coordinate_transformation_mode, i, from, to, scale);
    if (method.mode === "nearest") return new Map([[nearest(method.nearest_mode, x, from), 1]]);
    return kernelAt(method, x, from, scale);
  });
  const taps = Math.max(...rows.map((row) => row.size));
  const positions = new Uint32Array(to * taps), weights = new Float32Array(to * taps);
  rows.forEach((row, i) => {
    [...row].sort(([a], [b]) => a - b).forEach(([position, weight], k) => {
      positions[i * taps + k] = position;
      weights[i * taps + k] = weight;
    });
    // Shorter rows repeat their last position with weight 0.
    for (let k = row.size; k < taps; k++) positions[i * taps + k] = positions[i * taps + k - 1];
  });
  return { taps, positions, weights };
}

/**
 * Position of the input that an output position stands for. Each operation is rounded to float32, as
 * in ONNX Runtime: of positions that fall between two neighbours, both take the same one.
 */
function sourceOf(
  mode: Method["coordinate_transformation_mode"],
  i: number,
  from: number,
  to: number,
  scale: number,
): number {
  const round = Math.fround, by = round(scale);
  const centred = () => round(round(round(i + 0.5) / by) - 0.5);
  switch (mode) {
    case "half_pixel":
      return centred();
    case "pytorch_half_pixel":
      return to > 1 ? centred() : 0;
    case "half_pixel_symmetric": {
      const adjustment = round(to / round(by * from));
      const offset = round(round(from / 2) * round(1 - adjustment));
      return round(round(offset + round(round(i + 0.5) / by)) - 0.5);
    }
    case "align_corners":
      return to > 1 ? round(round(i * (from - 1)) / (to - 1)) : 0;
    case "asymmetric":
      return round(i / by);
  }
}

function nearest(mode: Method["nearest_mode"], x: number, extent: number): number {
  const rounded = {
    floor: Math.floor(x),
    ceil: Math.ceil(x),
    round_prefer_floor: Math.ceil(x - 0.5),
    round_prefer_ceil: Math.floor(x + 0.5),
  }[mode];
  return Math.min(extent - 1, Math.max(0, rounded));
}

/** Weights of the positions around `x`; with antialias, downsampling widens the kernel. */
function kernelAt(method: Method, x: number, from: number, scale: number): Map<number, number> {
  const wide = method.antialias && scale < 1 ? scale : 1;
  const reach = (method.mode === "linear" ? 1 : 2) / wide;
  const weigh = method.mode === "linear"
    ? (d: number) => Math.max(0, 1 - Math.abs(d))
    : (d: number) => cubic(Math.abs(d), method.cubic_coeff_a);
  const row = new Map<number, number>();
  let sum = 0;
  const first = Math.floor(x - reach) + 1, last = Math.ceil(x + reach) - 1;
  for (let k = first; k <= last; k++) {
    const weight = weigh((k - x) * wide);
    if (method.exclude_outside && (k < 0 || k >= from)) continue;
    const position = Math.min(from - 1, Math.max(0, k));
    row.set(position, (row.get(position) ?? 0) + weight);
    sum += weight;
  }
  if (row.size === 0) return new Map([[Math.min(from - 1, Math.max(0, Math.round(x))), 1]]);
  return new Map([...row].map(([position, weight]) => [position, weight / sum]));
}

/** Keys' cubic convolution kernel. */
function cubic(d: number, a: number): number {
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return 0;
}
