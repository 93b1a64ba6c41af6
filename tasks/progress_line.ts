/**
 * One line on standard error that tells how far a run is: rewritten in place on a terminal, a new
 * line now and then elsewhere.
 *
 * @module
 */

import type { BenchProgress } from "../harness/bench.ts";

/** Seconds between lines where they cannot be rewritten. */
const PLAIN_INTERVAL_MS = 10_000;

/** Shows progress on standard error. */
export class ProgressLine {
  readonly #terminal = Deno.stderr.isTerminal();
  #last = -Infinity;
  #shown = false;

  /** Prints a line of its own. */
  say(text: string): void {
    this.clear();
    console.error(text);
  }

  /** Shows the present state. */
  show(state: BenchProgress): void {
    const now = performance.now();
    if (!this.#terminal && now - this.#last < PLAIN_INTERVAL_MS) return;
    this.#last = now;
    const left = state.remainingMs === undefined
      ? ""
      : `, about ${duration(state.remainingMs)} left`;
    const line = `${String(Math.round(state.fraction * 100)).padStart(3)} %${left}  ${state.label}`;
    if (!this.#terminal) return console.error(line);
    const width = consoleWidth();
    Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${line.slice(0, width - 1)}`));
    this.#shown = true;
  }

  /** Removes the line, so that other text can follow. */
  clear(): void {
    if (this.#shown) Deno.stderr.writeSync(new TextEncoder().encode("\r\x1b[K"));
    this.#shown = false;
  }
}

function consoleWidth(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80;
  }
}

/** A length of time for people, e.g. `"1 min 20 s"`. */
function duration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
