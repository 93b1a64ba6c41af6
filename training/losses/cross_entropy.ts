/**
 * Cross-entropy, what classifiers are taught by.
 *
 * @module
 */

import { type Tensor, tensor } from "../../graph/tensor.ts";
import type { ClassLabel } from "../data/dataset.ts";
import type { Loss } from "./loss.ts";
import { appended, expectBatch, logitsOf } from "./outputs.ts";

const ID = "cross-entropy";

/** Options of {@linkcode crossEntropy}. */
export interface CrossEntropyOptions {
  /**
   * Share of the target that is spread evenly over all classes, `[0, 1)` (Szegedy et al. 2016,
   * section 7: `q'(k) = (1 - epsilon) * [k = y] + epsilon / K`).
   *
   * @default {0}
   */
  readonly smoothing?: number;
}

/**
 * Mean of `-sum(q * log(softmax(x)))` over the batch, for a network with one output: logits
 * `[N, classes]`. One loss serves one graph at a time.
 *
 * @throws {RangeError} when the smoothing is out of its range.
 */
export function crossEntropy({ smoothing = 0 }: CrossEntropyOptions = {}): Loss<ClassLabel> {
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new RangeError(
      `Cannot make loss "${ID}" as "smoothing" must be in [0, 1): current value is ${smoothing}`,
    );
  }
  let shape: readonly [batch: number, classes: number] | undefined;
  return {
    id: ID,
    settings: { smoothing },
    append(g, outputs) {
      const logits = logitsOf(ID, outputs);
      shape = [logits.shape[0], logits.shape[1]];
      const target = g.input("target/classes", shape);
      const log = `loss/${ID}/log`;
      g.append({
        name: log,
        op: "LogSoftmax",
        inputs: [logits.name],
        outputs: [log],
        attributes: { axis: 1 },
      });
      const products = g.mul(target, log, `loss/${ID}/products`);
      const sums = g.reduce("ReduceSum", products, [1], false, `loss/${ID}/sums`);
      const mean = g.reduce("ReduceMean", sums, [0], false, `loss/${ID}/mean`);
      return g.unary(mean, "Neg", {}, `loss/${ID}`);
    },
    encode(labels) {
      const known = appended(ID, shape);
      expectBatch(ID, labels, known);
      return new Map([["target/classes", targets(labels, known[1], smoothing)]]);
    },
  };
}

/** `[N, classes]`: what a network should say. */
function targets(labels: readonly ClassLabel[], classes: number, smoothing: number): Tensor {
  const data = new Float32Array(labels.length * classes).fill(smoothing / classes);
  for (const [i, label] of labels.entries()) {
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new RangeError(
        `Cannot encode label ${i} of a batch as it must be one of the network's ${classes} ` +
          `classes: current value is ${label}`,
      );
    }
    data[i * classes + label] += 1 - smoothing;
  }
  return tensor(data, [labels.length, classes]);
}
