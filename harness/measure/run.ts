/**
 * The rounds of a run: carried out one by one, stored after each, summed up at the end.
 *
 * @module
 */

import { placedLabel } from "../case.ts";
import { isReady } from "./prepared.ts";
import type { SampleRow } from "../records/records.ts";
import { conditionRows, powerRows, readingRows, type Told } from "../records/told.ts";
import type { RunResult } from "../result.ts";
import type { RoundEvent, RoundExecutor, RoundRequest } from "./round.ts";
import { roundSchedule } from "./schedule.ts";
import type { RunStore } from "../records/store.ts";
import { isExcluded, summarise } from "./summarise.ts";

/** How far the measuring has come. */
export interface MeasureProgress {
  /** Round that is running, from 0. */
  readonly round: number;
  /** Rounds of the whole run. */
  readonly rounds: number;
  /** Label of the case that is running. */
  readonly label: string;
  /** Part of the measuring that is done, 0 to 1. */
  readonly fraction: number;
  /** Estimate of the time left, from the pace so far; absent until there is one. */
  readonly remainingMs?: number;
}

/** Options of {@linkcode measureRun}. */
export interface MeasureRunOptions {
  /** Carries out one round. */
  readonly execute: RoundExecutor;
  /** Ends the run; finished rounds are kept, and the run can be resumed. */
  readonly signal?: AbortSignal;
  /** Told at every visit. */
  readonly onProgress?: (progress: MeasureProgress) => void;
}

/** Crashes of a round after which it is given up, unless the last one excluded the culprit. */
const MAX_CRASHES = 2;

/**
 * Measures the prepared cases of a run in the rounds that are not finished yet. A case that
 * fails twice is left out from then on; a round whose process dies is done once more.
 *
 * @returns The run as far as it came: all of it, or what was finished before the signal.
 */
export async function measureRun(store: RunStore, options: MeasureRunOptions): Promise<RunResult> {
  const { rounds } = store.progress.setup;
  const open = Array.from({ length: rounds }, (_, round) => round)
    .filter((round) => !store.progress.finishedRounds.includes(round));
  const pace = new Pace(store, open.length, options);
  for (const round of open) {
    if (options.signal?.aborted) break;
    await measureRound(store, round, options, pace);
    pace.roundEnded();
    store.writeResult(summarise(store.progress, store.readSamples(), store.readTold()));
  }
  const result = summarise(store.progress, store.readSamples(), store.readTold());
  const complete = store.progress.finishedRounds.length === rounds;
  const manifest = complete
    ? { ...result.manifest, finished: new Date().toISOString() }
    : result.manifest;
  const final = { ...result, manifest };
  store.writeResult(final);
  return final;
}

async function measureRound(
  store: RunStore,
  round: number,
  { execute, signal }: MeasureRunOptions,
  pace: Pace,
): Promise<void> {
  for (let crashes = 0;;) {
    const request = requestFor(store, round);
    if (request.cases.length === 0) return store.finishRound(round, []);
    const events: RoundEvent[] = [];
    await execute(request, (event) => {
      events.push(event);
      pace.see(round, event);
    }, signal);
    if (signal?.aborted) return;
    if (events.at(-1)?.type === "done") {
      const failures = events.filter((event) => event.type === "error");
      for (const { case: id, message } of failures) store.addFailure({ round, case: id, message });
      const failed = new Set(failures.map((failure) => failure.case));
      const sound = events.filter((event) => !("case" in event) || !failed.has(event.case));
      const samples = sound.flatMap((event) => samplesOf(round, event));
      return store.finishRound(round, samples, toldIn(round, sound));
    }
    crashes++;
    const culprit = events.findLast((event) => event.type === "begin")?.case;
    const end = events.findLast((event) => event.type === "error" && event.case === undefined);
    const message = end?.type === "error" ? end.message : "The round ended before it was done";
    store.addFailure({ round, ...(culprit && { case: culprit }), message });
    const excluded = culprit !== undefined && isExcluded(culprit, store.progress);
    if (crashes >= MAX_CRASHES && !excluded) return store.finishRound(round, []);
    pace.roundRestarts();
  }
}

function requestFor(store: RunStore, round: number): RoundRequest {
  const { setup, prepared, inputs } = store.progress;
  const ready = prepared.filter(isReady);
  const taking = ready.filter(({ id }) => !isExcluded(id, store.progress));
  const ids = new Set(taking.map(({ id }) => id));
  // Shuffled with all cases, so that a case that drops out does not change the others' order.
  const schedule = roundSchedule(ready.map(({ id }) => id), {
    round,
    blocks: setup.blocks,
    seed: setup.scheduleSeed,
  });
  return {
    round,
    cases: taking.flatMap(({ id, spec: { device, threads }, program }) =>
      program ? [{ id, device, threads, program }] : []
    ),
    schedule: schedule.map((visits) => visits.filter((id) => ids.has(id))),
    inputs,
    measure: setup.measure,
  };
}

/** The rows of `samples.csv` that an event gives. */
function samplesOf(round: number, event: RoundEvent): readonly SampleRow[] {
  switch (event.type) {
    case "load":
    case "first_run":
      return [{ case: event.case, round, sample: 0, warmup: 0, phase: event.type, ns: event.ns }];
    case "visit": {
      const { case: id, block, order, warmup, samples } = event;
      const visit = { case: id, round, ...(block !== undefined && { block, order }) };
      return [
        ...warmup.map((ns, sample) => ({
          ...visit,
          sample,
          warmup: 1,
          phase: "warmup" as const,
          ns,
        })),
        ...samples.map((ns, sample) => ({
          ...visit,
          sample,
          warmup: 0,
          phase: "steady" as const,
          ns,
        })),
      ];
    }
    case "layers":
      return event.layers.map(({ name, ns }) => ({
        case: event.case,
        round,
        sample: 0,
        warmup: 0,
        phase: "layer" as const,
        operator: name,
        ns,
      }));
    default:
      return [];
  }
}

/** What devices told in a round besides times. */
function toldIn(round: number, events: readonly RoundEvent[]): Told {
  const readings = events.filter((event) => event.type === "readings");
  const visits = events.filter((event) => event.type === "conditions");
  return {
    readings: readings.flatMap((event) => readingRows({ case: event.case, round }, event.readings)),
    // One round shows how power goes up and down; all of them would be megabytes.
    power: round > 0
      ? []
      : readings.flatMap((event) => powerRows({ case: event.case, round }, event.power)),
    conditions: [...Map.groupBy(visits, (event) => event.case)].flatMap(([id, own]) =>
      conditionRows({ case: id, round }, own.map(({ conditions }) => conditions))
    ),
  };
}

/** Calls that a stretch of readings is taken for; how many it needs is up to the device. */
const READING_CALLS = 100;

/** Estimates the time left by counting calls; loading counts as one. */
class Pace {
  readonly #started = performance.now();
  readonly #labels: ReadonlyMap<string, string>;
  readonly #rounds: number;
  readonly #warmupCalls: number;
  readonly #visitCalls: number;
  readonly #callsPerRound: number;
  readonly #callsTotal: number;
  #roundsDone = 0;
  #callsInRound = 0;
  #label = "";

  constructor(store: RunStore, openRounds: number, private readonly options: MeasureRunOptions) {
    const { setup, prepared } = store.progress;
    const { warmupCalls, visitWarmupCalls, samples, readings } = setup.measure;
    const ready = prepared.filter(isReady);
    this.#labels = new Map(ready.map(({ id, spec }) => [id, placedLabel(spec)]));
    this.#rounds = setup.rounds;
    this.#warmupCalls = 2 + warmupCalls;
    this.#visitCalls = visitWarmupCalls + samples;
    this.#callsPerRound = ready.length *
      (this.#warmupCalls + setup.blocks * this.#visitCalls + (readings ? READING_CALLS : 0));
    this.#callsTotal = openRounds * this.#callsPerRound;
  }

  see(round: number, event: RoundEvent): void {
    if (event.type === "begin") this.#label = this.#labels.get(event.case) ?? event.case;
    if (event.type === "visit") {
      this.#callsInRound += event.block === undefined ? this.#warmupCalls : this.#visitCalls;
    }
    if (event.type === "readings") this.#callsInRound += READING_CALLS;
    if (!["begin", "visit", "readings"].includes(event.type)) return;
    const calls = this.#roundsDone * this.#callsPerRound + this.#callsInRound;
    const elapsed = performance.now() - this.#started;
    this.options.onProgress?.({
      round,
      rounds: this.#rounds,
      label: this.#label,
      fraction: calls / this.#callsTotal,
      ...(calls > 0 && { remainingMs: elapsed * (this.#callsTotal - calls) / calls }),
    });
  }

  roundEnded(): void {
    this.#roundsDone++;
    this.#callsInRound = 0;
  }

  roundRestarts(): void {
    this.#callsInRound = 0;
  }
}
