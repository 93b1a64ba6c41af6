/**
 * What a device told of single operators, added up by layer of the dense model and by its factors.
 *
 * @module
 */

import type { Quantity } from "../devices/reading.ts";
import { factorOf } from "./layer_parts.ts";
import type { CaseResult, Estimate, LayerResult, ReadingResult } from "./result.ts";

/** What operators have each their share of, in the order of records. */
export const ADDITIVE = [
  "instructions",
  "instructions-vector",
  "l1d-accesses",
  "l1d-misses",
  "l2-misses",
  "l3-misses",
  "llc-misses",
  "dram-read",
  "dram-written",
  "cycles",
  "energy",
] as const satisfies readonly Quantity[];

/** A number with where it comes from. */
export interface Told {
  /** The number. */
  readonly value: Estimate;
  /** Where it comes from. */
  readonly source: ReadingResult["source"];
}

/** Finds a quantity among what was told of one thing. */
export type FindTold = (quantity: Quantity) => Told | undefined;

/** What a layer, or one factor of it, did in one call. */
export interface LayerReading {
  /** Layer of the dense model. */
  readonly layer: string;
  /** Factor of the layer, e.g. `"core"`; `""` for the whole of it. */
  readonly part: string;
  /** Whether the layer is fully connected. */
  readonly fullyConnected: boolean;
  /** Multiply-accumulates. */
  readonly macs: number;
  /** What was told, by quantity. */
  readonly told: ReadonlyMap<Quantity, Told>;
}

/**
 * The layers of a row with what was told of their operators, in the order of the model: each layer as a
 * whole, and behind one that was factorised its factors. Groups, phases and paddings are part of what
 * they belong to. Empty where nothing was told of operators.
 */
export function layerReadings({ layers, readings = [] }: CaseResult): readonly LayerReading[] {
  const byOperator = Map.groupBy(
    readings.filter(({ operator, value }) => operator !== undefined && value),
    ({ operator }) => operator!,
  );
  if (byOperator.size === 0) return [];
  return [...Map.groupBy(layers, ({ layer }) => layer)].flatMap(([layer, operators]) => {
    const fullyConnected = operators.some(({ kind }) => kind.startsWith("fully_connected"));
    const sum = (part: string, own: readonly LayerResult[]): LayerReading => {
      // Operators may share a name, and what was told of that name is then of all of them.
      const names = [...new Set(own.map(({ operator }) => operator))];
      const told = sumTold(names.map((name) => findIn(byOperator.get(name) ?? [])));
      return { layer, part, fullyConnected, macs: macsOf(own), told };
    };
    const parts = Map.groupBy(operators, ({ operator }) => factorOf(layer, operator));
    const factors = [...parts].filter(([part, own]) => part !== "" && macsOf(own) > 0);
    return [
      sum("", operators),
      ...(factors.length > 1 ? factors.map(([part, own]) => sum(part, own)) : []),
    ];
  });
}

/** Several layers or factors as one. */
export function addUp(
  readings: readonly LayerReading[],
): Pick<LayerReading, "macs" | "told"> {
  return { macs: macsOf(readings), told: sumTold(readings.map(({ told }) => (q) => told.get(q))) };
}

/** Finds what was told among readings of one thing. */
export function findIn(readings: readonly ReadingResult[]): FindTold {
  return (quantity) => {
    const found = readings.find((reading) => reading.quantity === quantity && reading.value);
    return found?.value && { value: found.value, source: found.source };
  };
}

/** The sums of all quantities that each of these has. Medians add up, their intervals do not. */
function sumTold(all: readonly FindTold[]): ReadonlyMap<Quantity, Told> {
  const sums = new Map<Quantity, Told>();
  for (const quantity of ADDITIVE) {
    const found = all.flatMap((find) => find(quantity) ?? []);
    if (found.length === 0 || found.length < all.length) continue;
    const [{ source, value: { rounds } }] = found;
    const value = found.reduce((sum, told) => sum + told.value.value, 0);
    sums.set(quantity, { source, value: { value, rounds } });
  }
  return sums;
}

function macsOf(all: readonly { readonly macs: number }[]): number {
  return all.reduce((sum, { macs }) => sum + macs, 0);
}
