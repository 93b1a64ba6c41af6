/**
 * How AutoCompress tells what it did.
 *
 * @module
 */

import { hasWeights } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { inferShapes } from "../../graph/shapes.ts";
import { sizeOf } from "../../graph/tensor.ts";
import { filterDecisions } from "../filters.ts";
import type { Account } from "../report.ts";
import type { Trace } from "../trace.ts";
import type { Proposal } from "./annealing.ts";
import { type HybridSpace, keptPart } from "./space.ts";

/** What was done to each layer of the dense model, and why others were left alone. */
export function accountOf(
  dense: Model,
  compressed: Model,
  { plan, layers, structure }: HybridSpace,
): Pick<Account, "decisions" | "reasons"> {
  const filters = filterDecisions(plan, dense, compressed);
  if (structure === "filter") return { decisions: filters, reasons: plan.reasons };
  const decisions = new Map(layers.flatMap(({ node, weight, reason }) => {
    if (reason !== undefined) return [];
    const [M, channels, ...kernel] = compressed.weights.get(weight)!.shape;
    const [all, what] = structure === "non-structured"
      ? [M * channels * sizeOf(kernel), "weights"]
      : [channels * sizeOf(kernel), "columns"];
    const left = compressed.structures.get(weight)?.kept.reduce((sum, bit) => sum + bit, 0);
    const columns = `${left ?? all} of ${all} ${what}`;
    return [[node.name, `${filters.get(node.name) ?? "keep all filters"}, ${columns}`] as const];
  }));
  const reasons = new Map([
    ...plan.reasons,
    ...layers.flatMap(({ node, reason }) => reason ? [[node.name, reason] as const] : []),
  ]);
  return { decisions, reasons };
}

/** The tables of a compression, as they grow. */
export class Traces {
  readonly #search: (string | number)[][] = [];
  readonly #rates: (string | number)[][] = [];
  readonly #purified: (string | number)[][] = [];

  /** Takes down the proposals of a search. */
  proposal(search: string, { temperature, value, accepted, best }: Proposal): void {
    const at = this.#search.length + 1;
    this.#search.push([
      search,
      at,
      round(temperature),
      round(value),
      Number(accepted),
      round(best),
    ]);
  }

  /** Takes down what a round has left of the layers of the dense model. */
  rates(round: number, dense: Model, model: Model): void {
    for (const { layer, filters, columns, was, kept } of parts(dense, model)) {
      this.#rates.push([round, layer, percentOff(filters), percentOff(columns), was, kept]);
    }
  }

  /** Takes down what purification has removed. */
  purification(before: Model, after: Model, saved: number, drop: number): void {
    for (const { layer, was, kept } of parts(before, after)) {
      if (kept < was) this.#purified.push([layer, was - kept, percentOff(kept / was), "", ""]);
    }
    this.#purified.push(["all together", "", "", round(saved), round(drop)]);
  }

  /** Those that have rows. */
  all(metric: string): Trace[] {
    const found: Trace[] = [{
      id: "search",
      title:
        "Annealing: value of every action that was met (rounds: accuracy of the quickly pruned " +
        "network; purification: cost saved, below 0 where accuracy drops by more than 0.1 points)",
      columns: [
        "search",
        "proposal",
        "temperature (points)",
        `value (${metric} or cost saved, %)`,
        "accepted",
        "best (%)",
      ],
      rows: this.#search,
      chart: {
        x: "proposal",
        y: [`value (${metric} or cost saved, %)`, "best (%)"],
        dots: true,
      },
    }, {
      id: "rates",
      title: "Rates of the layers after each round, of the dense model",
      columns: [
        "round",
        "layer",
        "filters removed (%)",
        "columns removed of the rest (%)",
        "weights before",
        "weights kept",
      ],
      rows: this.#rates,
    }, {
      id: "purification",
      title: "Purification: what was removed as it was almost empty",
      columns: [
        "layer",
        "weights removed",
        "weights removed (%)",
        "cost saved (%)",
        "drop (points)",
      ],
      rows: this.#purified,
    }];
    return found.filter(({ rows }) => rows.length > 0);
  }
}

/** What is left of the layers of `before` in `after`. */
function parts(before: Model, after: Model) {
  const [were, are] = [inferShapes(before), inferShapes(after)];
  return before.nodes.filter(hasWeights).map(({ name, inputs: [, weight], outputs: [y] }) => {
    const columns = keptPart(after, weight);
    const size = (model: Model) =>
      sizeOf(model.weights.get(weight)!.shape) * keptPart(model, weight);
    return {
      layer: name,
      filters: are.get(y)![1] / were.get(y)![1],
      columns,
      was: Math.round(size(before)),
      kept: Math.round(size(after)),
    };
  });
}

const round = (value: number) => Math.round(value * 1e4) / 1e4;
const percentOff = (part: number) => round(100 * (1 - part));
