/**
 * Weight structure: which groups of a weight were kept. One type for every sparsity scheme.
 *
 * A weight `[M, N, K...]` is viewed as `[P, gM, Q, gN, S]`: blocks of `gM` filters by `gN` input
 * channels, with the kernel positions flattened to `S`. A prunable group is one position of a
 * block (`positions: "each"`) or the whole block (`positions: "all"`). When `M` or `N` is not a
 * multiple of the block, the last block is smaller (as if zero-padded, scored and cropped).
 *
 * @module
 */

import type { MutableArray } from "./random.ts";
import type { Shape } from "./tensor.ts";

/** Block size and the axes that one prunable group spans. */
export interface GroupLayout {
  /** gM: filters in a block (M for schemes that span all filters). */
  readonly filters: number;
  /** gN: input channels in a block (N for schemes that span all channels). */
  readonly channels: number;
  /** Whether kernel positions are pruned one by one or all together. */
  readonly positions: "each" | "all";
}

/** Which groups of one weight tensor were kept. */
export interface WeightStructure {
  /** Id of the scheme in the table of schemes, e.g. `"kgs"`. */
  readonly scheme: string;
  /** How the weight is cut into groups. */
  readonly layout: GroupLayout;
  /** 1 where the group is kept; row-major `[P, Q, S]` (`"each"`) or `[P, Q]` (`"all"`). */
  readonly kept: Uint8Array;
}

/** Counts of blocks, positions and groups of a weight under a layout. */
export interface GroupGrid {
  /** M, filters. */
  readonly M: number;
  /** N, input channels. */
  readonly N: number;
  /** Kernel positions, flattened. */
  readonly S: number;
  /** Blocks along the filters, `ceil(M / gM)`. */
  readonly P: number;
  /** Blocks along the channels, `ceil(N / gN)`. */
  readonly Q: number;
  /** Groups along the positions: S for `"each"`, 1 for `"all"`. */
  readonly positions: number;
  /** `P * Q * positions`. */
  readonly groups: number;
}

/** The grid of groups that `layout` lays over a weight of `shape` `[M, N, K...]`. */
export function groupGrid(shape: Shape, layout: GroupLayout): GroupGrid {
  const [M, N, ...kernel] = shape;
  const S = kernel.reduce((a, b) => a * b, 1);
  const P = Math.ceil(M / layout.filters);
  const Q = Math.ceil(N / layout.channels);
  const positions = layout.positions === "each" ? S : 1;
  return { M, N, S, P, Q, positions, groups: P * Q * positions };
}

/** Number of weights in each group, cropped at the edges: `[P, Q, positions]` row-major. */
export function groupSizes(shape: Shape, layout: GroupLayout): Uint32Array {
  const { M, N, S, P, Q, positions, groups } = groupGrid(shape, layout);
  const sizes = new Uint32Array(groups);
  let g = 0;
  for (let p = 0; p < P; p++) {
    const rows = Math.min(layout.filters, M - p * layout.filters);
    for (let q = 0; q < Q; q++) {
      const columns = Math.min(layout.channels, N - q * layout.channels);
      const size = rows * columns * (S / positions);
      for (let k = 0; k < positions; k++) sizes[g++] = size;
    }
  }
  return sizes;
}

/**
 * Gives every weight the value of its group.
 *
 * @param groups One value for each group: `[P, Q, positions]` row-major.
 * @param out One element for each weight of `shape`, row-major; returned.
 */
export function spreadGroups<A extends MutableArray<number>>(
  groups: ArrayLike<number>,
  shape: Shape,
  layout: GroupLayout,
  out: A,
): A {
  const { M, N, S, Q, positions } = groupGrid(shape, layout);
  const values: MutableArray<number> = out, stride = positions === 1 ? 0 : 1;
  for (let m = 0, i = 0; m < M; m++) {
    const block = Math.floor(m / layout.filters) * Q;
    for (let n = 0; n < N; n++) {
      const g = (block + Math.floor(n / layout.channels)) * positions;
      for (let s = 0; s < S; s++, i++) values[i] = groups[g + s * stride];
    }
  }
  return out;
}

/** Number of weights kept by a structure in a weight of `shape`. */
export function keptWeights(shape: Shape, structure: WeightStructure): number {
  const sizes = groupSizes(shape, structure.layout);
  let kept = 0;
  for (let g = 0; g < sizes.length; g++) if (structure.kept[g]) kept += sizes[g];
  return kept;
}

/** The structure of `count` filters of a weight of `shape`, `first` on; blocks may be cut. */
export function structureOfFilters(
  { scheme, layout, kept }: WeightStructure,
  shape: Shape,
  first: number,
  count: number,
): WeightStructure {
  const { P, groups } = groupGrid(shape, layout), perBlock = groups / P;
  const rows = new Uint8Array(count * perBlock);
  for (let m = 0; m < count; m++) {
    const p = Math.floor((first + m) / layout.filters);
    rows.set(kept.subarray(p * perBlock, (p + 1) * perBlock), m * perBlock);
  }
  return { scheme, layout: { ...layout, filters: 1 }, kept: rows };
}
