/**
 * Rounds in which the target is approached.
 *
 * @module
 */

/** How many rounds: as many as double the rate each time, or a number. */
export type Rounds = "auto" | number;

/** One round. */
export interface Round {
  /** What the rate is to be after it, of the dense model. */
  readonly rate: number;
  /** Epochs of ADMM. */
  readonly admm: number;
  /** Epochs in which what is left then learns on. */
  readonly recovery: number;
}

/** Part of the epochs of a round that are for recovery, once there are enough for both. */
const RECOVERY = 1 / 4;
/** Epochs without which ADMM takes Z and U never anew. */
const LEAST_ADMM = 2;

/**
 * The rounds of a compression: 2x, 4x, 8x, ... up to the target; or a number of them, each with the same
 * factor. Each has two epochs at least, so there may be fewer, each with the same factor.
 *
 * @param epochs Epochs of all rounds together.
 */
export function roundsOf(rate: number, rounds: Rounds, epochs: number): Round[] {
  const doublings = Math.max(1, Math.ceil(Math.log2(rate) - 1e-9));
  const wanted = rounds === "auto" ? doublings : rounds;
  const count = Math.min(wanted, Math.max(1, Math.floor(epochs / LEAST_ADMM)));
  const doubles = rounds === "auto" && count === doublings;
  return Array.from({ length: count }, (_, i) => {
    const own = Math.floor(epochs * (i + 1) / count) - Math.floor(epochs * i / count);
    const recovery = own > LEAST_ADMM ? Math.max(1, Math.floor(own * RECOVERY)) : 0;
    const after = doubles ? 2 ** (i + 1) : rate ** ((i + 1) / count);
    return { rate: i + 1 === count ? rate : after, admm: own - recovery, recovery };
  });
}
