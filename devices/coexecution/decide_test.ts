import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { lower } from "../../kernels/plan/lower.ts";
import { decide } from "./decide.ts";
import { cspStage, fullMacs, paperCosts } from "./testing.ts";

function decided(blocks: number) {
  const plan = lower(cspStage(blocks), { target: "both" });
  return { plan, ...decide(plan, paperCosts(plan)) };
}

Deno.test("the stage of 8 blocks is the example of YOLObile, and its short branch moves", () => {
  const { plan, regions, schedule, gpuOnly, assignment } = decided(8);
  assertEquals(regions.map(({ name }) => name), ["fork to join"]);
  const [{ branches: [short, long], reason }] = regions;
  assertEquals([short.name, long.name], ["short", "long to last"]);
  assertAlmostEquals(short.gpuNs / 1e6, 0.6, 0.01);
  assertAlmostEquals(short.cpuNs / 1e6, 2.5, 0.01);
  assertAlmostEquals(short.copyNs / 1e6, 0.9, 0.01);
  assertAlmostEquals(long.gpuNs / 1e6, 4, 0.01);
  assertEquals([short.processor, long.processor], ["cpu", "gpu"]);
  assertAlmostEquals((gpuOnly.ns - schedule.ns) / 1e6, 0.6, 0.01);
  assertEquals(short.otherwiseNs, gpuOnly.ns);
  const onCpu = plan.operators.filter((_, i) => assignment[i] === "cpu");
  assertEquals(onCpu.map(({ name }) => name), ["short"]);
  assertEquals(
    reason,
    "short moves to the CPU: short on the CPU takes 2.50 ms and 0.90 ms of copies, the GPU " +
      "4.00 ms for the rest: 4.00 ms together, 4.60 ms on the GPU one after another; otherwise " +
      "the network would take 8.13 ms rather than 7.53 ms",
  );
});

Deno.test("a stage of one block stays on the GPU", () => {
  const { regions: [{ branches, reason }], schedule, gpuOnly, cpuOnly } = decided(1);
  assertEquals(branches.map(({ processor }) => processor), ["gpu", "gpu"]);
  assertEquals(schedule.ns, gpuOnly.ns);
  assert(cpuOnly.ns > gpuOnly.ns);
  assert(branches.every(({ otherwiseNs }) => otherwiseNs! > schedule.ns));
  assert(reason.startsWith("stays on the GPU: short on the CPU takes 2.50 ms"), reason);
});

Deno.test("everything can be left to one processor", () => {
  const plan = lower(cspStage(8), { target: "both" });
  const costs = paperCosts(plan);
  for (const division of ["gpu", "cpu"] as const) {
    const { assignment, schedule, gpuOnly, cpuOnly } = decide(plan, costs, { division });
    assertEquals(new Set(assignment), new Set([division]));
    assertEquals(schedule, division === "gpu" ? gpuOnly : cpuOnly);
  }
});

Deno.test("multiply-accumulates of the stage are those of YOLObile's network", () => {
  const { plan, regions: [{ branches }] } = decided(8);
  const macs = branches.map(({ operators }) =>
    operators.reduce((sum, i) => sum + fullMacs(plan.operators[i], plan), 0)
  );
  assertEquals(macs.map((n) => (n / 1e6).toFixed(1)), ["52.4", "2175.8"]);
});

Deno.test("times that are missing or are none are refused", () => {
  const plan = lower(cspStage(1), { target: "both" });
  const costs = paperCosts(plan);
  assertThrows(
    () => decide(plan, { ...costs, cpu: [1] }),
    RangeError,
    `the cpu must have a time for each of its ${plan.operators.length} operators`,
  );
  assertThrows(
    () => decide(plan, { ...costs, gpu: costs.gpu.with(2, NaN) }),
    RangeError,
    "current value is NaN",
  );
});
