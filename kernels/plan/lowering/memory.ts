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

/** Whether buffers `i` and `j` hold something at the same time. */
export type Together = (i: number, j: number) => boolean;

/** A cache line, floats. */
const LINE = 16;

/** Of operators that run one after another. */
function inTurn(lifetimes: readonly Lifetime[]): Together {
  return (i, j) =>
    lifetimes[i].first <= lifetimes[j].last && lifetimes[j].first <= lifetimes[i].last;
}

/**
 * Places buffers, the largest first, each at the lowest place that is free while it is alive.
 * Deterministic.
 */
export function planMemory(
  lifetimes: readonly Lifetime[],
  together: Together = inTurn(lifetimes),
): MemoryPlan {
  const offsets = lifetimes.map(() => 0);
  const order = lifetimes.map((_, i) => i)
    .sort((a, b) => lifetimes[b].floats - lifetimes[a].floats || a - b);
  const placed: number[] = [];
  let floats = 0;
  for (const i of order) {
    const own = lifetimes[i];
    const taken = placed
      .filter((j) => together(i, j))
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
