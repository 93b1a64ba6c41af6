/**
 * What could be given to the other processor as a whole: branches between a fork and a join, as in
 * the stages of CSPDarknet, and what is behind the last convolution of a head.
 *
 * @module
 */

import type { DataFlow } from "../../kernels/plan/data_flow.ts";
import type { Plan, PlanOperator } from "../../kernels/plan/plan.ts";

/** Part of a plan that falls into branches. */
export interface Region {
  /** Branches between a fork and a join, or the ends of a network behind its convolutions. */
  readonly kind: "fork" | "ends";
  /** Operator whose value several branches read; absent for the ends. */
  readonly fork?: number;
  /** First operator that needs all branches; absent when only the end of the plan does. */
  readonly join?: number;
  /** Operators of each branch, ascending. Regions inside a branch are regions of their own. */
  readonly branches: readonly (readonly number[])[];
}

/** A plan as co-execution sees it. */
export interface Structure {
  /** In the order of their first operators. */
  readonly regions: readonly Region[];
  /**
   * Operators that move together: each branch without the branches inside it, and the rest of the plan.
   * Every operator is in one of them, but for those that clear padding.
   */
  readonly units: readonly (readonly number[])[];
}

const WEIGHTED: ReadonlySet<PlanOperator["kind"]> = new Set<PlanOperator["kind"]>([
  "convolution",
  "winograd",
  "dense_convolution",
  "depthwise",
  "fully_connected",
  "matrix_product",
]);

/** Finds the regions of a plan. */
export function findStructure(plan: Plan, flow: DataFlow): Structure {
  const graph = new Graph(plan, flow);
  const regions = [...forks(plan, graph), ...ends(graph)]
    .sort((a, b) => a.branches[0][0] - b.branches[0][0]);
  return { regions, units: unitsOf(graph, regions, flow.mixed) };
}

/** Operators that make values, and who reads of whom. */
class Graph {
  readonly operators: readonly number[];
  /** Number of operators of the plan; stands for the plan's end. */
  readonly end: number;
  readonly makers: readonly (readonly number[])[];
  readonly readers: readonly (readonly number[])[];
  /** Whether nothing with weights is among an operator and all that comes of it. */
  readonly trailing: readonly boolean[];

  constructor({ operators }: Plan, { reads, outputs, places }: DataFlow) {
    this.end = operators.length;
    this.operators = operators.flatMap(({ kind }, i) => kind === "clear" ? [] : [i]);
    this.makers = reads.map((values) => values.filter((value) => value < this.end));
    const readers = places.map((): number[] => []);
    this.makers.forEach((makers, i) => makers.forEach((maker) => readers[maker].push(i)));
    for (const value of new Set(outputs.flat())) readers[value].push(this.end);
    this.readers = readers;
    const trailing = new Array<boolean>(this.end + 1).fill(true);
    for (let i = this.end - 1; i >= 0; i--) {
      trailing[i] = !WEIGHTED.has(operators[i].kind) && readers[i].every((next) => trailing[next]);
    }
    this.trailing = trailing;
  }
}

/** Forks whose readers meet again, with two branches or more that do more than move values. */
function forks({ operators }: Plan, graph: Graph): Region[] {
  const { end, trailing } = graph;
  const moves = (i: number) => {
    const op = operators[i];
    return op.kind === "elementwise" && op.function === "copy" && op.activation.kind === "none";
  };
  const joins = joinsOf(graph);
  const found = new Map<string, Region>();
  for (const fork of graph.operators) {
    if (trailing[fork] || graph.readers[fork].length < 2) continue;
    const join = joins[fork];
    const branches = parts(between(graph, fork, join), graph).filter((branch) =>
      !branch.every(moves)
    );
    if (branches.length < 2) continue;
    found.set(`${branches}`, {
      kind: "fork",
      fork,
      ...(join < end && { join }),
      branches,
    });
  }
  return [...found.values()];
}

/** For each operator, the first one that all ways from it to the end of the plan lead through. */
function joinsOf({ operators, readers, trailing, end }: Graph): number[] {
  const joins = new Array<number>(end + 1).fill(end);
  const depth = new Array<number>(end + 1).fill(0);
  const meet = (a: number, b: number): number => {
    while (a !== b) {
      if (depth[a] >= depth[b]) a = joins[a];
      else b = joins[b];
    }
    return a;
  };
  for (const i of operators.toReversed()) {
    const next = readers[i].map((reader) => trailing[reader] ? end : reader);
    joins[i] = next.length ? next.reduce(meet) : end;
    depth[i] = depth[joins[i]] + 1;
  }
  return joins;
}

/** Operators on the ways from a fork to its join, ascending. */
function between({ readers, trailing }: Graph, fork: number, join: number): number[] {
  const found = new Set<number>();
  const stack = [fork];
  while (stack.length > 0) {
    for (const reader of readers[stack.pop()!]) {
      if (reader === join || trailing[reader] || found.has(reader)) continue;
      found.add(reader);
      stack.push(reader);
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** Operators that hang together, each part ascending. */
function parts(operators: readonly number[], { makers }: Graph): number[][] {
  const inside = new Set(operators);
  const pairs = operators.flatMap((i) =>
    makers[i].filter((maker) => inside.has(maker)).map((maker) => [maker, i] as const)
  );
  return joined(operators, pairs);
}

/** Numbers in groups, so that no pair is divided; ascending, by their first numbers. */
function joined(
  numbers: readonly number[],
  pairs: readonly (readonly [number, number])[],
): number[][] {
  const parent = new Map(numbers.map((i) => [i, i]));
  const root = (i: number): number => parent.get(i) === i ? i : root(parent.get(i)!);
  for (const [a, b] of pairs) {
    const [low, high] = [root(a), root(b)].sort((x, y) => x - y);
    parent.set(high, low);
  }
  return [...Map.groupBy(numbers, root).values()];
}

/** What is behind the last layers with weights, one branch for each set of them that it is made of. */
function ends(graph: Graph): Region[] {
  const sources = new Map<number, Set<number>>();
  const trailing = graph.operators.filter((i) => graph.trailing[i]);
  for (const i of trailing) {
    const own = graph.makers[i].flatMap((maker) => [...sources.get(maker) ?? [maker]]);
    sources.set(i, new Set(own.sort((a, b) => a - b)));
  }
  const alike = [...Map.groupBy(trailing, (i) => `${[...sources.get(i)!]}`).values()];
  const branches = alike.flatMap((group) => parts(group, graph)).sort(([a], [b]) => a - b);
  return branches.length > 0 ? [{ kind: "ends", branches }] : [];
}

function unitsOf(
  { operators }: Graph,
  regions: readonly Region[],
  mixed: DataFlow["mixed"],
): number[][] {
  // Larger branches first, so that an operator ends up in the smallest that it is in.
  const branches = regions.flatMap((region) => region.branches)
    .sort((a, b) => b.length - a.length);
  const innermost = new Map<number, number>();
  branches.forEach((branch, b) => branch.forEach((operator) => innermost.set(operator, b)));
  const first = new Map<number, number>();
  const pairs = operators.map((i) => {
    const branch = innermost.get(i) ?? -1;
    if (!first.has(branch)) first.set(branch, i);
    return [first.get(branch)!, i] as const;
  });
  return joined(operators, [...pairs, ...mixed]);
}
