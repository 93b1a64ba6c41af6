/**
 * Patches of a scan whose labels are what a dense network says of it: what there is to learn, and to be
 * judged by, is agreement with that network.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Model } from "../../graph/model.ts";
import { encodeOnnx } from "../../graph/onnx/write.ts";
import { Random } from "../../graph/random.ts";
import { openReference } from "../../graph/reference.ts";
import { sizeOf, tensor, values as valuesOf } from "../../graph/tensor.ts";
import { inferShapes } from "../../graph/shapes.ts";
import type { Dataset } from "../../training/data/dataset.ts";
import type { VoxelLabel } from "../../training/data/voxels.ts";
import { voxelClasses } from "../../training/metrics/dice.ts";
import { shortName } from "./frames.ts";
import { readNifti, toUnitRange } from "./nifti.ts";
import type { DataSplits } from "./source.ts";
import { contextOf, voxelClassesOf, withExtents } from "./volumes_network.ts";
import {
  type Box,
  LabelledScan,
  middleOf,
  type PatchForm,
  type Scan,
  type Triple,
} from "./volumes_scan.ts";

/** Options of {@linkcode openVolumes}. */
export interface VolumesOptions {
  /** Scan, `.nii` or `.nii.gz`. */
  readonly path: string;
  /**
   * The dense network, `[N, 1, D, H, W]` to `[N, classes, D, H, W]`: x, y, z of the scan are D, H, W,
   * and patches have the extents of its input.
   */
  readonly model: Model;
  /** Patches to learn from, in an epoch. */
  readonly train: number;
  /** Patches to be judged by. */
  readonly test: number;
  /** Seed of the patches to learn from. */
  readonly seed: number;
  /**
   * Voxels at each face of a patch that are context only: neither learnt nor judged.
   *
   * @default as far as the network sees, so that on the rest it says of a patch what it says of the scan
   */
  readonly margin?: number;
  /** Extents of the middle of the scan, which then is all that is used. @default the whole scan */
  readonly extents?: Triple;
  /** Threads of ONNX Runtime, which computes the labels. @default {1} */
  readonly threads?: number;
  /** Ends the opening, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Largest value of the network on the whole scan, in bytes. */
const MOST_BYTES = 2 ** 31;

/**
 * Reads a scan, brings it to 0..1 by its least and largest value, and has the network say of all of it
 * at once which class each voxel is of.
 *
 * What is learnt lies in the first half of the scan along x, what is judged in the other half; context
 * may reach across. Patches to learn from are drawn such that each shows something else than class 0;
 * with a random stream one is drawn anew. Patches to be judged by are those of a regular grid that show
 * most of it, none twice.
 *
 * @throws {RangeError} when scan, network and options do not fit.
 * @throws {SyntaxError} when the scan is damaged.
 */
export async function openVolumes(
  options: VolumesOptions,
): Promise<Required<DataSplits<VoxelLabel>>> {
  const { path, model, train, test, seed, threads = 1, signal } = options;
  const count = voxelClassesOf(model);
  for (const [part, size] of Object.entries({ train, test })) requirePatches(part, size);
  const form = formOf(model, options.margin);
  const file = await readNifti(path, { ...(signal && { signal }) });
  // By the levels of all of it, whatever part is used.
  const scan = middleOf({ ...file, values: toUnitRange(file.values) }, options.extents);
  const [first, second] = halvesOf(scan, form, shortName(path));
  signal?.throwIfAborted();
  const labels = await answersOf(model, scan, threads);
  signal?.throwIfAborted();

  const labelled = new LabelledScan(scan, labels, form);
  const hash = createHash("sha256").update(labels).digest("hex").slice(0, 12);
  const origin = `${form.inner.join("x")} voxels of each, of ${shortName(path)} ` +
    `${scan.shape.join("x")} in ${count} classes by "${model.name}" (sha256 ${hash})`;
  const known = {
    sampleShape: [1, ...form.patch],
    classes: Array.from({ length: count }, (_, k) => `class ${k}`),
  };
  return {
    train: {
      ...known,
      name: "volumes train",
      description: `${train} patches of one half, ${origin}, seed ${seed}`,
      size: train,
      load: drawn(labelled, first, form, seed),
    },
    test: {
      ...known,
      name: "volumes test",
      description: `${test} patches of the other half, ${origin}`,
      size: test,
      load: gridded(labelled, second, form, test),
    },
  };
}

function requirePatches(part: string, size: number): void {
  if (Number.isInteger(size) && size >= 1) return;
  throw new RangeError(
    `Cannot take patches as "${part}" must be a positive integer: current value is ${size}`,
  );
}

function formOf(model: Model, margin = contextOf(model)): PatchForm {
  const [, , x, y, z] = model.inputs[0].shape;
  const patch: Triple = [x, y, z];
  const inner: Triple = [x - 2 * margin, y - 2 * margin, z - 2 * margin];
  if (Number.isInteger(margin) && margin >= 0 && Math.min(...inner) >= 1) {
    return { patch, margin, inner };
  }
  throw new RangeError(
    `Cannot take patches for "${model.name}" as they must have voxels between margins of ${margin}: ` +
      `current value is [${patch}]`,
  );
}

/** Where what counts of a patch may lie: to learn from, and to be judged by. */
function halvesOf({ shape: [X, Y, Z] }: Scan, form: PatchForm, name: string): [Box, Box] {
  const { margin, inner } = form, middle = X >> 1;
  const half = (from: number, to: number): Box => ({
    from: [from, margin, margin],
    to: [to, Y - margin, Z - margin],
  });
  const halves: [Box, Box] = [half(margin, middle), half(middle, X - margin)];
  const fits = halves.every(({ from, to }) => to.every((end, i) => end - from[i] >= inner[i]));
  if (fits) return halves;
  throw new RangeError(
    `Cannot take patches of "${name}" as each of its halves along x must have room for ` +
      `[${inner}] besides a margin of ${margin}: current value is a scan of [${X},${Y},${Z}]`,
  );
}

/** What a network says of all of a scan. */
async function answersOf(model: Model, scan: Scan, threads: number): Promise<VoxelLabel> {
  const network = withExtents(model, scan.shape);
  const most = Math.max(...[...inferShapes(network).values()].map(sizeOf));
  if (4 * most > MOST_BYTES) {
    throw new RangeError(
      `Cannot have "${model.name}" divide a scan of [${scan.shape}] as each of its values must fit ` +
        `into ${MOST_BYTES} bytes: current value is ${4 * most}`,
    );
  }
  await using session = await openReference(encodeOnnx(network), { threads });
  const [input] = network.inputs;
  const outputs = await session.run(new Map([[input.name, tensor(scan.values, input.shape)]]));
  const [scores] = outputs.values();
  return voxelClasses(valuesOf(scores), scores.shape[1]);
}

type Load = Dataset<VoxelLabel>["load"];

/** Patches at random places around voxels of another class than 0. */
function drawn(scan: LabelledScan, box: Box, { inner }: PatchForm, seed: number): Load {
  const shown = scan.shown(box);
  if (shown.length === 0) throw nothingShown(1, 0);
  return (index, { random = new Random(seed, `volumes/${index}`) } = {}) => {
    const voxel = scan.positionOf(shown[random.integer(shown.length)]);
    const first = voxel.map((at, i) => {
      const wanted = at - random.integer(inner[i]);
      return Math.min(Math.max(wanted, box.from[i]), box.to[i] - inner[i]);
    });
    return scan.sample([first[0], first[1], first[2]]);
  };
}

/** The patches of a grid that show most of other classes than 0. */
function gridded(scan: LabelledScan, box: Box, { inner }: PatchForm, count: number): Load {
  const cells: { readonly first: Triple; readonly shown: number }[] = [];
  const [dx, dy, dz] = inner;
  for (let x = box.from[0]; x + dx <= box.to[0]; x += dx) {
    for (let y = box.from[1]; y + dy <= box.to[1]; y += dy) {
      for (let z = box.from[2]; z + dz <= box.to[2]; z += dz) {
        const shown = scan.shown({ from: [x, y, z], to: [x + dx, y + dy, z + dz] }).length;
        if (shown > 0) cells.push({ first: [x, y, z], shown });
      }
    }
  }
  if (cells.length < count) throw nothingShown(count, cells.length);
  const chosen = cells.sort((a, b) => b.shown - a.shown).slice(0, count);
  return (index) => scan.sample(chosen[index].first);
}

function nothingShown(wanted: number, found: number): RangeError {
  return new RangeError(
    `Cannot take ${wanted} patches of a half of the scan as so many must show another class than 0: ` +
      `current value is ${found}`,
  );
}
