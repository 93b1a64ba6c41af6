/**
 * Weights by what is usual in their layer. How large the weights of a layer are as a whole says nothing:
 * normalizations undo it, and another layer makes up for it after a ReLU.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { tensor, values } from "../../graph/tensor.ts";

/** Root mean square of a weight of a model; 1 when it has none but zeros. */
export function usualSize({ weights }: Pick<Model, "weights">, name: string): number {
  const w = values(weights.get(name)!);
  let squares = 0;
  for (const value of w) squares += value * value;
  return squares > 0 ? Math.sqrt(squares / w.length) : 1;
}

/** `learnt` with the given weights in units of their usual size in `given`, the model it was. */
export function inUsualSizes(given: Model, learnt: Model, names: Iterable<string>): Model {
  const weights = new Map(learnt.weights);
  for (const name of names) {
    const weight = weights.get(name)!, unit = usualSize(given, name);
    weights.set(name, tensor(values(weight).map((value) => value / unit), weight.shape));
  }
  return { ...learnt, weights };
}
