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
  /** Actions that are proposed, over all temperatures. @default 32 at each of them */
  readonly proposals?: number;
  /** A random neighbour; `reach` falls from 1 to near 0 as the search cools. */
  propose(action: Action, reach: number): Action;
  /** How good an action is, in percentage points, higher is better. Called once per key. */
  evaluate(action: Action): number | Promise<number>;
  /** Equal for actions that need no second evaluation. */
  key(action: Action): string;
  /** Called before every temperature. */
  onLevel?(level: number, levels: number): void | Promise<void>;
  /** Called after every proposal. */
  onProposal?(proposal: Proposal): void;
}

/** What became of one proposal. */
export interface Proposal {
  /** The temperature, in percentage points. */
  readonly temperature: number;
  /** Value of the action, in percentage points. */
  readonly value: number;
  /** Whether the search went on from it. */
  readonly accepted: boolean;
  /** The best value so far. */
  readonly best: number;
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

/** Temperatures from the hottest to the coldest. */
export const TEMPERATURES: readonly number[] = Array.from(
  { length: Math.ceil(Math.log(COLDEST / HOTTEST) / Math.log(COOLING)) },
  (_, level) => HOTTEST * COOLING ** level,
);

/** Probability `exp(-d / T)` with which an action is accepted that is worse by `d` points, at most 1. */
export function acceptance(loss: number, temperature: number): number {
  return loss <= 0 ? 1 : Math.exp(-loss / temperature);
}

/** Accepts what is better, and what is worse by `d` points with probability `exp(-d / T)`. */
export async function anneal<Action>(
  { start, proposals, propose, evaluate, key, onLevel, onProposal }: Search<Action>,
  random: Random,
): Promise<Found<Action>> {
  const known = new Map<string, number>();
  const valueOf = async (action: Action) => {
    const id = key(action);
    const value = known.get(id) ?? await evaluate(action);
    known.set(id, value);
    return value;
  };
  const levels = TEMPERATURES.length;
  const all = proposals ?? PROPOSALS_PER_LEVEL * levels;
  let current = { action: start, value: await valueOf(start) };
  let best = current;
  for (let level = 0; level < levels; level++) {
    await onLevel?.(level, levels);
    const temperature = TEMPERATURES[level];
    // Few proposals are spread over all temperatures.
    const [from, to] = [level, level + 1].map((end) => Math.floor(all * end / levels));
    for (let i = from; i < to; i++) {
      const action = propose(current.action, temperature / HOTTEST);
      const next = { action, value: await valueOf(action) };
      const likely = acceptance(current.value - next.value, temperature);
      const accepted = likely === 1 || random.uniform() < likely;
      if (accepted) current = next;
      if (next.value > best.value) best = next;
      onProposal?.({ temperature, value: next.value, accepted, best: best.value });
    }
  }
  return { ...best, evaluations: known.size };
}
