/**
 * Simulated annealing with an objective in percentage points.
 *
 * @module
 */

import type { Random } from "../../graph/random.ts";

/** What is searched. */
export interface Search<Action> {
  /** Where the search begins. */
  readonly start: Action;
  /** A random neighbour; `reach` falls from 1 to near 0 as the search cools. */
  propose(action: Action, reach: number): Action;
  /** How good an action is, in percentage points, higher is better. Called once per key. */
  evaluate(action: Action): number | Promise<number>;
  /** Equal for actions that need no second evaluation. */
  key(action: Action): string;
  /** Called before every temperature. */
  onLevel?(level: number, levels: number): void | Promise<void>;
}

/** The best action that was met. */
export interface Found<Action> {
  /** The best of all that were met. */
  readonly action: Action;
  /** Its value, in percentage points. */
  readonly value: number;
  /** Number of evaluations, repeated actions not counted. */
  readonly evaluations: number;
}

/** First temperature: a loss of one point is accepted with probability 1/2. */
const HOTTEST = 1 / Math.LN2;
/** Last temperature: a loss of one point is accepted with probability 1/1000. */
const COLDEST = HOTTEST * Math.LN2 / Math.log(1000);
const COOLING = 0.85;
const PROPOSALS_PER_LEVEL = 32;

/** Accepts what is better, and what is worse by `d` points with probability `exp(-d / T)`. */
export async function anneal<Action>(
  { start, propose, evaluate, key, onLevel }: Search<Action>,
  random: Random,
): Promise<Found<Action>> {
  const known = new Map<string, number>();
  const valueOf = async (action: Action) => {
    const id = key(action);
    const value = known.get(id) ?? await evaluate(action);
    known.set(id, value);
    return value;
  };
  const levels = Math.ceil(Math.log(COLDEST / HOTTEST) / Math.log(COOLING));
  let current = { action: start, value: await valueOf(start) };
  let best = current;
  for (let level = 0; level < levels; level++) {
    await onLevel?.(level, levels);
    const temperature = HOTTEST * COOLING ** level;
    for (let i = 0; i < PROPOSALS_PER_LEVEL; i++) {
      const action = propose(current.action, temperature / HOTTEST);
      const next = { action, value: await valueOf(action) };
      const loss = current.value - next.value;
      if (loss <= 0 || random.uniform() < Math.exp(-loss / temperature)) current = next;
      if (next.value > best.value) best = next;
    }
  }
  return { ...best, evaluations: known.size };
}
