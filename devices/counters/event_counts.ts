/**
 * Events of several threads over a stretch of work: opened for threads that exist, read before and
 * after, scaled where the processor had fewer counters than events.
 *
 * @module
 */

import type { Quantity, Reading } from "../reading.ts";
import { ERRNO } from "./libc.ts";
import { type Counter, type CounterState, type OpenCounter, PERF_EVENTS } from "./perf_event.ts";
import type { SystemFiles } from "./system_files.ts";

/** What is counted, and the event that it is. */
const EVENTS = {
  "cycles": "cycles",
  "instructions": "instructions",
  "l1d-misses": "L1-dcache-load-misses",
  "llc-misses": "LLC-load-misses",
  "branch-misses": "branch-misses",
} as const satisfies Partial<Record<Quantity, keyof typeof PERF_EVENTS>>;

type CountedQuantity = keyof typeof EVENTS;
const COUNTED = Object.keys(EVENTS) as readonly CountedQuantity[];

const THREADS = "proc/self/task";

/** Numbers of all threads of this process. */
export function allThreads(files: SystemFiles): number[] {
  return files.list(THREADS).map(Number);
}

/**
 * Numbers of threads of this process, by the name that they gave themselves. They are those that
 * exist, whoever made them; a counter that is inherited would miss those that came before it.
 */
export function threadsNamed(files: SystemFiles, name: string): number[] {
  return allThreads(files).filter((id) => files.text(`${THREADS}/${id}/comm`) === name);
}

/** Counters of threads, open and counting. */
export class EventCounts implements Disposable {
  readonly #open = new Map<CountedQuantity, readonly Counter[]>();
  readonly #missing = new Map<CountedQuantity, number>();
  readonly #paranoid: string | undefined;
  #before = new Map<Counter, CounterState | undefined>();

  /**
   * Opens all events for all threads; one that cannot be had is told by its reading.
   *
   * @param paranoid The level of `kernel.perf_event_paranoid`, for the reason of a refusal.
   */
  constructor(open: OpenCounter, threads: readonly number[], paranoid?: string) {
    this.#paranoid = paranoid;
    for (const quantity of COUNTED) {
      const counters: Counter[] = [];
      for (const thread of threads) {
        const counter = open(PERF_EVENTS[EVENTS[quantity]], thread);
        // A thread that has ended meanwhile has nothing to count.
        if (!("errno" in counter)) counters.push(counter);
        else if (counter.errno !== ERRNO.ESRCH) this.#missing.set(quantity, counter.errno);
      }
      this.#open.set(quantity, counters);
    }
  }

  /** Whether any event can be counted. */
  get some(): boolean {
    return COUNTED.some((quantity) => this.#countable(quantity));
  }

  /** The stretch of work begins. */
  begin(): void {
    const counters = [...this.#open.values()].flat();
    this.#before = new Map(counters.map((counter) => [counter, counter.read()]));
  }

  /** The stretch of work has ended: events of one of its calls. */
  end(calls: number): readonly Reading[] {
    return COUNTED.map((quantity): Reading => {
      const reading = { quantity, source: "measured" as const };
      if (!this.#countable(quantity)) return { ...reading, unavailable: this.#reason(quantity) };
      const counts = this.#open.get(quantity)!.map((counter) =>
        scaledCount(this.#before.get(counter), counter.read())
      );
      const origin = `perf ${EVENTS[quantity]}`;
      if (counts.every((count) => count === undefined)) {
        const unavailable = `${origin}: no counter was free; end other programs that count events`;
        return { ...reading, unavailable };
      }
      const known = counts.filter((count) => count !== undefined);
      const value = known.reduce((sum, { events }) => sum + events, 0) / calls;
      const share = Math.min(...known.map(({ share }) => share));
      const scaling = share < 1 ? `, scaled: counted ${Math.round(100 * share)} % of the time` : "";
      return { ...reading, value, origin: `${origin}, user code, ${calls} calls${scaling}` };
    });
  }

  /** Closes the counters. */
  [Symbol.dispose](): void {
    for (const counter of [...this.#open.values()].flat()) counter[Symbol.dispose]();
  }

  #countable(quantity: CountedQuantity): boolean {
    return !this.#missing.has(quantity) && this.#open.get(quantity)!.length > 0;
  }

  #reason(quantity: CountedQuantity): string {
    const errno = this.#missing.get(quantity);
    if (errno === undefined) return "perf: the program has no threads to count";
    const cycles = this.#missing.get("cycles");
    return refusal(EVENTS[quantity], errno, cycles === errno, this.#paranoid);
  }
}

/** Why the kernel refuses an event, and what to do about it. */
function refusal(event: string, errno: number, all: boolean, paranoid = "unknown"): string {
  switch (errno) {
    case ERRNO.EPERM:
    case ERRNO.EACCES:
      return `perf: kernel.perf_event_paranoid is ${paranoid}: ` +
        "sysctl kernel.perf_event_paranoid=2, or run with CAP_PERFMON";
    case ERRNO.ENOENT:
    case ERRNO.ENODEV:
    case ERRNO.EINVAL:
    case ERRNO.EOPNOTSUPP:
      return all
        ? "perf: this machine shows no hardware counters, as many virtual machines do not"
        : `perf: this processor does not count ${event}`;
    case ERRNO.EMFILE:
      return "perf: too many open files: raise it with ulimit -n";
    case ERRNO.ENOSYS:
      return "perf: this kernel has no perf_event_open";
    default:
      return `perf: the kernel refuses ${event} (errno ${errno})`;
  }
}

/**
 * Events between two states, as if the counter had run all the time.
 *
 * @returns `undefined` when it cannot be told: it was wanted and never ran, or could not be read.
 */
export function scaledCount(
  before: CounterState | undefined,
  after: CounterState | undefined,
): { readonly events: number; readonly share: number } | undefined {
  if (before === undefined || after === undefined) return undefined;
  const count = after.count - before.count;
  const enabled = after.enabled - before.enabled, running = after.running - before.running;
  // A thread that slept all the time did nothing that could be counted.
  if (enabled === 0) return { events: 0, share: 1 };
  return running === 0
    ? undefined
    : { events: count * enabled / running, share: running / enabled };
}
