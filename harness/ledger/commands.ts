/**
 * What a person types to have questions of the ledger answered.
 *
 * @module
 */

import { BUILT_IN, PEER_ENGINES } from "../../devices/peers/registry.ts";
import type { Count, LayerTiming, Timing } from "../../suites/claims/question.ts";
import type { Scale } from "../../suites/experiments/experiment.ts";
import { findSuite } from "../../suites/registry.ts";

/** A task with its words. */
export interface Command {
  /** Name of the task. */
  readonly task: "bench" | "experiment";
  /** What follows it. */
  readonly args: readonly string[];
}

/** What is asked of the times of two rows, of layers or all. */
export type TimedRows = Timing | LayerTiming;

/** Rounds that give intervals of 99 %. */
const ROUNDS = 8;

const PEERS: readonly string[] = [BUILT_IN, ...PEER_ENGINES.map(({ id }) => id)];

/** As it is typed. */
export function commandText({ task, args }: Command): string {
  return ["deno task", task, ...args].join(" ");
}

/** Id of the experiment that times its own networks; absent where a suite is timed. */
export function experimentOf(question: TimedRows): string | undefined {
  return question.kind === "timing" ? question.experiment : undefined;
}

/** Reduction of MACs that is asked for; absent where networks have their own. */
export function rateOf(question: TimedRows | Count): number | undefined {
  if (question.kind !== "count" && experimentOf(question) !== undefined) return undefined;
  const rate = question.kind === "layer timing" ? undefined : question.rate;
  return rate ?? findSuite(question.suite).rate;
}

/** Peer engines that rows need besides the one that is built in. */
export function peersOf(questions: readonly TimedRows[]): string[] {
  return methodsOf(questions).filter((name) => PEERS.includes(name) && name !== BUILT_IN);
}

/** Times rows of one suite at one rate, with the peer engines that they need. */
export function timing(questions: readonly [TimedRows, ...TimedRows[]]): Command {
  const [first] = questions, peers = peersOf(questions);
  const experiment = experimentOf(first);
  if (experiment !== undefined) return training(experiment, "small");
  const compressed = methodsOf(questions).filter((name) => !PEERS.includes(name));
  return {
    task: "bench",
    args: [
      first.suite,
      ...["--methods", compressed.filter((name) => name !== "dense").join(",") || "dense"],
      ...(peers.length === 0 ? [] : ["--peers", [BUILT_IN, ...peers].join(",")]),
      ...["--rate", String(rateOf(first))],
      ...["--rounds", String(ROUNDS)],
    ],
  };
}

/** Counts rows of one suite at one rate on one emulated device. */
export function counting(questions: readonly [Count, ...Count[]]): Command {
  const [first] = questions;
  const methods = questions.flatMap(({ of, against }) => [of.method, against.method])
    .filter((method) => method !== "dense");
  return {
    task: "bench",
    args: [
      first.suite,
      ...["--methods", [...new Set(methods)].join(",") || "dense"],
      ...["--devices", first.device],
      ...["--rate", String(rateOf(first)), "--threads", "1", "--quick"],
    ],
  };
}

/** Trains what an experiment has. */
export function training(experiment: string, scale: Scale): Command {
  return { task: "experiment", args: [experiment, "--scale", scale] };
}

function methodsOf(questions: readonly TimedRows[]): string[] {
  return [...new Set(questions.flatMap(({ faster, than }) => [faster.method, than.method]))];
}
