/**
 * From a target to what a compressed model may cost.
 *
 * @module
 */

import { modelCosts } from "../graph/costs.ts";
import type { LayerCosts, ModelCosts } from "../graph/costs.ts";
import type { Model } from "../graph/model.ts";
import type { Target } from "./compressor.ts";

/** What a target means for one model. */
export interface Budget {
  /** What is counted. */
  readonly unit: "macs" | "params";
  /** Reduction asked for, `dense / kept`. */
  readonly rate: number;
  /** Costs of the model as it is given. */
  readonly costs: ModelCosts;
  /** Cost of the whole model as it is given, in the unit. */
  readonly dense: number;
  /** The most that the compressed model may cost, in the unit. */
  readonly allowed: number;
}

/**
 * The budget that `target` leaves for `model`.
 *
 * @throws {RangeError} when the rate is not a number of at least 1.
 */
export function budgetOf(model: Model, target: Target): Budget {
  const [unit, rate] = "macs" in target
    ? ["macs" as const, target.macs]
    : ["params" as const, target.params];
  if (!(rate >= 1 && Number.isFinite(rate))) {
    throw new RangeError(
      `Cannot compress model "${model.name}" as the rate must be at least 1: current value is ${rate}`,
    );
  }
  const costs = modelCosts(model);
  const dense = costs[unit];
  return { unit, rate, costs, dense, allowed: dense / rate };
}

/** What one kept weight of a layer costs: its uses in one run, or 1 where parameters are counted. */
export function costPerWeight({ denseMacs, weights }: LayerCosts, unit: Budget["unit"]): number {
  return unit === "macs" ? denseMacs / weights : 1;
}

/** A rate that a method cannot reach on a model. */
export class UnreachableRateError extends RangeError {
  /** Tells the error apart where classes are lost. */
  override readonly name = "UnreachableRateError";

  /**
   * Made by {@linkcode refuseUnreachable}, and by callers that ask several methods.
   *
   * @param highest The highest rate that can be reached, to three decimals.
   */
  constructor(message: string, readonly highest: number) {
    super(message);
  }
}

/**
 * Refuses a rate that cannot be reached.
 *
 * @param least The least that the model can cost under the method's constraints, in the unit.
 * @param method What constrains it, e.g. `"kgs 8x4"`.
 * @throws {UnreachableRateError} with the highest reachable rate.
 */
export function refuseUnreachable(
  model: Model,
  { allowed, dense, rate, unit }: Budget,
  least: number,
  method: string,
): void {
  if (least <= allowed) return;
  const highest = Math.floor(dense / least * 1000) / 1000;
  throw new UnreachableRateError(
    `Cannot compress model "${model.name}" by ${method} as the rate of ${unit} must be at most ` +
      `${highest}: current value is ${rate}`,
    highest,
  );
}
