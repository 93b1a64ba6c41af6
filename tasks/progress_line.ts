/**
 * One line on standard error that tells how far a run is: rewritten in place on a terminal, a new
 * line now and then elsewhere.
 *
 * @module
 */

import type { BenchProgress } from "../harness/forecast.ts";

/** Time between lines where they cannot be rewritten. */
const PLAIN_INTERVAL_MS = 10_000;

/** Goes to the start of the line and erases it. */
const ERASE = "\r\x1b[K";

/** Where the line is shown. */
export interface ProgressTarget {
  /** Whether the line can be rewritten. */
  readonly terminal: boolean;
  /** Characters that fit in a line. */
  columns(): number;
  /** Writes text as it is. */
  write(text: string): void;
  /** Clock in milliseconds. */
  now(): number;
}

/** Shows progress. */
export class ProgressLine {
  readonly #target: ProgressTarget;
  #announcement: string | undefined;
  #last = -Infinity;
  #shown = false;

  /**
   * Shows nothing yet.
   *
   * @param target Where. @default standard error
   */
  constructor(target: ProgressTarget = standardError()) {
    this.#target = target;
  }

  /** Has `text` stand above the progress, once there is any: what fails at once needs no heading. */
  announce(text: string): void {
    this.#announcement = text;
  }

  /** Prints lines of their own. */
  say(text: string): void {
    this.clear();
    this.#target.write(`${text}\n`);
  }

  /** Shows the present state. */
  show({ label, fraction, remainingMs }: BenchProgress): void {
    if (this.#announcement !== undefined) this.say(this.#announcement);
    this.#announcement = undefined;
    const target = this.#target, now = target.now();
    if (!target.terminal && now - this.#last < PLAIN_INTERVAL_MS) return;
    this.#last = now;
    const percent = `${Math.floor(fraction * 100)} %`.padStart(5);
    const left = remainingMs === undefined ? "" : `, about ${duration(remainingMs)} left`;
    const line = `${percent}${left}  ${label}`;
    if (!target.terminal) return target.write(`${line}\n`);
    // A line that reaches the last column wraps, and can no longer be erased.
    target.write(`${ERASE}${line.slice(0, target.columns() - 1)}`);
    this.#shown = true;
  }

  /** Removes the line, so that other text can follow. */
  clear(): void {
    if (this.#shown) this.#target.write(ERASE);
    this.#shown = false;
  }
}

function standardError(): ProgressTarget {
  return {
    terminal: Deno.stderr.isTerminal(),
    columns: () => {
      try {
        return Deno.consoleSize().columns;
      } catch {
        return 80;
      }
    },
    write: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
    now: () => performance.now(),
  };
}

/** A length of time for people, e.g. `"1 min 20 s"`. */
function duration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
