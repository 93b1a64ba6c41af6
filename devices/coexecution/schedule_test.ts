import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { randomNet } from "../../graph/rewrites/random_net.ts";
import { type DataFlow, dataFlow } from "../../kernels/plan/data_flow.ts";
import { lower } from "../../kernels/plan/lower.ts";
import type { Costs, Processor } from "./costs.ts";
import { type CoexecutionSchedule, Scheduler } from "./schedule.ts";
import { randomAssignment, randomCosts, randomFlow } from "./testing.ts";

/**
 * Takes the steps of a schedule as a host would, with two memories and a queue: nothing is used that
 * is not there, nothing is overwritten that is still needed, and the times are what comes of it.
 */
function replay(
  flow: DataFlow,
  costs: Costs,
  assignment: readonly Processor[],
  made: CoexecutionSchedule,
) {
  const count = flow.reads.length;
  const inputs = flow.places.flatMap((_, value) => value >= count ? [value] : []);
  const memory = { cpu: new Set(inputs), gpu: new Set<number>() };
  const cleared = { cpu: new Set<number>(), gpu: new Set<number>() };
  const issued = new Set<number>(), ends = new Map<number, number>();
  let host = 0, queue = 0;
  const bytes = (value: number) => 4 * flow.places[value]!.floats;
  for (const { kind, index, begin, end } of made.steps) {
    const before = kind === "gpu"
      ? Math.max(host, queue)
      : kind === "fetch"
      ? Math.max(host, ends.get(index)!)
      : host;
    assertAlmostEquals(begin, before, 1e-6);
    if (kind === "gpu" || kind === "cpu") {
      const clears = flow.places[index] === undefined;
      if (!clears) assertEquals(kind, assignment[index]);
      for (const value of flow.reads[index]) {
        assert(memory[kind].has(value), `operator ${index} lacks value ${value}`);
      }
      for (const earlier of flow.after[index]) {
        const clearing = flow.places[earlier] === undefined;
        const uses = clearing && flow.padding.get(earlier)!.includes(index);
        const done = uses ? cleared[kind].has(earlier) : clearing || issued.has(earlier);
        assert(done, `operator ${index} comes before ${earlier}`);
      }
      (clears ? cleared[kind] : memory[kind]).add(index);
      issued.add(index);
      if (kind === "gpu") ends.set(index, queue = before + costs.gpu[index]);
      else host += costs.cpu[index];
    } else {
      const [from, to, cost] = kind === "send"
        ? ["cpu", "gpu", costs.toGpu] as const
        : ["gpu", "cpu", costs.toCpu] as const;
      assert(memory[from].has(index) && !memory[to].has(index), `${kind} of ${index}`);
      memory[to].add(index);
      host = begin + cost.fixed + cost.perByte * bytes(index);
    }
    assertAlmostEquals(end, kind === "gpu" ? queue : host, 1e-6);
  }
  for (const value of flow.outputs.flat()) assert(memory.cpu.has(value), `output ${value}`);
  for (let i = 0; i < count; i++) if (flow.places[i]) assert(issued.has(i), `operator ${i}`);
  assertAlmostEquals(made.ns, Math.max(host, queue), 1e-6);
}

Deno.test("schedules of random flows can be executed, and take as long as they say", () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = new Random(seed, "schedule");
    const operators = 1 + random.integer(20);
    const flow = randomFlow(random, operators), costs = randomCosts(random, operators);
    const assignment = randomAssignment(random, flow);
    replay(flow, costs, assignment, new Scheduler(flow, costs).schedule(assignment));
  }
});

Deno.test("schedules of plans can be executed, whatever memory they were planned for", () => {
  for (let seed = 0; seed < 20; seed++) {
    for (const target of ["gpu", "both"] as const) {
      const plan = lower(randomNet(seed, 10 + seed), { target });
      const flow = dataFlow(plan), random = new Random(seed, "plan");
      const costs = randomCosts(random, plan.operators.length);
      for (let i = 0; i < 5; i++) {
        const assignment = randomAssignment(random, flow);
        replay(flow, costs, assignment, new Scheduler(flow, costs).schedule(assignment));
      }
    }
  }
});

/** A fork into branches `long` and `short`, and their join: operators 0 to 3. */
const FORK: DataFlow = {
  reads: [[4], [0], [0], [1, 2]],
  outputs: [[3]],
  after: [[], [0], [0], [1, 2]],
  places: [0, 1, 2, 3, 4].map((i) => ({ from: 100 * i, floats: 100 })),
  mixed: [],
  padding: new Map(),
};

/** YOLObile's example in microseconds: the copies of a branch take 0.9 ms. */
function example(long: number): Costs {
  const copy = { fixed: 250, perByte: 0.5 };
  return { gpu: [1000, long, 600, 1000], cpu: [9000, 9000, 2500, 9000], toGpu: copy, toCpu: copy };
}

Deno.test("a branch on the CPU takes as long as the longer side of the fork", () => {
  const ns = (long: number, short: Processor) =>
    new Scheduler(FORK, example(long)).schedule(["gpu", "gpu", short, "gpu"]).ns;
  const around = 450 + 1000 + 1000 + 450;
  assertEquals(ns(4000, "gpu"), around + 4600);
  assertEquals(ns(4000, "cpu"), around + 4000);
  assertEquals(ns(1000, "gpu"), around + 1600);
  assertEquals(ns(1000, "cpu"), around + 2500 + 900);
});

Deno.test("a value that two operators of the other processor read is copied once", () => {
  const flow = { ...FORK, reads: [[4], [0], [0], [1, 2]] };
  const { steps } = new Scheduler(flow, example(4000)).schedule(["gpu", "cpu", "cpu", "gpu"]);
  assertEquals(steps.map(({ kind, index }) => `${kind} ${index}`), [
    "send 4",
    "gpu 0",
    "fetch 0",
    "cpu 1",
    "send 1",
    "cpu 2",
    "send 2",
    "gpu 3",
    "fetch 3",
  ]);
});

Deno.test("operators that write between one another are not divided", () => {
  const flow: DataFlow = { ...FORK, mixed: [[1, 2]] };
  assertThrows(
    () => new Scheduler(flow, example(4000)).schedule(["gpu", "gpu", "cpu", "gpu"]),
    RangeError,
    "operators 1 and 2 as they write between one another",
  );
});
