/**
 * Weights by what is usual in their layer. How large the weights of a layer are as a whole says nothing:
 * normalizations undo it, and another layer makes up for it after a ReLU.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { tensor, values } from "../../graph/tensor.ts";
import { groupShares, liveNorms, type PenalisedGroups } from "../../training/penalties/grouped.ts";

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

/** L2 norms of groups in the weights of a model. */
export function normsIn(weights: Model["weights"], groups: PenalisedGroups): Float64Array {
  const names = "parts" in groups ? groups.parts.map(({ name }) => name) : [groups.name];
  const live = new Map(names.map((name) => [name, values(weights.get(name)!)]));
  return liveNorms("norms", live, groups);
}

/** Root mean square of the norms of groups; as if all weights were 1 when these are but zeros. */
export function usualNorm(weights: Model["weights"], groups: PenalisedGroups): number {
  const meanSquare = (squares: Float64Array) =>
    squares.reduce((sum, square) => sum + square, 0) / squares.length;
  const square = meanSquare(normsIn(weights, groups).map((norm) => norm * norm));
  return Math.sqrt(square > 0 ? square : meanSquare(groupShares(groups)));
}
