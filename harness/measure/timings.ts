/**
 * The samples of a run, arranged for statistics: by case, round and block.
 *
 * @module
 */

import type { SampleRow } from "../records/records.ts";
import type { PairedRound } from "./comparison.ts";
import { median } from "./statistics.ts";

/** The times of one case in one round. Nanoseconds. */
export interface RoundTimings {
  /** Per block, the median of the samples of the visit. */
  readonly blocks: readonly number[];
  /** Time to load the program. */
  readonly load?: number;
  /** Time of the first call. */
  readonly firstRun?: number;
  /** By operator. */
  readonly layers: ReadonlyMap<string, number>;
}

/** The times of one case. Nanoseconds. */
export interface CaseTimings {
  /** All timed calls, in measured order. */
  readonly steady: readonly number[];
  /** By round, in measured order. */
  readonly rounds: ReadonlyMap<number, RoundTimings>;
}

/** Arranges samples, by case id. */
export function arrangeSamples(samples: readonly SampleRow[]): ReadonlyMap<string, CaseTimings> {
  const timings = new Map<string, CaseTimings>();
  for (const [id, rows] of Map.groupBy(samples, (row) => row.case)) {
    const rounds = [...Map.groupBy(rows, (row) => row.round)];
    timings.set(id, {
      steady: rows.filter(isSteady).map((row) => row.ns),
      rounds: new Map(rounds.map(([round, rows]) => [round, arrangeRound(rows)])),
    });
  }
  return timings;
}

/** The rounds in which both cases ran: times of `baseline` beside those of `candidate`. */
export function pairRounds(
  baseline: CaseTimings | undefined,
  candidate: CaseTimings | undefined,
): PairedRound[] {
  return [...baseline?.rounds ?? []].flatMap(([round, { blocks }]) => {
    const own = candidate?.rounds.get(round);
    return own ? [{ baseline: blocks, candidate: own.blocks }] : [];
  });
}

function arrangeRound(rows: readonly SampleRow[]): RoundTimings {
  const visits = Map.groupBy(rows.filter(isSteady), (row) => row.block ?? 0);
  const once = (phase: SampleRow["phase"]) => rows.find((row) => row.phase === phase)?.ns;
  return {
    blocks: [...visits].toSorted(([a], [b]) => a - b)
      .map(([, visit]) => median(visit.map((row) => row.ns))),
    load: once("load"),
    firstRun: once("first_run"),
    layers: new Map(
      rows.filter((row) => row.phase === "layer").map((row) => [row.operator ?? "", row.ns]),
    ),
  };
}

function isSteady(row: SampleRow): boolean {
  return row.phase === "steady";
}
