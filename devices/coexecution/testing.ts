/**
 * What the tests of co-execution share: data flows without a plan, and times in YOLObile's setting.
 *
 * @module
 */

import { GraphBuilder } from "../../graph/builder.ts";
import type { Model } from "../../graph/model.ts";
import type { Random } from "../../graph/random.ts";
import { sizeOf } from "../../graph/tensor.ts";
import { randomWeights } from "../../graph/testing.ts";
import type { DataFlow } from "../../kernels/plan/data_flow.ts";
import type { Plan, PlanOperator } from "../../kernels/plan/plan.ts";
import type { Costs, Processor } from "./costs.ts";

/** Operators that read one to three earlier values each, of random sizes; one input. */
export function randomFlow(random: Random, operators: number): DataFlow {
  const reads = Array.from({ length: operators }, (_, at) => {
    const count = 1 + random.integer(3);
    const found = new Set(Array.from({ length: count }, () => {
      const value = random.integer(at + 1);
      return value === at ? operators : value;
    }));
    return [...found].sort((a, b) => a - b);
  });
  const read = new Set(reads.flat());
  const ends = reads.flatMap((_, value) => read.has(value) ? [] : [value]);
  let from = 0;
  const places = Array.from({ length: operators + 1 }, () => {
    const floats = 1 + random.integer(200);
    return { from: (from += floats) - floats, floats };
  });
  const after = reads.map((values) => values.filter((value) => value < operators));
  return {
    reads,
    outputs: ends.map((value) => [value]),
    after,
    places,
    mixed: [],
    padding: new Map(),
  };
}

/** A processor for each operator, the same for those whose values are mixed. */
export function randomAssignment(random: Random, { reads, mixed }: DataFlow): Processor[] {
  const assignment = reads.map((): Processor => random.integer(2) ? "gpu" : "cpu");
  // As often as there are pairs, since pairs may hang together.
  for (const _ of mixed) for (const [a, b] of mixed) assignment[b] = assignment[a];
  for (const _ of mixed) for (const [a, b] of mixed) assignment[a] = assignment[b];
  return assignment;
}

/** Times of as many operators, of the size of copies of a flow's values. */
export function randomCosts(random: Random, operators: number): Costs {
  const times = () => Array.from({ length: operators }, () => 200 * random.uniform());
  const copy = () => ({ fixed: 20 * random.uniform(), perByte: 0.1 * random.uniform() });
  return { gpu: times(), cpu: times(), toGpu: copy(), toCpu: copy() };
}

/** How many times narrower than YOLObile's the networks of these tests are. */
export const NARROWER = 8;

/**
 * A stage of CSPDarknet at 40x40 between two convolutions, {@linkcode NARROWER} than it is: branch
 * `short` is one 1x1 convolution, branch `long` has `blocks` residual blocks.
 */
export function cspStage(blocks: number): Model {
  const g = new GraphBuilder(`csp-${blocks}`);
  const weights = randomWeights(1);
  const conv = (x: string, name: string, filters: number, kernel: number) =>
    g.relu(g.conv(x, { name, filters, kernel, pad: (kernel - 1) / 2, weights }));
  const half = 128 / NARROWER;
  const fork = conv(g.input("x", [1, 2 * half, 40, 40]), "fork", 2 * half, 1);
  const short = conv(fork, "short", half, 1);
  let x = conv(fork, "long", half, 1);
  for (let i = 0; i < blocks; i++) {
    x = g.add(x, conv(conv(x, `squeeze${i}`, half, 1), `block${i}`, half, 3));
  }
  const joined = g.concat([conv(x, "last", half, 1), short], 1, "both");
  return g.output(conv(joined, "join", 2 * half, 1)).build();
}

/** Multiply-accumulates of a convolution as wide as in YOLObile's network. */
export function fullMacs(op: PlanOperator, { tensors }: Plan): number {
  if (op.kind !== "convolution") return 0;
  const { channels, taps } = op.matrix;
  return NARROWER ** 2 * channels * taps * sizeOf(tensors[op.output].extents);
}

/**
 * Times in which the stages of 8 blocks of YOLObile's network are the example: 4.0 and 0.6 ms for
 * their branches on the GPU, 2.5 ms for the short one on the CPU, 0.9 ms for its copies at 40x40.
 * Rates count all multiply-accumulates, of which 3x3 kernels are pruned more than 1x1. What has no
 * weights takes both processors as long. (The outputs of heads are not narrower, so they count for
 * more than they are.)
 */
export function paperCosts(plan: Plan): Costs {
  const macsPerNs = { gpu: { 1: 87.4, 9: 2695 }, cpu: { 1: 20.97, 9: 210 } } as const;
  const times = (processor: "gpu" | "cpu") =>
    plan.operators.map((op) => {
      const macs = fullMacs(op, plan);
      if (macs > 0 && op.kind === "convolution") {
        return macs / macsPerNs[processor][op.matrix.taps === 1 ? 1 : 9];
      }
      const bytes = 4 * NARROWER * sizeOf(plan.tensors[op.output].extents);
      return op.kind === "clear" ? 0 : bytes / 5;
    });
  const copy = { fixed: 100_000, perByte: NARROWER * 0.7e6 / 2.4576e6 };
  return { gpu: times("gpu"), cpu: times("cpu"), toGpu: copy, toCpu: copy };
}
