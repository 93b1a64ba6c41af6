/**
 * What a number must be for a claim to count as reproduced. A rule is declared with the claim, before
 * anything is run; it knows nothing of who measured.
 *
 * @module
 */

/** Numbers from `low` to `high`, both included. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Where a number has to lie. */
export interface Rule {
  /** In words, for readers, e.g. `"at least 2.8"`. */
  readonly statement: string;
  /** Where it counts as reproduced; absent where this cannot be had, only a direction. */
  readonly reproduced?: Range;
  /** Where it points the same way: includes what is reproduced. */
  readonly direction: Range;
}

/** Above 1: a gain. */
const GAIN: Range = { low: 1, high: Infinity };

/**
 * The number rounds to what was printed: of a printed `"2.6"`, from 2.55 to 2.65. Nothing else points
 * the same way, since it is arithmetic.
 *
 * @param slack How far the number itself may be off, as a share of it, since what it is computed from
 *   was rounded as well.
 * @throws {RangeError} when the text is no decimal number.
 */
export function roundsTo(printed: string, slack = 0): Rule {
  if (!/^-?\d+(\.\d+)?$/.test(printed)) {
    throw new RangeError(
      `Cannot make a rule as the printed value must be a decimal number: current value is "${printed}"`,
    );
  }
  const digits = printed.split(".")[1]?.length ?? 0;
  const value = Number(printed);
  // What divides two decimal numbers may miss the end of a range by rounding.
  const half = 0.5 * 10 ** -digits * (1 + 1e-9) + slack * Math.abs(value);
  const range = { low: value - half, high: value + half };
  return { statement: `rounds to ${printed}`, reproduced: range, direction: range };
}

/** A gain of at least `factor`; a smaller gain points the same way. */
export function gainOf(factor: number): Rule {
  return {
    statement: `at least ${factor}×`,
    reproduced: { low: factor, high: Infinity },
    direction: GAIN,
  };
}

/** A gain that is not as large as `factor`; there is no direction besides. */
export function gainBelow(factor: number): Rule {
  const range = { low: 0, high: factor };
  return { statement: `less than ${factor}×`, reproduced: range, direction: range };
}

/** Within `tolerance` of 1, as a factor: `1 / tolerance` to `tolerance`. */
export function aboutEqual(tolerance: number): Rule {
  const range = { low: 1 / tolerance, high: tolerance };
  return { statement: `equal within ${tolerance}×`, reproduced: range, direction: range };
}

/** The left one is at least as good as the right one, but for `margin` points. */
export function notWorse(margin = 0): Rule {
  const range = { low: -margin, high: Infinity };
  const statement = margin === 0 ? "not worse" : `at most ${margin} points worse`;
  return { statement, reproduced: range, direction: range };
}

/** The same rule for numbers from elsewhere than the paper's: they can show a direction at most. */
export function directionOf({ statement, direction }: Rule): Rule {
  return {
    statement: `${statement}; elsewhere than in the paper, so a direction at most`,
    direction,
  };
}
