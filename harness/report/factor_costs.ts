/**
 * What the factors of layers cost for what they compute: 1x1 factors apart from cores, beside the
 * layers that they stand for. Kim et al. (2016) reason so: a 1x1 convolution uses what it reads only a
 * few times, and misses the caches more often for each multiplication.
 *
 * @module
 */

import { addUp, type LayerReading, layerReadings } from "../layer_readings.ts";
import type { CaseResult, RunResult } from "../result.ts";
import { denseBeside } from "./counted.ts";
import { shownRows } from "./reading.ts";

/** Several layers or factors of one kind. */
export interface FactorCosts extends Pick<LayerReading, "macs" | "told"> {
  /** What they are, e.g. `"in, 1x1"`. */
  readonly title: string;
  /** Their factor, or what of the dense model they stand for. */
  readonly kind: "factor" | "all" | "dense" | "direct";
}

/** The factorised layers of a row, convolutions or fully connected ones. */
export interface FactorisedLayers {
  /** The row, by its name among all. */
  readonly row: CaseResult;
  /** What the layers are. */
  readonly of: "convolutions" | "fully connected layers";
  /** How many layers these are. */
  readonly count: number;
  /** Factors in the order in which they run, then all of them, then the same layers before. */
  readonly costs: readonly FactorCosts[];
}

/** Order in which factors run. */
const ORDER = ["in", "core", "depth", "height", "width", "out"];
/** Factors of convolutions whose kernels have one position. */
const POINTWISE = ["in", "out"];

/** What a factor is called where readers see it. */
export function factorTitle(part: string, fullyConnected: boolean): string {
  return !fullyConnected && POINTWISE.includes(part) ? `${part}, 1x1` : part;
}

/** Order of two factors. */
export function compareFactors(a: string, b: string): number {
  return ORDER.indexOf(a) - ORDER.indexOf(b) || a.localeCompare(b);
}

/** The factorised layers of all rows of which something was told, in the order of the run. */
export function factorCosts(run: RunResult): readonly FactorisedLayers[] {
  const rows = shownRows(run);
  return rows.flatMap((row) => {
    const readings = layerReadings(row);
    return [false, true].flatMap((fullyConnected): FactorisedLayers[] => {
      const factors = readings.filter((one) =>
        one.part !== "" && one.fullyConnected === fullyConnected
      );
      const layers = new Set(factors.map(({ layer }) => layer));
      if (layers.size === 0) return [];
      const wholes = (of: CaseResult | undefined) =>
        (of ? layerReadings(of) : []).filter(({ layer, part }) => part === "" && layers.has(layer));
      const before = (kind: "dense" | "direct", title: string): FactorCosts[] => {
        const found = wholes(denseBeside(row, rows, kind === "dense" ? "baseline" : "direct"));
        return found.length === layers.size ? [{ title, kind, ...addUp(found) }] : [];
      };
      const parts = [...Map.groupBy(factors, ({ part }) => part)]
        .toSorted(([a], [b]) => compareFactors(a, b));
      return [{
        row,
        of: fullyConnected ? "fully connected layers" : "convolutions",
        count: layers.size,
        costs: [
          ...parts.map(([part, own]): FactorCosts => ({
            title: factorTitle(part, fullyConnected),
            kind: "factor",
            ...addUp(own),
          })),
          { title: "all of these layers", kind: "all", ...addUp(wholes(row)) },
          ...before("dense", "the same, dense"),
          ...before("direct", "the same, dense direct"),
        ],
      }];
    });
  });
}
