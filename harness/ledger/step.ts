/**
 * What plans are made of.
 *
 * @module
 */

import { type Command, experimentOf, type TimedRows } from "./commands.ts";
import type { Asked } from "./finding.ts";

/** What is known of a device of this machine. */
export interface DeviceHere {
  /** What it lacks; empty when it can be used. */
  readonly missing: readonly string[];
  /** Which kernels it would be given; absent where it has none of ours. */
  readonly build?: string;
}

/** What a plan is made for. */
export interface PlanOptions {
  /** Name of this machine's processor. */
  readonly cpu: string;
  /** The devices of {@linkcode devicesAsked}, by id. */
  readonly devices: ReadonlyMap<string, DeviceHere>;
  /** Where data sets and trained networks are, by the names that experiments have for them. */
  readonly paths: ReadonlyMap<string, string>;
  /** Whether all is only tried out: one round, generated data, nothing emulated. */
  readonly quick: boolean;
}

/** One command that has to be run. */
export interface Step {
  readonly command: Command;
  /** Why it has to be. */
  readonly why: string;
  /** Ids of the published values that wait for it. */
  readonly claims: readonly string[];
  /** About how long it takes, seconds, by what is recorded; absent where nothing is. */
  readonly seconds?: number;
}

/** What has to be run, in order. */
export interface Plan {
  readonly steps: readonly Step[];
  /** What is needed and cannot be run here, and why. */
  readonly lacking: readonly string[];
}

/** A question that waits for an answer. */
export interface Open<Question = Asked> {
  readonly question: Question;
  readonly claim: string;
  readonly why: string;
}

/** Whether a question is of times. */
export function isTimed(question: Asked): question is TimedRows {
  return question.kind === "timing" || question.kind === "layer timing";
}

/** Experiment that answers a question. */
export function trainedBy(question: Asked): string | undefined {
  if (question.kind === "training") return question.experiment;
  return isTimed(question) ? experimentOf(question) : undefined;
}

/** Open questions that are answered together, by a name for what answers them. */
export function groups<Question>(
  open: readonly Open<Question>[],
  nameOf: (question: Question) => string,
): (readonly [Open<Question>, ...Open<Question>[]])[] {
  return [...Map.groupBy(open, ({ question }) => nameOf(question)).values()]
    .map(([first, ...others]) => [first, ...others]);
}

/** The questions of a group. */
export function questionsIn<Question>(
  [first, ...others]: readonly [Open<Question>, ...Open<Question>[]],
): readonly [Question, ...Question[]] {
  return [first.question, ...others.map(({ question }) => question)];
}

/** Why a group has to be run, and for whom. */
export function told(group: readonly Open<unknown>[]): Pick<Step, "why" | "claims"> {
  return {
    why: [...new Set(group.map(({ why }) => why))].join("; "),
    claims: [...new Set(group.map(({ claim }) => claim))],
  };
}
