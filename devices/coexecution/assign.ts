/**
 * Which processor computes what: the assignment of units whose schedule ends first.
 *
 * @module
 */

import type { Processor } from "./costs.ts";
import type { CoexecutionSchedule, Scheduler } from "./schedule.ts";

/** What an assignment is made of. */
export interface Problem {
  /** Makes the schedules that are compared. */
  readonly scheduler: Scheduler;
  /** Number of operators. */
  readonly operators: number;
  /** Operators that move together. */
  readonly units: readonly (readonly number[])[];
}

/** An assignment and what comes of it. */
export interface Assigned {
  /** The processor of each operator. */
  readonly assignment: readonly Processor[];
  /** Its schedule. */
  readonly schedule: CoexecutionSchedule;
}

/** Options of {@linkcode assign}. */
export interface SearchOptions {
  /**
   * Most units of which all assignments are tried; of more, assignments are changed step by step.
   *
   * @default {10}
   */
  readonly exhaustive?: number;
  /** Ends the search. */
  readonly signal?: AbortSignal;
}

/** An assignment of units: whether each is on the CPU. */
type Choice = readonly boolean[];

/** Everything on one processor. */
export function alone({ scheduler, operators }: Problem, processor: Processor): Assigned {
  const assignment = new Array<Processor>(operators).fill(processor);
  return { assignment, schedule: scheduler.schedule(assignment) };
}

/** An assignment where the units of `onCpu` are on the CPU and the others on the GPU. */
export function assigned({ scheduler, operators, units }: Problem, onCpu: Choice): Assigned {
  const assignment = new Array<Processor>(operators).fill("gpu");
  units.forEach((unit, u) => onCpu[u] && unit.forEach((operator) => assignment[operator] = "cpu"));
  return { assignment, schedule: scheduler.schedule(assignment) };
}

/**
 * Finds the assignment whose schedule is shortest: of all, where units are few; else the best that
 * changes of one or two units lead to from either processor alone. Never worse than either alone; of
 * equals, the one with less on the CPU.
 *
 * @throws the signal's reason when it is aborted.
 */
export function assign(
  problem: Problem,
  { exhaustive = 10, signal }: SearchOptions = {},
): Assigned {
  const { units } = problem;
  if (units.length <= exhaustive) {
    return best(problem, everyChoice(units.length), undefined, signal)!;
  }
  const starts = [false, true].map((onCpu) => units.map(() => onCpu));
  const ends = starts.map((start) => climb(problem, start, signal));
  return best(problem, ends, undefined, signal)!;
}

/** All assignments of units, those with less on the CPU first. */
function everyChoice(units: number): Choice[] {
  const choices = Array.from(
    { length: 2 ** units },
    (_, bits) => Array.from({ length: units }, (_, u) => (bits >> u & 1) === 1),
  );
  const onCpu = (choice: Choice) => choice.filter(Boolean).length;
  return choices.sort((a, b) => onCpu(a) - onCpu(b));
}

/** The first of the shortest schedules; undefined when none is shorter than `than`. */
function best(
  problem: Problem,
  choices: readonly Choice[],
  than: number | undefined,
  signal: AbortSignal | undefined,
): Assigned & { readonly choice: Choice } | undefined {
  let found: Assigned & { readonly choice: Choice } | undefined;
  let least = than ?? Infinity;
  for (const choice of choices) {
    signal?.throwIfAborted();
    const made = assigned(problem, choice);
    // A difference below rounding is none.
    if (!(made.schedule.ns < least * (1 - 1e-12))) continue;
    least = made.schedule.ns;
    found = { ...made, choice };
  }
  return found;
}

/** Changes one unit, or two where one is not enough, as long as that shortens the schedule. */
function climb(problem: Problem, start: Choice, signal: AbortSignal | undefined): Choice {
  let choice = start;
  let { ns } = assigned(problem, start).schedule;
  const flipped = (...units: number[]) => choice.map((is, u) => units.includes(u) ? !is : is);
  for (;;) {
    const ones = start.map((_, u) => flipped(u));
    const twos = () => start.flatMap((_, u) => start.slice(0, u).map((_, v) => flipped(u, v)));
    const next = best(problem, ones, ns, signal) ?? best(problem, twos(), ns, signal);
    if (!next) return choice;
    [choice, ns] = [next.choice, next.schedule.ns];
  }
}
