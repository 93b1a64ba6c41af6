import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { alone, assign, type Problem } from "./assign.ts";
import type { Processor } from "./costs.ts";
import { Scheduler } from "./schedule.ts";
import { randomCosts, randomFlow } from "./testing.ts";

function randomProblem(seed: number, most: number): Problem {
  const random = new Random(seed, "assign");
  const operators = 2 + random.integer(most - 1);
  const flow = randomFlow(random, operators);
  const scheduler = new Scheduler(flow, randomCosts(random, operators));
  return { scheduler, operators, units: flow.reads.map((_, i) => [i]) };
}

/** The shortest schedule of all assignments of operators from `at` on. */
function shortest({ scheduler, operators }: Problem, assignment: Processor[] = []): number {
  if (assignment.length === operators) return scheduler.schedule(assignment).ns;
  const rest = (processor: Processor) =>
    shortest({ scheduler, operators, units: [] }, [...assignment, processor]);
  return Math.min(rest("gpu"), rest("cpu"));
}

Deno.test("the exhaustive search finds the shortest of all assignments of operators", () => {
  let divided = 0;
  for (let seed = 0; seed < 60; seed++) {
    const problem = randomProblem(seed, 8);
    const { assignment, schedule } = assign(problem);
    assertAlmostEquals(schedule.ns, shortest(problem), 1e-6, `seed ${seed}`);
    if (new Set(assignment).size === 2) divided++;
  }
  assert(divided > 20, `${divided}`);
});

Deno.test("the search by steps is never worse than one processor, and seldom than the best", () => {
  let missed = 0;
  for (let seed = 0; seed < 100; seed++) {
    const problem = randomProblem(seed, 9);
    const { schedule, assignment } = assign(problem, { exhaustive: 0 });
    for (const processor of ["gpu", "cpu"] as const) {
      assert(schedule.ns <= alone(problem, processor).schedule.ns);
    }
    assertEquals(problem.scheduler.schedule(assignment), schedule);
    const best = shortest(problem);
    assert(schedule.ns >= best - 1e-6);
    if (schedule.ns > best * (1 + 1e-9)) missed++;
  }
  assert(missed <= 10, `${missed} of 100 missed`);
});

Deno.test("of equal assignments the one with less on the CPU is taken", () => {
  const flow = randomFlow(new Random(1, "equal"), 6);
  const nothing = { fixed: 0, perByte: 0 };
  const costs = { gpu: [0, 0, 0, 0, 0, 0], cpu: [0, 0, 0, 0, 0, 0] };
  const scheduler = new Scheduler(flow, { ...costs, toGpu: nothing, toCpu: nothing });
  const problem = { scheduler, operators: 6, units: [[0, 1], [2, 3], [4, 5]] };
  for (const exhaustive of [0, 3]) {
    assertEquals(new Set(assign(problem, { exhaustive }).assignment), new Set(["gpu"]));
  }
});

Deno.test("the search can be interrupted", () => {
  const signal = AbortSignal.abort(new Error("enough"));
  assertThrows(() => assign(randomProblem(1, 9), { signal }), Error, "enough");
});
