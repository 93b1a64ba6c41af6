/**
 * How far methods go without loss, and with half a point of it: the highest rate that was tried at
 * which enough is left.
 *
 * @module
 */

import { TUNED } from "../../suites/experiments/experiment.ts";
import { mean } from "../measure/statistics.ts";
import { formatRatio } from "../report/format.ts";
import { DENSE } from "./records.ts";
import { type Series, seriesOf } from "./series.ts";
import {
  type CellSummary,
  macsRate,
  meanOf,
  pairedDifferences,
  paramsRate,
  type PartSummary,
} from "./summary.ts";

/** Points that a network may be worse than its reference. */
export const ALLOWED = [0, 0.5] as const;

/**
 * Where the highest rate lies that loses no more than is allowed, as far as rates were tried:
 * - `"below"` the lowest one, which loses more already;
 * - `"at"` this one, as higher ones lose more;
 * - at this one `"or above"`, as no higher one was tried.
 */
export type Bound = "below" | "at" | "or above";

/** The highest rate of a method. */
export interface HighestRate {
  /** Where it lies. */
  readonly bound: Bound;
  /** Reduction that was reached, `dense / kept`, a mean over seeds. */
  readonly rate: number;
}

/** What a network may lose. */
export interface Allowance {
  /** Cell that it may not be worse than: the dense network, as it is or trained on. */
  readonly reference: CellSummary;
  /** By how many points it may, on average over seeds. */
  readonly points: typeof ALLOWED[number];
}

/** How far one method goes with one allowance. */
export interface MethodRates {
  /** Cells that were compared. */
  readonly tried: number;
  /** Highest reduction of weights (derived). */
  readonly params: HighestRate;
  /** Highest reduction of MACs (derived). */
  readonly macs: HighestRate;
}

/** How far all methods of a part go. */
export interface HighestRates {
  /** What may be lost against what. */
  readonly allowances: readonly Allowance[];
  /** The methods, each with its rates by allowance; undefined where no seed has both networks. */
  readonly methods: readonly {
    readonly series: Series;
    readonly rates: readonly (MethodRates | undefined)[];
  }[];
}

/**
 * How far methods go against each reference that there is, and with each allowed loss; no methods where
 * none was run at several rates.
 */
export function highestRates({ metric = "", cells }: PartSummary): HighestRates {
  const done = cells.filter(({ results }) => results.length > 0);
  const allowances = done.filter(isReference).flatMap((reference) =>
    ALLOWED.map((points) => ({ reference, points }))
  );
  const methods = seriesOf(done.filter((cell) => !isReference(cell))).map((series) => ({
    series,
    rates: allowances.map((allowance) => ratesOf(series, allowance, metric)),
  }));
  const found = methods.filter(({ rates }) => rates.some((one) => one));
  // With one rate of each there is nothing to tell that the losses do not.
  const several = found.some(({ series }) => series.cells.length > 1);
  return { allowances, methods: several ? found : [] };
}

function isReference({ cell }: CellSummary): boolean {
  return cell === DENSE || cell === TUNED.id;
}

/** Differences of means are no round numbers, in points. */
const ROUNDING = 1e-9;

function ratesOf(
  { cells }: Series,
  { reference, points }: Allowance,
  metric: string,
): MethodRates | undefined {
  const tried = cells.flatMap((cell) => {
    const differences = pairedDifferences(
      cell,
      reference,
      ({ result }) => 100 * result.metrics[metric],
    );
    if (differences.length === 0) return [];
    return [{ cell, holds: mean(differences) >= -points - ROUNDING }];
  });
  if (tried.length === 0) return undefined;
  const highest = (rateOf: Parameters<typeof meanOf>[1]) =>
    highestOf(tried.map(({ cell, holds }) => ({ rate: meanOf(cell, rateOf), holds })));
  return { tried: tried.length, params: highest(paramsRate), macs: highest(macsRate) };
}

function highestOf(
  tried: readonly { readonly rate: number; readonly holds: boolean }[],
): HighestRate {
  const rates = tried.map(({ rate }) => rate);
  const holding = tried.filter(({ holds }) => holds).map(({ rate }) => rate);
  if (holding.length === 0) return { bound: "below", rate: Math.min(...rates) };
  const rate = Math.max(...holding);
  return { bound: rate < Math.max(...rates) ? "at" : "or above", rate };
}

const SIGNS: Readonly<Record<Bound, string>> = { below: "< ", at: "", "or above": "≥ " };

/** Of weights and of MACs, e.g. `"4.00× / < 2.60×"`, `"≥ 8.00× / 5.20×"`. */
export function methodRatesText({ params, macs }: MethodRates): string {
  return [params, macs].map(({ bound, rate }) => SIGNS[bound] + formatRatio(rate)).join(" / ");
}

/** An allowance in words, e.g. `"no loss from dense"`. */
export function allowanceText({ reference, points }: Allowance): string {
  return `${points === 0 ? "no loss" : `${points} points`} from ${reference.label}`;
}
