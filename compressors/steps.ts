/**
 * Whole counts (of filters, of ranks) that share a budget, when they are coupled: the cost of one
 * depends on the others.
 *
 * @module
 */

/** Steps that a count may get beyond its proportion. */
const TURNS = 2;

/** Counts that may be chosen for one thing: multiples of `step` from `step` to `most`, and `most`. */
export interface Steps {
  /** The step, also the least. */
  readonly step: number;
  /** The largest count. */
  readonly most: number;
}

/** Total cost of some counts; grows with each of them. */
export type CountCost = (counts: readonly number[]) => number;

/** The count nearest below `wanted`, at least one step. */
export function stepsBelow({ step, most }: Steps, wanted: number): number {
  if (wanted >= most) return most;
  return Math.min(most, Math.max(step, Math.floor(wanted / step + 1e-9) * step));
}

/** The count nearest above `wanted`. */
export function stepsAbove({ step, most }: Steps, wanted: number): number {
  return Math.min(most, Math.max(step, Math.ceil(wanted / step - 1e-9) * step));
}

/**
 * The largest counts in given proportions that cost at most `allowed`; what is left is then spent on
 * single steps, costliest first, in a few turns: more would distort the proportions of cheap ones.
 *
 * @param proportions Counts at a common factor of 1.
 * @param allowed At least the cost of one step of each.
 */
export function scaleToBudget(
  steps: readonly Steps[],
  proportions: readonly number[],
  cost: CountCost,
  allowed: number,
): number[] {
  const at = (factor: number) => steps.map((s, i) => stepsBelow(s, factor * proportions[i]));
  const whole = Math.max(...steps.map(({ most }, i) => most / proportions[i]));
  if (cost(at(whole)) <= allowed) return at(whole);
  let low = 0, high = whole;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (cost(at(middle)) <= allowed) low = middle;
    else high = middle;
  }
  return spendInTurns(steps, at(low), cost, allowed);
}

function spendInTurns(
  steps: readonly Steps[],
  counts: number[],
  cost: CountCost,
  allowed: number,
): number[] {
  const grown = (i: number) => {
    const { step, most } = steps[i];
    return counts.map((k, j) => j === i ? stepsBelow({ step, most }, k + step) : k);
  };
  for (let turn = 0; turn < TURNS; turn++) {
    const costliestFirst = steps.map((_, i) => i)
      .filter((i) => counts[i] < steps[i].most)
      .map((i) => ({ i, cost: cost(grown(i)) }))
      .sort((a, b) => b.cost - a.cost);
    for (const { i } of costliestFirst) {
      const next = grown(i);
      if (cost(next) <= allowed) counts[i] = next[i];
    }
  }
  return counts;
}
