/**
 * What a loss can read of a network.
 *
 * @module
 */

import type { ValueInfo } from "../../graph/model.ts";
import type { Shape } from "../../graph/tensor.ts";

/** The only output of a network. @throws {RangeError} when there are several. */
export function onlyOutput(loss: string, outputs: readonly ValueInfo[]): ValueInfo {
  if (outputs.length === 1) return outputs[0];
  throw new RangeError(
    `Cannot append loss "${loss}" as the network must have one output: current value is ` +
      `${outputs.length}, ${describeOutputs(outputs)}`,
  );
}

/** The only output of a classifier. @throws {RangeError} when it is not `[N, classes]`. */
export function logitsOf(loss: string, outputs: readonly ValueInfo[]): ValueInfo {
  const output = onlyOutput(loss, outputs);
  if (output.shape.length === 2 && output.shape[1] > 1) return output;
  throw new RangeError(
    `Cannot append loss "${loss}" as output "${output.name}" must be [N, classes] with two ` +
      `classes or more: current value is [${output.shape}]`,
  );
}

/** Outputs as messages show them. */
export function describeOutputs(outputs: readonly ValueInfo[]): string {
  return outputs.map(({ name, shape }) => `"${name}" [${shape}]`).join(", ");
}

/** Refuses batches of another size. @throws {RangeError} when there are too few or too many labels. */
export function expectBatch(loss: string, labels: readonly unknown[], shape: Shape): void {
  if (labels.length === shape[0]) return;
  throw new RangeError(
    `Cannot encode labels of loss "${loss}" as the batch must have ${shape[0]}: ` +
      `current value is ${labels.length}`,
  );
}

/** What `append` left. @throws {TypeError} when it has not been called. */
export function appended<T>(loss: string, state: T | undefined): T {
  if (state !== undefined) return state;
  throw new TypeError(
    `Cannot encode labels of loss "${loss}" as it must be appended to a network first: ` +
      `current value is undefined`,
  );
}
