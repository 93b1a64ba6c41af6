/**
 * Labels of volumes: the class of every voxel.
 *
 * @module
 */

import type { Shape } from "../../graph/tensor.ts";

/**
 * Class of each voxel of a sample `[C, D, H, W]`, row-major `[D, H, W]`; {@linkcode IGNORED} where it is
 * neither learnt nor judged.
 */
export type VoxelLabel = Uint8Array;

/** Label of voxels that do not count. */
export const IGNORED = 255;

/**
 * Requires that a label has a class for each voxel of an output.
 *
 * @param what Begins messages, e.g. `"Cannot encode label 0 of a batch"`.
 * @param output `[N, classes, D, H, W]`.
 * @throws {RangeError} when it has another length, or classes that there are not.
 */
export function expectVoxels(
  what: string,
  label: VoxelLabel,
  [, classes, ...extents]: Shape,
): void {
  const voxels = extents.reduce((product, extent) => product * extent, 1);
  if (label.length !== voxels) {
    throw new RangeError(
      `${what} as it must have the ${voxels} voxels of [${extents}]: current value is ` +
        `${label.length} voxels`,
    );
  }
  const wrong = label.find((one) => one >= classes && one !== IGNORED);
  if (wrong === undefined) return;
  throw new RangeError(
    `${what} as voxels must be of one of the network's ${classes} classes, or ${IGNORED}: ` +
      `current value is ${wrong}`,
  );
}
