/**
 * How far a whole run is, and how long it will still take.
 *
 * @module
 */

import type { MeasureProgress } from "./measure/run.ts";

/** How far a run is. */
export interface BenchProgress {
  /** What is being done, e.g. `"rt3d kgs 8x4: checking against ONNX Runtime"`. */
  readonly label: string;
  /** Part of the whole run that is done, 0 to 1. */
  readonly fraction: number;
  /** Estimate of the time left; absent until there is one. */
  readonly remainingMs?: number;
}

/** What a run consists of. */
export interface Workload {
  /** Programs that are made. */
  readonly programs: number;
  /** Cases that every round measures. */
  readonly cases: number;
  /** Rounds that are left. */
  readonly rounds: number;
}

/**
 * Making a program takes about as long as measuring it in this many rounds (C3D on two cores: 2.7 s
 * and 0.9 s). The measured pace replaces the guess when the rounds begin.
 */
const ROUNDS_PER_PROGRAM = 3;

/** Tells the progress of a run that prepares first and measures then. */
export class Forecast {
  readonly #begin: number;
  readonly #programs: number;
  readonly #preparing: number;
  readonly #tell: (progress: BenchProgress) => void;
  readonly #now: () => number;

  /**
   * Begins now.
   *
   * @param tell Takes what is told.
   * @param now Clock in milliseconds.
   */
  constructor(
    { programs, cases, rounds }: Workload,
    tell: (progress: BenchProgress) => void,
    now: () => number = () => performance.now(),
  ) {
    const preparing = ROUNDS_PER_PROGRAM * programs;
    this.#programs = programs;
    this.#preparing = preparing / (preparing + cases * rounds);
    this.#tell = tell;
    this.#now = now;
    this.#begin = now();
  }

  /**
   * Tells of the preparing.
   *
   * @param made Programs that are made.
   */
  preparing(label: string, made: number): void {
    this.#report(label, this.#preparing * made / this.#programs);
  }

  /** Tells of the measuring. */
  measuring({ round, rounds, label, fraction, remainingMs }: MeasureProgress): void {
    const whole = this.#preparing + (1 - this.#preparing) * fraction;
    this.#report(`round ${round + 1} of ${rounds}: ${label}`, whole, remainingMs);
  }

  /** The time left is in proportion to the time gone, where nobody knows better. */
  #report(label: string, fraction: number, known?: number): void {
    const elapsed = this.#now() - this.#begin;
    const remainingMs = known ?? elapsed * (1 - fraction) / fraction;
    this.#tell({ label, fraction, ...(fraction > 0 && { remainingMs }) });
  }
}
