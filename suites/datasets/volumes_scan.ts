/**
 * A scan with a class for each voxel, and how patches are cut out of it.
 *
 * @module
 */

import type { Sample } from "../../training/data/dataset.ts";
import { IGNORED, type VoxelLabel } from "../../training/data/voxels.ts";

/** Extents, or a position, along x, y, z. */
export type Triple = readonly [x: number, y: number, z: number];

/** Part of a scan. */
export interface Box {
  /** Its first voxel. */
  readonly from: Triple;
  /** Behind its last one. */
  readonly to: Triple;
}

/** Values of a scan, row-major `[x, y, z]`. */
export interface Scan {
  /** Extents. */
  readonly shape: Triple;
  /** One for each voxel. */
  readonly values: Float32Array;
}

/** How a patch is divided. */
export interface PatchForm {
  /** Extents of what the network reads. */
  readonly patch: Triple;
  /** Voxels at each face that are context only. */
  readonly margin: number;
  /** Extents of what counts, between the margins. */
  readonly inner: Triple;
}

/**
 * The middle of a scan.
 *
 * @throws {RangeError} when it is larger than the scan.
 */
export function middleOf({ shape, values }: Scan, extents: Triple = shape): Scan {
  if (!extents.every((one, i) => Number.isInteger(one) && one >= 1 && one <= shape[i])) {
    throw new RangeError(
      `Cannot take the middle of a scan as its extents must be 1 to [${shape}]: current value is ` +
        `[${extents}]`,
    );
  }
  const from = shape.map((one, i) => (one - extents[i]) >> 1) as unknown as Triple;
  return { shape: extents, values: cut(values, shape, from, extents) };
}

/** A scan and the class of each of its voxels. */
export class LabelledScan {
  readonly #scan: Scan;
  readonly #labels: VoxelLabel;
  readonly #form: PatchForm;

  /** Keeps what patches are cut out of; `labels` has a class for each voxel of `scan`. */
  constructor(scan: Scan, labels: VoxelLabel, form: PatchForm) {
    this.#scan = scan;
    this.#labels = labels;
    this.#form = form;
  }

  /** The patch whose inner part begins at a voxel. */
  sample(first: Triple): Sample<VoxelLabel> {
    const { shape, values } = this.#scan;
    const { patch, margin, inner } = this.#form;
    const start = first.map((one) => one - margin) as unknown as Triple;
    const label = new Uint8Array(patch[0] * patch[1] * patch[2]).fill(IGNORED);
    const places = rowsOf(patch, [margin, margin, margin], inner);
    for (const at of rowsOf(shape, first, inner)) {
      label.set(this.#labels.subarray(at, at + inner[2]), places.next().value);
    }
    return { values: cut(values, shape, start, patch), label };
  }

  /** Voxels in a box that are of another class than 0, by their places in the scan. */
  shown({ from, to }: Box): Uint32Array {
    const extents = to.map((end, i) => end - from[i]) as unknown as Triple;
    const found: number[] = [];
    for (const at of rowsOf(this.#scan.shape, from, extents)) {
      for (let v = at; v < at + extents[2]; v++) if (this.#labels[v] > 0) found.push(v);
    }
    return Uint32Array.from(found);
  }

  /** Where in the scan a voxel is. */
  positionOf(voxel: number): Triple {
    const [, Y, Z] = this.#scan.shape;
    return [Math.floor(voxel / Z / Y), Math.floor(voxel / Z) % Y, voxel % Z];
  }
}

/** A box of values as an array of its own. */
function cut(values: Float32Array, shape: Triple, from: Triple, extents: Triple): Float32Array {
  const part = new Float32Array(extents[0] * extents[1] * extents[2]);
  let to = 0;
  for (const at of rowsOf(shape, from, extents)) {
    part.set(values.subarray(at, at + extents[2]), to);
    to += extents[2];
  }
  return part;
}

/** Where in an array of `shape` the rows along z of a box begin. */
function* rowsOf([, Y, Z]: Triple, [x, y, z]: Triple, [dx, dy]: Triple): Generator<number> {
  for (let i = x; i < x + dx; i++) {
    for (let j = y; j < y + dy; j++) yield (i * Y + j) * Z + z;
  }
}
