import { assert, assertEquals } from "@std/assert";
import { decide, type RegionDecision } from "../../devices/coexecution/decide.ts";
import { fullMacs, NARROWER, paperCosts } from "../../devices/coexecution/testing.ts";
import { openKernels } from "../../kernels/ffi.ts";
import { lower } from "../../kernels/plan/lower.ts";
import { writePlan } from "../../kernels/plan/write.ts";
import { openCl } from "../../kernels/testing/opencl.ts";
import { assertAgrees, reference } from "../../kernels/testing/reference.ts";
import { buildYolov4 } from "./yolov4.ts";

const model = buildYolov4({ size: 320, width: 1 / NARROWER });
const plan = lower(model, { target: "both" });
const { regions, schedule, gpuOnly, cpuOnly } = decide(plan, paperCosts(plan));

function region(name: string): RegionDecision {
  return regions.find((region) => region.name === name)!;
}

/** Stages of CSPDarknet by their blocks; the first one, of one block, has no second branch. */
const STAGES = [
  { blocks: 2, name: "conv5 to conv17", short: "conv6", macs: ["52.4", "602.9"] },
  { blocks: 8, name: "conv18 to conv48", short: "conv19", macs: ["52.4", "2175.8"] },
  { blocks: 8, name: "conv49 to conv79", short: "conv50", macs: ["52.4", "2175.8"] },
  { blocks: 4, name: "conv80 to conv98", short: "conv81", macs: ["52.4", "1127.2"] },
];

Deno.test("the forks of YOLOv4 are its stages, its pools and its heads", () => {
  assertEquals(regions.map(({ name }) => name), [
    ...STAGES.map(({ name }) => name),
    "conv101 to conv108",
    "conv130 to the end",
    "conv141 to the end",
    "behind the last convolutions",
  ]);
  for (const { name, short, macs } of STAGES) {
    const { branches } = region(name);
    assertEquals(branches[0].name, short);
    const counted = branches.map(({ operators }) =>
      operators.reduce((sum, i) => sum + fullMacs(plan.operators[i], plan), 0) / 1e6
    );
    assertEquals(counted.map((n) => n.toFixed(1)), macs, name);
  }
  assertEquals(region("conv101 to conv108").branches.map(({ name }) => name), [
    "pool102",
    "pool104",
    "pool106",
  ]);
});

Deno.test("with YOLObile's times its short branches move where a stage has 4 blocks or 8", () => {
  for (const { blocks, name } of STAGES) {
    const [short, long] = region(name).branches;
    assertEquals([short.processor, long.processor], [blocks >= 4 ? "cpu" : "gpu", "gpu"], name);
  }
  // The stage of one block is part of what stays on the GPU.
  const conv3 = plan.operators.findIndex(({ name }) => name === "conv3");
  assert(!regions.some(({ branches }) => branches.some((b) => b.operators.includes(conv3))));
});

Deno.test("with YOLObile's times what follows the heads' convolutions is left to the CPU", () => {
  const ends = region("behind the last convolutions").branches;
  assertEquals(ends.map(({ name, processor }) => [name.split("/")[1], processor]), [
    ["stride8", "cpu"],
    ["stride16", "cpu"],
    ["stride32", "cpu"],
    ["xy", "cpu"],
    ["objectness", "cpu"],
  ]);
  const first = schedule.steps.find(({ kind, index }) =>
    kind === "cpu" && plan.operators[index].name === "decode/stride8/rows"
  )!;
  const last = schedule.steps.find(({ kind, index }) =>
    kind === "gpu" && plan.operators[index].name === "conv154"
  )!;
  // It begins while the GPU goes on with the next head.
  assert(first.begin < last.begin);
  assert(schedule.ns < gpuOnly.ns && gpuOnly.ns < cpuOnly.ns);
});

Deno.test({
  name: `YOLOv4 gives the same divided as YOLObile does (${openCl.needs})`,
  ignore: !openCl.device,
  async fn() {
    const small = buildYolov4({ size: 64, width: 1 / NARROWER });
    const lowered = lower(small, { target: "both" });
    const path = await Deno.makeTempFile();
    using kernels = await openKernels();
    try {
      await writePlan(lowered, path);
      using network = await kernels.open(path, { threads: 2, isa: "cpu+opencl:untuned" });
      const { inputs, expected } = await reference(small, 1);
      for (const [name, values] of inputs) network.setInput(name, values);
      // Planes of 64 pixels are small, so that only heads would be left to the CPU by their times.
      const same = plan.operators.map(({ name }) => name);
      assertEquals(lowered.operators.map(({ name }) => name).filter((n) => same.includes(n)), same);
      const costs = paperCosts(plan);
      const named = (times: readonly number[]) =>
        lowered.operators.map(({ name }) => times[same.indexOf(name)] ?? 0);
      const decision = decide(lowered, {
        ...costs,
        gpu: named(costs.gpu),
        cpu: named(costs.cpu),
        toGpu: { ...costs.toGpu, perByte: 25 * costs.toGpu.perByte },
        toCpu: { ...costs.toCpu, perByte: 25 * costs.toCpu.perByte },
      });
      for (const { name } of STAGES) {
        const [short] = decision.regions.find((region) => region.name === name)!.branches;
        assertEquals(short.processor, region(name).branches[0].processor, name);
      }
      for (const { schedule } of [decision, decide(lowered, paperCosts(lowered))]) {
        network.setSchedule(schedule.steps);
        assertAgrees(await network.run(), expected, `${schedule.steps.length} steps`);
      }
    } finally {
      await Deno.remove(path);
    }
  },
});
