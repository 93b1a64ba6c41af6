/**
 * The order in which two processors work on a plan, and when each step would begin and end.
 *
 * The host walks through the steps one after another. It is the CPU: it computes what is assigned to
 * it and makes the copies. What is assigned to the GPU it only enqueues, as soon
 * as all that is needed is there or enqueued before; the GPU works through its queue meanwhile. So a
 * schedule is one list, and needs no threads besides those of the CPU's own kernels.
 *
 * @module
 */

import type { DataFlow } from "../../kernels/plan/data_flow.ts";
import { copyTime, type Costs, type Processor } from "./costs.ts";

/** What the host does next. */
export interface Step {
  /**
   * `gpu` enqueues an operator and `cpu` computes one; `send` copies a value to the GPU; `fetch` waits
   * until a value is made and copies it from the GPU.
   */
  readonly kind: "gpu" | "cpu" | "send" | "fetch";
  /** Index of the operator or value. */
  readonly index: number;
  /** When it begins, nanoseconds from the start; of `gpu`, when the GPU begins. */
  readonly begin: number;
  /** When it ends, nanoseconds from the start. */
  readonly end: number;
}

/** Steps, and how long they take together. */
export interface CoexecutionSchedule {
  /** In the order in which the host takes them. */
  readonly steps: readonly Step[];
  /** From the inputs in the CPU's memory to the outputs there, nanoseconds. */
  readonly ns: number;
}

/** A plan made ready for many schedules. */
interface Prepared {
  readonly flow: DataFlow;
  readonly costs: Costs;
  /** How many operators there are; from here on, outputs of the plan count as operators without time. */
  readonly operators: number;
  readonly reads: readonly (readonly number[])[];
  readonly after: readonly (readonly number[])[];
  /** Operators and outputs that need each operator done. */
  readonly then: readonly (readonly number[])[];
  /** Operators and outputs that read each value. */
  readonly readers: readonly (readonly number[])[];
  /** Bytes of each value. */
  readonly bytes: readonly number[];
}

/**
 * Makes schedules of one plan. Operators that clear padding are not assigned: each processor clears
 * what it will use.
 */
export class Scheduler {
  readonly #plan: Prepared;

  /** `flow` is the plan's, `costs` those of its operators. */
  constructor(flow: DataFlow, costs: Costs) {
    const operators = flow.reads.length;
    const reads = [...flow.reads, ...flow.outputs];
    const after = [
      ...flow.after,
      ...flow.outputs.map((values) => values.filter((value) => value < operators)),
    ];
    this.#plan = {
      flow,
      costs,
      operators,
      reads,
      after,
      then: inverse(after, operators),
      readers: inverse(reads, flow.places.length),
      bytes: bytesOf(flow),
    };
  }

  /**
   * The schedule of an assignment: a processor for each operator.
   *
   * @throws {RangeError} when operators whose values are mixed are assigned to both processors.
   */
  schedule(assignment: readonly Processor[]): CoexecutionSchedule {
    for (const [a, b] of this.#plan.flow.mixed) {
      if (assignment[a] === assignment[b]) continue;
      throw new RangeError(
        `Cannot schedule operators ${a} and ${b} as they write between one another and must be on ` +
          `one processor: current value is ${assignment[a]} and ${assignment[b]}`,
      );
    }
    return new Run(this.#plan, assignment).finish();
  }
}

/** Bytes that a copy of each value moves. */
export function bytesOf({ places }: DataFlow): number[] {
  return places.map((place) => (place?.floats ?? 0) * Float32Array.BYTES_PER_ELEMENT);
}

/** Which of the lists have each number below `count`. */
function inverse(lists: readonly (readonly number[])[], count: number): number[][] {
  const found = Array.from({ length: count }, (): number[] => []);
  lists.forEach((list, i) => list.forEach((number) => found[number].push(i)));
  return found;
}

/** One walk of the host through a plan. */
class Run {
  readonly #plan: Prepared;
  readonly #assignment: readonly Processor[];
  readonly #steps: Step[] = [];
  /** When the host is free. */
  #host = 0;
  /** When the GPU's queue is empty. */
  #gpu = 0;
  /** When the GPU ends each operator that is enqueued. */
  readonly #ends = new Map<number, number>();
  /** Values of the GPU that have been fetched. */
  readonly #fetched = new Set<number>();
  /** How many operators each one still waits for. */
  readonly #left: number[];
  /** Operators that can be enqueued, and operators and outputs that the host can go for. */
  readonly #ready: Record<Processor, number[]> = { gpu: [], cpu: [] };

  constructor(plan: Prepared, assignment: readonly Processor[]) {
    this.#plan = plan;
    this.#assignment = assignment;
    this.#left = plan.after.map(({ length }) => length);
  }

  finish(): CoexecutionSchedule {
    const { operators, bytes } = this.#plan;
    for (let value = operators; value < bytes.length; value++) this.#send(value);
    const first = this.#left.flatMap((left, i) => left === 0 ? [i] : []);
    for (const i of first) this.#offer(i);
    for (;;) {
      const { gpu, cpu } = this.#ready;
      if (gpu.length > 0) this.#enqueue(take(gpu, (operator) => operator));
      else if (cpu.length > 0) this.#compute(take(cpu, (operator) => this.#readyAt(operator)));
      else break;
    }
    return { steps: this.#steps, ns: Math.max(this.#host, this.#gpu) };
  }

  #on(i: number): Processor {
    return i < this.#plan.operators ? this.#assignment[i] : "cpu";
  }

  #clears(i: number): boolean {
    return this.#plan.flow.padding.has(i);
  }

  #offer(i: number): void {
    if (this.#clears(i)) this.#clear(i);
    else this.#ready[this.#on(i)].push(i);
  }

  #done(operator: number): void {
    for (const next of this.#plan.then[operator] ?? []) {
      if (--this.#left[next] === 0) this.#offer(next);
    }
  }

  #clear(operator: number): void {
    const users = this.#plan.flow.padding.get(operator)!;
    const on = new Set(users.map((user) => this.#on(user)));
    if (on.has("gpu")) this.#queue(operator);
    if (on.has("cpu")) this.#work("cpu", operator, this.#plan.costs.cpu[operator]);
    this.#done(operator);
  }

  #enqueue(operator: number): void {
    this.#queue(operator);
    this.#done(operator);
  }

  #queue(index: number): void {
    const begin = Math.max(this.#gpu, this.#host);
    const end = this.#gpu = begin + this.#plan.costs.gpu[index];
    this.#ends.set(index, end);
    this.#steps.push({ kind: "gpu", index, begin, end });
  }

  #work(kind: Step["kind"], index: number, ns: number): void {
    const begin = this.#host;
    this.#host += ns;
    this.#steps.push({ kind, index, begin, end: this.#host });
  }

  /** Values that the host lacks for an operator or output. */
  #missing(i: number): number[] {
    return this.#plan.reads[i].filter((v) => this.#ends.has(v) && !this.#fetched.has(v));
  }

  #readyAt(i: number): number {
    return Math.max(this.#host, ...this.#missing(i).map((value) => this.#ends.get(value)!));
  }

  #compute(i: number): void {
    const { costs, operators, bytes } = this.#plan;
    for (const value of this.#missing(i)) {
      this.#host = Math.max(this.#host, this.#ends.get(value)!);
      this.#fetched.add(value);
      this.#work("fetch", value, copyTime(costs.toCpu, bytes[value]));
    }
    if (i >= operators) return;
    this.#work("cpu", i, costs.cpu[i]);
    this.#send(i);
    this.#done(i);
  }

  /** Copies a value of the host to the GPU, if an operator there reads it. */
  #send(value: number): void {
    const { costs, readers, bytes } = this.#plan;
    if (!readers[value].some((reader) => this.#on(reader) === "gpu")) return;
    this.#work("send", value, copyTime(costs.toGpu, bytes[value]));
  }
}

/** Removes the number with the least key from a list, of equal ones the least. */
function take(list: number[], keyOf: (number: number) => number): number {
  let at = 0, least = keyOf(list[0]);
  for (let i = 1; i < list.length; i++) {
    const key = keyOf(list[i]);
    if (key < least || (key === least && list[i] < list[at])) [at, least] = [i, key];
  }
  return list.splice(at, 1)[0];
}
