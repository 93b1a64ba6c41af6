/**
 * Activation memory: buffers that are not alive at the same time share floats.
 *
 * @module
 */

/** What is known of a buffer: how large, and from which step to which it holds something. */
export interface Lifetime {
  /** Floats. */
  readonly floats: number;
  /** First step that writes it. */
  readonly first: number;
  /** Last step that reads it. */
  readonly last: number;
}

/** Where buffers lie. */
export interface MemoryPlan {
  /** First float of each buffer, a multiple of 16. */
  readonly offsets: readonly number[];
  /** Whether a buffer has all its floats to itself. */
  readonly alone: readonly boolean[];
  /** Floats of all of them. */
  readonly floats: number;
}

/** A cache line, floats. */
const LINE = 16;

/**
 * Places buffers, the largest first, each at the lowest place that is free while it is alive.
 * Deterministic.
 */
export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const offsets = lifetimes.map(() => 0);
  const order = lifetimes.map((_, i) => i)
    .sort((a, b) => lifetimes[b].floats - lifetimes[a].floats || a - b);
  const placed: number[] = [];
  let floats = 0;
  for (const i of order) {
    const own = lifetimes[i];
    const taken = placed
      .filter((j) => lifetimes[j].first <= own.last && own.first <= lifetimes[j].last)
      .map((j) => [offsets[j], offsets[j] + lifetimes[j].floats])
      .sort(([a], [b]) => a - b);
    let at = 0;
    for (const [begin, end] of taken) {
      if (at + own.floats <= begin) break;
      at = Math.max(at, Math.ceil(end / LINE) * LINE);
    }
    offsets[i] = at;
    floats = Math.max(floats, at + own.floats);
    placed.push(i);
  }
  const alone = lifetimes.map((own, i) =>
    lifetimes.every((other, j) =>
      i === j || offsets[j] >= offsets[i] + own.floats || offsets[j] + other.floats <= offsets[i]
    )
  );
  return { offsets, alone, floats };
}
