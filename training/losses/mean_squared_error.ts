/**
 * Mean squared error, for networks that put out values instead of classes.
 *
 * @module
 */

import { type Shape, sizeOf, tensor } from "../../graph/tensor.ts";
import type { Loss } from "./loss.ts";
import { appended, expectBatch, onlyOutput } from "./outputs.ts";

const ID = "mean-squared-error";

/**
 * Mean of `(y - target)^2` over all values of the batch, for a network with one output. A label is
 * what the output should be for one sample, without the batch, row-major. One loss serves one graph
 * at a time.
 */
export function meanSquaredError(): Loss<Float32Array> {
  let shape: Shape | undefined;
  return {
    id: ID,
    settings: {},
    append(g, outputs) {
      const output = onlyOutput(ID, outputs);
      shape = output.shape;
      const target = g.input("target/values", shape);
      const errors = g.binary("Sub", output.name, target, `loss/${ID}/errors`);
      const squares = g.mul(errors, errors, `loss/${ID}/squares`);
      return g.reduce("ReduceMean", squares, shape.map((_, axis) => axis), false, `loss/${ID}`);
    },
    encode(labels) {
      const known = appended(ID, shape);
      expectBatch(ID, labels, known);
      const length = sizeOf(known) / known[0];
      const data = new Float32Array(sizeOf(known));
      for (const [i, label] of labels.entries()) {
        if (label.length !== length) {
          throw new RangeError(
            `Cannot encode label ${i} of a batch as it must have the ${length} values of an ` +
              `output [${known.slice(1)}]: current value is ${label.length} values`,
          );
        }
        data.set(label, i * length);
      }
      return new Map([["target/values", tensor(data, known)]]);
    },
  };
}
