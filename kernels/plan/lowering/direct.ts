/**
 * What direct and depthwise convolutions share: an input that taps can be read from, and the
 * operators that read it.
 *
 * @module
 */

import type { WeightStructure } from "../../../graph/structure.ts";
import type { Packing } from "../blocks.ts";
import { haloOf, layOutValue, type Tap, triple } from "../layout.ts";
import { packMatrix } from "../pack.ts";
import type {
  Activation,
  ConvolutionOperator,
  DepthwiseOperator,
  PackedMatrix,
  PoolWindow,
  ResidualFunction,
  Triple,
} from "../plan.ts";
import { channelBlock } from "../tuning.ts";
import { type Context, images } from "./context.ts";
import { broadcast, type Buffer, slice, type View } from "./view.ts";

/** An input that taps can be read from. */
export interface Source {
  /** `[C, D, H, W]`: the padded image, or its first phase. */
  readonly view: View;
  /** Of each tap from the output's position, floats. */
  readonly offsets: Int32Array;
}

/** What happens to values on the way out. */
export interface Epilogue {
  /** Applied last, but for a pool. */
  readonly activation: Activation;
  /** Of the output's extents, added to it. */
  readonly residual?: View;
  /** When it is added. */
  readonly order?: ResidualFunction;
  /** Max pooling behind the activation. */
  readonly pool?: PoolWindow;
}

/** Filters as a matrix. */
export interface Filters {
  /** Filters. */
  readonly rows: number;
  /** Input channels. */
  readonly channels: number;
  /** `[rows, channels * taps]` */
  readonly values: Float32Array;
  /** `[rows]`; absent for none. */
  readonly bias?: Float32Array;
  /** Which weights are kept; absent for all. */
  readonly structure?: WeightStructure;
}

/** Makes an image readable for the taps of a convolution with stride 1: padded as they reach. */
export function padFor(
  name: string,
  image: View,
  taps: readonly Tap[],
  output: Triple,
  ctx: Context,
): Source {
  const [, ...extents] = image.extents;
  const view = ctx.padded(image, haloOf(taps, triple(extents, 1), output), name);
  return { view, offsets: offsetsIn(view, taps, () => 0) };
}

const ZERO = new Float32Array(1);

/**
 * Makes an image readable for the taps of a strided convolution: copied into the phases that they
 * use, on each of which the convolution has stride 1.
 */
export function phasesFor(
  name: string,
  image: View,
  taps: readonly Tap[],
  stride: Triple,
  output: Triple,
  ctx: Context,
): Source {
  const [channels, ...extents] = image.extents;
  const used = [...new Map(taps.map(({ phase }) => [`${phase}`, phase])).values()];
  const countOf = (phase: Triple) =>
    phase.map((p, axis) => Math.max(0, Math.ceil((extents[axis] - p) / stride[axis])));
  const counts = used.map(countOf);
  const most = triple([0, 1, 2].map((axis) => Math.max(1, ...counts.map((c) => c[axis]))), 1);
  const halo = haloOf(taps, most, output);
  const layout = layOutValue([used.length, channels, ...most], halo);
  const buffer: Buffer = { floats: layout.floats, padded: [] };
  const phases = images({
    memory: buffer,
    offset: layout.offset,
    extents: [used.length, channels, ...most],
    strides: layout.strides,
    halo,
  });
  used.forEach((phase, p) => {
    const label = `${name}/phase ${phase.join(" ")}`;
    if (counts[p].includes(0)) {
      const zero = broadcast(ctx.constant(ZERO, [1, 1, 1, 1]), phases[p].extents);
      ctx.elementwise(label, "copy", [zero], phases[p]);
      return;
    }
    let from = image, to = phases[p], missing = 0;
    counts[p].forEach((count, axis) => {
      from = slice(from, axis + 1, phase[axis], count, stride[axis]);
      to = slice(to, axis + 1, 0, count);
      missing += (most[axis] - count) * to.strides[axis + 1];
    });
    const { lead, trail } = layout;
    if (lead + trail + missing > 0) buffer.padded.push({ view: to, lead, trail: trail + missing });
    ctx.elementwise(label, "copy", [from], to);
  });
  const place = new Map(used.map((phase, p) => [`${phase}`, p * layout.strides[0]]));
  return { view: phases[0], offsets: offsetsIn(phases[0], taps, (t) => place.get(`${t.phase}`)!) };
}

function offsetsIn({ strides }: View, taps: readonly Tap[], base: (tap: Tap) => number) {
  const [, plane, row] = strides;
  return Int32Array.from(taps, (tap) => {
    const [d, h, w] = tap.shift;
    return base(tap) + d * plane + h * row + w;
  });
}

/** Packs filters for an input whose rows are `row` floats apart. */
export function packFilters(
  filters: Filters,
  kernel: Triple,
  taps: number,
  row: number,
  packing: Packing,
): PackedMatrix {
  const { rows, structure } = filters;
  const kept = structure ? structure.kept.reduce((a, b) => a + b, 0) / structure.kept.length : 1;
  const channels = channelBlock(kernel, row, 4 * kept * rows * taps, kept);
  return packMatrix({ ...filters, taps }, channels, packing);
}

/** Adds a direct convolution; `extents` are those before a fused pool. */
export function emitDirect(
  name: string,
  { view, offsets }: Source,
  output: View,
  matrix: PackedMatrix,
  extents: Triple,
  { activation, residual, order = "add_then_activate", pool }: Epilogue,
  ctx: Context,
): void {
  ctx.emit<ConvolutionOperator>(
    {
      kind: "convolution",
      function: order,
      name,
      activation,
      matrix,
      tapOffsets: offsets,
      channelStep: view.strides[0],
      extents,
      ...(pool && { pool }),
    },
    residual ? [view, residual] : [view],
    output,
  );
}

/** Adds a depthwise convolution; `weights` are `[channels * multiplier, taps]`. */
export function emitDepthwise(
  name: string,
  { view, offsets }: Source,
  output: View,
  { weights, bias, multiplier }: Pick<DepthwiseOperator, "weights" | "bias" | "multiplier">,
  { activation, residual, order = "add_then_activate" }: Epilogue,
  ctx: Context,
): void {
  ctx.emit<DepthwiseOperator>(
    {
      kind: "depthwise",
      function: order,
      name,
      activation,
      multiplier,
      tapOffsets: offsets,
      channelStep: view.strides[0],
      weights,
      ...(bias && { bias }),
    },
    residual ? [view, residual] : [view],
    output,
  );
}
