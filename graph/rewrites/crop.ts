/**
 * Smaller weights and structures: some positions of their first two axes are left.
 *
 * @module
 */

import type { GroupLayout, WeightStructure } from "../structure.ts";
import { groupGrid } from "../structure.ts";
import { type Shape, sizeOf, type Tensor, tensor, values } from "../tensor.ts";

/** 1 for each position along an axis that stays. */
export type Mask = Uint8Array;

/** The tensor with the positions that the mask of each axis keeps; all without a mask. */
export function cropTensor(t: Tensor, masks: readonly (Mask | undefined)[]): Tensor {
  let data = values(t);
  const shape = [...t.shape];
  masks.forEach((mask, axis) => {
    if (!mask) return;
    const outer = sizeOf(shape.slice(0, axis));
    const inner = sizeOf(shape.slice(axis + 1));
    const kept = keptIndices(shape[axis], mask);
    const out = new Float32Array(outer * kept.length * inner);
    let at = 0;
    for (let i = 0; i < outer; i++) {
      for (const k of kept) {
        const from = (i * shape[axis] + k) * inner;
        if (inner === 1) out[at] = data[from];
        else out.set(data.subarray(from, from + inner), at);
        at += inner;
      }
    }
    data = out;
    shape[axis] = kept.length;
  });
  return tensor(data, shape);
}

/**
 * Keeps the groups of a structure whose filters and channels stay. A block must lie wholly on one
 * side, or span the whole axis.
 *
 * @param weight Name and shape of the weight.
 * @throws {RangeError} when a block is cut.
 */
export function cropStructure(
  weight: { readonly name: string; readonly shape: Shape },
  { scheme, layout, kept }: WeightStructure,
  filters: Mask | undefined,
  channels: Mask | undefined,
): WeightStructure {
  const { M, N, P, Q, positions } = groupGrid(weight.shape, layout);
  const p = cropBlocks(weight.name, "filters", M, P, layout, filters);
  const q = cropBlocks(weight.name, "channels", N, Q, layout, channels);
  const out = new Uint8Array(p.blocks.length * q.blocks.length * positions);
  let at = 0;
  for (const row of p.blocks) {
    for (const column of q.blocks) {
      const start = (row * Q + column) * positions;
      out.set(kept.subarray(start, start + positions), at);
      at += positions;
    }
  }
  const cropped: GroupLayout = { ...layout, filters: p.size, channels: q.size };
  return { scheme, layout: cropped, kept: out };
}

/** Blocks along one axis that stay, and the block size that describes them. */
function cropBlocks(
  weight: string,
  axis: "filters" | "channels",
  extent: number,
  count: number,
  layout: GroupLayout,
  mask: Mask | undefined,
): { readonly blocks: number[]; readonly size: number } {
  const size = layout[axis];
  const blocks = keptIndices(count, undefined);
  if (!mask) return { blocks, size };
  if (size >= extent) return { blocks, size: keptIndices(extent, mask).length };
  const whole = blocks.filter((block) => {
    const inBlock = mask.subarray(block * size, (block + 1) * size);
    if (inBlock.some((bit) => bit !== inBlock[0])) {
      throw new RangeError(
        `Cannot remove filters at "${weight}" as removed ${axis} must be whole blocks of its ` +
          `structure, ${size} ${axis} each`,
      );
    }
    return inBlock[0] === 1;
  });
  return { blocks: whole, size };
}

/** Indices of what a mask keeps; all of `extent` without a mask. */
function keptIndices(extent: number, mask: Mask | undefined): number[] {
  return Array.from({ length: extent }, (_, i) => i).filter((i) => !mask || mask[i]);
}
