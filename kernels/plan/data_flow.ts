/**
 * What the operators of a plan need of each other: which values they read, and who has to be done
 * before they start. Told from the plan alone, so it holds for plan files as well.
 *
 * @module
 */

import { reachOf } from "./check/rules.ts";
import type { Plan, PlanOperator, PlanTensor } from "./plan.ts";

/** Floats of the arena that follow each other. */
export interface Stretch {
  /** The first. */
  readonly from: number;
  /** How many. */
  readonly floats: number;
}

/**
 * The data flow of a plan. A value is what one operator writes, and has the operator's index; behind
 * these come the values that the plan is given, in the order of its inputs. What clears padding makes
 * no value.
 */
export interface DataFlow {
  /** Values that each operator reads, ascending. */
  readonly reads: readonly (readonly number[])[];
  /** Values that each output of the plan is made of, ascending. */
  readonly outputs: readonly (readonly number[])[];
  /**
   * Operators that have to be done before each operator starts, as they write what it reads, or use
   * floats that it overwrites; without those that are implied by others.
   */
  readonly after: readonly (readonly number[])[];
  /** Where each value lies, from its first float to its last; undefined for what clears padding. */
  readonly places: readonly (Stretch | undefined)[];
  /**
   * Pairs of operators whose values lie between one another while both are wanted. They have to write
   * to the same memory: a copy of the place of one is one of the other as well.
   */
  readonly mixed: readonly (readonly [number, number])[];
  /** For each operator that clears padding: those that write or read between it until it is last read. */
  readonly padding: ReadonlyMap<number, readonly number[]>;
}

/** Tells the data flow of a plan. */
export function dataFlow(plan: Plan): DataFlow {
  const { tensors, operators, inputs } = plan;
  const makers = new Makers(plan.arenaFloats);
  inputs.forEach(({ tensor }, i) => makers.write(tensors[tensor], operators.length + i));
  const lastRead = new Map<number, number>();
  const reads = operators.map((op, at) => {
    const read = makers.read(readOf(op, tensors));
    const clearing = (value: number) => operators[value]?.kind === "clear";
    for (const value of read.filter(clearing)) lastRead.set(value, at);
    if (op.kind === "clear") makers.clear(spanOf(tensors[op.output], op.lead, op.trail), at);
    else makers.write(tensors[op.output], at);
    return read.filter((value) => !clearing(value));
  });
  const outputs = plan.outputs.map(({ tensor }) => makers.read([tensors[tensor]]));
  const places = [
    ...operators.map((op) => op.kind === "clear" ? undefined : tensors[op.output]),
    ...inputs.map(({ tensor }) => tensors[tensor]),
  ].map((tensor) => tensor && placeOf(tensor));
  const mixed = mixedOf(places, reads, outputs);
  const uses = usesOf(plan);
  const padding = new Map(operators.flatMap(({ kind }, at) => {
    if (kind !== "clear") return [];
    const users = operators.flatMap((user, i) =>
      i > at && i <= (lastRead.get(at) ?? at) && user.kind !== "clear" &&
        [uses[i].written, ...uses[i].read].some((span) => meet(span, uses[at].written))
        ? [i]
        : []
    );
    return [[at, users] as const];
  }));
  return { reads, outputs, after: orderOf(plan, uses), places, mixed, padding };
}

/** From the first float, up to before the second. */
type Span = readonly [from: number, to: number];

function spanOf(tensor: PlanTensor, lead = 0, trail = 0): Span {
  const { least, most } = reachOf(tensor);
  return [tensor.base + least - lead, tensor.base + most + trail + 1];
}

function meet([a, b]: Span, [c, d]: Span): boolean {
  return a < d && c < b;
}

/** Visits all positions of a tensor as runs of `count` floats, `step` apart. */
function eachRun(
  { extents, strides, base }: PlanTensor,
  visit: (first: number, count: number, step: number) => void,
): void {
  let [count, step, axis] = [1, 1, extents.length - 1];
  for (; axis >= 0; axis--) {
    if (extents[axis] === 1) continue;
    if (count === 1) step = strides[axis];
    else if (strides[axis] !== count * step) break;
    count *= extents[axis];
  }
  const outer = (level: number, first: number) => {
    if (level > axis) return visit(first, count, step);
    for (let i = 0; i < extents[level]; i++) outer(level + 1, first + i * strides[level]);
  };
  outer(0, base);
}

/** Which value each float of the arena belongs to, as operators run. */
class Makers {
  readonly #of: Int32Array;

  constructor(floats: number) {
    this.#of = new Int32Array(floats).fill(-1);
  }

  /** Gives the floats of a tensor to `value`. */
  write(tensor: PlanTensor, value: number): void {
    eachRun(tensor, (first, count, step) => {
      for (let i = 0, at = first; i < count; i++, at += step) this.#of[at] = value;
    });
  }

  clear([from, to]: Span, value: number): void {
    this.#of.fill(value, Math.max(0, from), to);
  }

  /** The values that the floats of tensors belong to, ascending. */
  read(tensors: readonly PlanTensor[]): number[] {
    const found = new Set<number>();
    for (const tensor of tensors) {
      if (tensor.space === "constants") continue;
      let previous = -1;
      eachRun(tensor, (first, count, step) => {
        for (let i = 0, at = first; i < count; i++, at += step) {
          const value = this.#of[at];
          if (value !== previous && (previous = value) >= 0) found.add(value);
        }
      });
    }
    return [...found].sort((a, b) => a - b);
  }
}

/** What an operator reads; where it reads by taps, the padding as well. */
function readOf(op: PlanOperator, tensors: readonly PlanTensor[]): PlanTensor[] {
  const inputs = op.inputs.map((index) => tensors[index]);
  if (!("tapOffsets" in op)) return inputs;
  const [image, ...others] = inputs;
  const extents = op.kind === "convolution" ? op.extents : tensors[op.output].extents.slice(1);
  const positions = reachOf({ ...image, extents, strides: image.strides.slice(1) }).most + 1;
  return [
    ...tapRuns(op.tapOffsets, positions).map(([from, to]) => ({
      ...image,
      extents: [image.extents[0], to - from],
      strides: [op.channelStep, 1],
      base: image.base + from,
    })),
    ...others,
  ];
}

/** What taps reach of one channel: runs of floats, one for each phase of a strided convolution. */
function tapRuns(offsets: Int32Array, positions: number): Span[] {
  const runs: [number, number][] = [];
  for (const offset of offsets.toSorted()) {
    const last = runs.at(-1);
    if (last && offset <= last[1]) last[1] = offset + positions;
    else runs.push([offset, offset + positions]);
  }
  return runs;
}

/** Floats that an operator writes, and those that it reads. */
interface Uses {
  readonly written: Span;
  readonly read: readonly Span[];
}

function usesOf({ operators, tensors }: Plan): Uses[] {
  return operators.map((op) => {
    const output = tensors[op.output];
    const written = op.kind === "clear" ? spanOf(output, op.lead, op.trail) : spanOf(output);
    const read = readOf(op, tensors).filter(({ space }) => space === "arena");
    return { written, read: read.map((tensor) => spanOf(tensor)) };
  });
}

function orderOf({ operators }: Plan, uses: readonly Uses[]): number[][] {
  const implied = operators.map(() => new Uint8Array(operators.length));
  return uses.map(({ written, read }, at) => {
    const after: number[] = [];
    for (let i = at - 1; i >= 0; i--) {
      const earlier = uses[i];
      const needs = meet(earlier.written, written) ||
        read.some((span) => meet(earlier.written, span)) ||
        earlier.read.some((span) => meet(span, written));
      if (implied[at][i] || !needs) continue;
      after.push(i);
      // A clearing can be done in two places, so nobody learns from it that others are done.
      if (operators[i].kind === "clear") continue;
      implied[i].forEach((is, j) => is && (implied[at][j] = 1));
      implied[at][i] = 1;
    }
    return after.reverse();
  });
}

function placeOf(tensor: PlanTensor): Stretch {
  const [from, to] = spanOf(tensor);
  return { from, floats: to - from };
}

function mixedOf(
  places: DataFlow["places"],
  reads: DataFlow["reads"],
  outputs: DataFlow["outputs"],
): [number, number][] {
  // From its first write to its last read; the number of operators stands for the end.
  const last = places.map((_, value) => value);
  reads.forEach((values, at) => values.forEach((value) => last[value] = at));
  for (const value of outputs.flat()) last[value] = reads.length;
  const pairs: [number, number][] = [];
  for (let later = 0; later < reads.length; later++) {
    const own = places[later];
    for (let earlier = 0; own && earlier < later; earlier++) {
      const other = places[earlier];
      const meets = other && last[earlier] > later &&
        other.from < own.from + own.floats && own.from < other.from + other.floats;
      if (meets) pairs.push([earlier, later]);
    }
  }
  return pairs;
}
