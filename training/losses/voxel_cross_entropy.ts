/**
 * Cross-entropy of every voxel, what networks are taught by that divide volumes into classes.
 *
 * @module
 */

import { type Shape, sizeOf, tensor } from "../../graph/tensor.ts";
import { expectVoxels, IGNORED, type VoxelLabel } from "../data/voxels.ts";
import type { Loss } from "./loss.ts";
import { appended, expectBatch, onlyOutput } from "./outputs.ts";

const ID = "voxel-cross-entropy";

/**
 * Mean of `-log(softmax(x)[label])` over all voxels of the batch that are not ignored, for a network with
 * one output: logits `[N, classes, D, H, W]`. Nothing is lost in a batch that is ignored altogether.
 * One loss serves one graph at a time.
 */
export function voxelCrossEntropy(): Loss<VoxelLabel> {
  let shape: Shape | undefined;
  return {
    id: ID,
    settings: {},
    append(g, outputs) {
      const logits = onlyOutput(ID, outputs);
      if (!(logits.shape.length === 5 && logits.shape[1] > 1)) {
        throw new RangeError(
          `Cannot append loss "${ID}" as output "${logits.name}" must be [N, classes, D, H, W] with ` +
            `two classes or more: current value is [${logits.shape}]`,
        );
      }
      shape = logits.shape;
      // Each voxel's share of the mean at its class, 0 elsewhere.
      const shares = g.input("target/shares", shape);
      const log = `loss/${ID}/log`;
      g.append({
        name: log,
        op: "LogSoftmax",
        inputs: [logits.name],
        outputs: [log],
        attributes: { axis: 1 },
      });
      const products = g.mul(shares, log, `loss/${ID}/products`);
      // Rows first: sums of millions of terms lose digits otherwise.
      const rows = g.reduce("ReduceSum", products, [3, 4], false, `loss/${ID}/rows`);
      const sum = g.reduce("ReduceSum", rows, [0, 1, 2], false, `loss/${ID}/sum`);
      return g.unary(sum, "Neg", {}, `loss/${ID}`);
    },
    encode(labels) {
      const known = appended(ID, shape);
      expectBatch(ID, labels, known);
      for (const [i, label] of labels.entries()) {
        expectVoxels(`Cannot encode label ${i} of a batch`, label, known);
      }
      const judged = labels.reduce(
        (sum, label) => label.reduce((count, one) => count + Number(one !== IGNORED), sum),
        0,
      );
      const data = new Float32Array(sizeOf(known));
      for (const [i, label] of labels.entries()) {
        const first = i * known[1] * label.length;
        for (let v = 0; v < label.length; v++) {
          if (label[v] !== IGNORED) data[first + label[v] * label.length + v] = 1 / judged;
        }
      }
      return new Map([["target/shares", tensor(data, known)]]);
    },
  };
}
