/**
 * Overlap of volumes that are divided into classes.
 *
 * @module
 */

import { values } from "../../graph/tensor.ts";
import { expectVoxels, IGNORED, type VoxelLabel } from "../data/voxels.ts";
import type { Metric } from "./metric.ts";

/**
 * `dice`, the mean over classes of `2 |A and B| / (|A| + |B|)`, voxels of a class in the output and in the
 * label (Dice 1945), and `agreement`, the share of voxels with the same class. Voxels are counted over
 * all samples together; those that are ignored are not. Class 0 is background and has no part in the
 * mean, nor have classes that no label shows; where there are none but background, `dice` is NaN.
 *
 * A voxel is of the class with the highest value, of equal ones the lowest; one with a value that is not
 * a number is of none, and so wrong.
 *
 * @param classes Values for each voxel; the only output of the network is `[N, classes, D, H, W]`.
 * @throws {RangeError} when there are not two classes or more.
 */
export function dice(classes: number): Metric<VoxelLabel> {
  if (!(Number.isInteger(classes) && classes >= 2 && classes <= IGNORED)) {
    throw new RangeError(
      `Cannot measure overlap as there must be 2 to ${IGNORED} classes: current value is ${classes}`,
    );
  }
  return {
    names: ["dice", "agreement"],
    start() {
      const [found, known, both] = [0, 1, 2].map(() => new Float64Array(classes));
      return {
        add(outputs, labels) {
          const [scores, ...others] = outputs.values();
          const { shape = [] } = scores ?? {};
          if (
            others.length > 0 || shape.length !== 5 || shape[1] !== classes ||
            shape[0] < labels.length
          ) {
            const shapes = [...outputs].map(([name, { shape }]) => `"${name}" [${shape}]`);
            throw new RangeError(
              `Cannot measure overlap as the one output must be [N, ${classes}, D, H, W] for ` +
                `${labels.length} labels: current value is ${shapes.join(", ") || "none"}`,
            );
          }
          const data = values(scores);
          for (const [i, label] of labels.entries()) {
            expectVoxels(`Cannot measure overlap with label ${i} of a batch`, label, shape);
            const size = classes * label.length;
            const answers = voxelClasses(data.subarray(i * size, (i + 1) * size), classes);
            for (let v = 0; v < label.length; v++) {
              if (label[v] === IGNORED) continue;
              known[label[v]]++;
              if (answers[v] === IGNORED) continue;
              found[answers[v]]++;
              if (answers[v] === label[v]) both[label[v]]++;
            }
          }
        },
        result() {
          const shown = Array.from(known.keys()).filter((k) => k > 0 && known[k] > 0);
          const overlaps = shown.map((k) => 2 * both[k] / (found[k] + known[k]));
          const total = (counts: ArrayLike<number>) =>
            Array.from(counts).reduce((sum, count) => sum + count, 0);
          return {
            dice: total(overlaps) / shown.length,
            agreement: total(both) / total(known),
          };
        },
      };
    },
  };
}

/**
 * Class of each voxel by its values: the highest, of equal ones the lowest; {@linkcode IGNORED} where a
 * value is not a number.
 *
 * @param scores `[classes, voxels]`.
 */
export function voxelClasses(scores: Float32Array, classes: number): VoxelLabel {
  const voxels = scores.length / classes;
  const found = new Uint8Array(voxels);
  const best = scores.slice(0, voxels);
  for (let k = 0; k < classes; k++) {
    for (let v = 0, at = k * voxels; v < voxels; v++, at++) {
      if (scores[at] > best[v]) {
        best[v] = scores[at];
        found[v] = k;
      } else if (Number.isNaN(scores[at])) {
        best[v] = Infinity;
        found[v] = IGNORED;
      }
    }
  }
  return found;
}
