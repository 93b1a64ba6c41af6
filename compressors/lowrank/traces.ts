/**
 * What a factorisation leaves of its work: ranks, and the factors' costs.
 *
 * @module
 */

import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import type { Budget } from "../budget.ts";
import type { Trace } from "../trace.ts";
import type { Factorisation } from "./factorisation.ts";
import { denseCost } from "./rank_plan.ts";

/** How the ranks of a layer came about. */
export interface RankRecord {
  /** The layer. */
  readonly layer: Factorisation;
  /** By EVBMF, where it says anything about them. */
  readonly evbmf?: readonly number[];
  /** Before they were scaled to the target. */
  readonly wanted: readonly number[];
  /** As they are; absent where the layer is left as it is. */
  readonly used?: readonly number[];
  /** `||W - rebuilt W|| / ||W||`, where weights are rebuilt. */
  readonly error?: number;
}

/**
 * The ranks of every layer from full to used, per group, with what they save (M of weights, E of MACs)
 * and lose. Layers with fewer kinds of ranks than others have only the last.
 */
export function ranksTrace(records: readonly RankRecord[], budget: Budget): Trace {
  const most = records.reduce(
    (names: readonly string[], { layer }) =>
      layer.names.length > names.length ? layer.names : names,
    [],
  );
  const stages: [name: string, of: (record: RankRecord) => readonly number[] | undefined][] = [
    ["full", ({ layer }) => layer.full],
    ["EVBMF", ({ evbmf }) => evbmf],
    ["wanted", ({ wanted }) => wanted.map((rank) => Math.round(rank * 100) / 100)],
    ["used", ({ used }) => used],
  ];
  const shown = stages.filter(([, of]) => records.some((record) => of(record) !== undefined));
  return {
    id: "ranks",
    title:
      "Ranks per group, the reduction of weights (M) and MACs (E), and the error of the weight",
    columns: [
      "layer",
      "groups",
      ...shown.flatMap(([stage]) => most.map((name) => `${name} ${stage}`)),
      "M",
      "E",
      "relative error",
    ],
    rows: records.map((record) => {
      const { layer, used, error } = record;
      const costs = used && layer.costs(used);
      const reduction = (unit: "params" | "macs") =>
        costs ? denseCost(layer, budget, unit) / costs[unit] : 1;
      return [
        layer.node.name,
        layer.groups,
        ...shown.flatMap(([, of]) => {
          const ranks = of(record) ?? [];
          return [...most.slice(ranks.length).map(() => ""), ...ranks];
        }),
        reduction("params"),
        reduction("macs"),
        error ?? "",
      ];
    }),
  };
}

/** MACs and weights of every factor, and of the layers that are left as they are. */
export function factorsTrace(dense: Model, compressed: Model): Trace {
  const layers = modelCosts(dense).layers.filter(({ weights }) => weights > 0);
  const own = new Set(layers.map(({ name }) => name));
  const parts = modelCosts(compressed).layers.filter(({ weights }) => weights > 0);
  return {
    id: "factors",
    title: "MACs and weights of every factor, biases apart",
    columns: ["layer", "factor", "weight", "MACs", "weights", "dense MACs", "dense weights"],
    rows: layers.flatMap(({ name, macs, weights }) =>
      parts
        .filter((part) =>
          part.name === name || (!own.has(part.name) && part.name.startsWith(`${name}/`))
        )
        .map((part) => [
          name,
          part.name === name ? "whole" : part.name.slice(name.length + 1),
          weightShape(compressed, part.name),
          part.macs,
          part.weights,
          macs,
          weights,
        ])
    ),
  };
}

/** As in `"24x64x1x1"`. */
function weightShape({ nodes, weights }: Model, layer: string): string {
  const { inputs } = nodes.find(({ name }) => name === layer)!;
  return inputs.map((name) => weights.get(name)).find((weight) => weight !== undefined)!
    .shape.join("x");
}
