/**
 * What power is read from: rails, each a counter of energy or a gauge of power.
 *
 * @module
 */

/** One thing whose power is known. */
export interface Rail extends Disposable {
  /** What is measured, e.g. `"package-0"`. */
  readonly name: string;
  /** Where it is read, e.g. `"powercap intel-rapl:0"`. */
  readonly origin: string;
  /** Whether `read` gives joules since some moment, or watts. */
  readonly kind: "energy" | "power";
  /** Joules or watts now; `undefined` when it cannot be read. */
  read(): number | undefined;
}

/** The rails of one kind of sensor that together make up what the processor takes. */
export interface Rails {
  /** None of them is part of another; none at all when there are no such sensors. */
  readonly rails: readonly Rail[];
  /** Why there are none, and how to get them. */
  readonly missing?: string;
  /** How long it takes until the sensor has seen enough, seconds: slow gauges need a long look. */
  readonly seconds: number;
}

/**
 * A counter that begins again at 0 after `range`, made one that only rises. It must be read at least
 * once in each turn.
 *
 * @param read The counter now.
 * @param range Its highest value; without one it never begins again.
 */
export function unwrapped(
  read: () => number | undefined,
  range = Infinity,
): () => number | undefined {
  let last: number | undefined;
  let turns = 0;
  return () => {
    const now = read();
    if (now === undefined) return undefined;
    if (last !== undefined && now < last && Number.isFinite(range)) turns++;
    last = now;
    return turns === 0 ? now : turns * range + now;
  };
}
