import {
  assert,
  assertEquals,
  assertGreater,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import type { Model } from "../../graph/model.ts";
import { Random } from "../../graph/random.ts";
import { randomNet } from "../../graph/rewrites/random_net.ts";
import { allNets } from "../../graph/testing/nets.ts";
import { build } from "../../kernels/build.ts";
import { type Kernels, type Network, openKernels } from "../../kernels/ffi.ts";
import { KernelError } from "../../kernels/foreign.ts";
import { type DataFlow, dataFlow } from "../../kernels/plan/data_flow.ts";
import { lower } from "../../kernels/plan/lower.ts";
import { writePlan } from "../../kernels/plan/write.ts";
import { openCl } from "../../kernels/testing/opencl.ts";
import { assertAgrees, reference } from "../../kernels/testing/reference.ts";
import type { Processor } from "./costs.ts";
import { Scheduler } from "./schedule.ts";
import { cspStage, randomAssignment, randomCosts } from "./testing.ts";

const ISA = "cpu+opencl:untuned";

/** Registers a test that is skipped, with the reason in its name, where there is no OpenCL. */
function test(name: string, fn: (kernels: Kernels, path: string) => Promise<void>): void {
  Deno.test({
    name: `${name} (${openCl.needs})`,
    ignore: !openCl.device,
    async fn() {
      const path = await Deno.makeTempFile();
      using kernels = await openKernels();
      try {
        await fn(kernels, path);
      } finally {
        await Deno.remove(path);
      }
    },
  });
}

/** Assignments to one processor, and some to both. */
function assignments(flow: DataFlow, random: Random): Processor[][] {
  const alone = (["gpu", "cpu"] as const).map((p) => flow.reads.map(() => p));
  return [...alone, ...Array.from({ length: 4 }, () => randomAssignment(random, flow))];
}

/** Runs a model divided in several ways, and holds it to ONNX Runtime. */
async function divide(model: Model, target: "gpu" | "both", kernels: Kernels, path: string) {
  const plan = lower(model, { target });
  await writePlan(plan, path);
  const flow = dataFlow(plan), random = new Random(plan.operators.length, "divide");
  const scheduler = new Scheduler(flow, randomCosts(random, plan.operators.length));
  using network = await kernels.open(path, { threads: 2, isa: ISA });
  const { inputs, expected } = await reference(model, 1);
  for (const [i, assignment] of assignments(flow, random).entries()) {
    network.setSchedule(scheduler.schedule(assignment).steps);
    // What the run before has left must not be what makes this one right.
    for (const [name, values] of inputs) network.setInput(name, values.map(() => NaN));
    await network.run();
    for (const [name, values] of inputs) network.setInput(name, values);
    assertAgrees(await network.run(), expected, `${model.name}, assignment ${i}`);
  }
}

for (const model of [cspStage(2), ...allNets(3)]) {
  test(`"${model.name}" gives the same on two processors, however it is divided`, (...place) => {
    return divide(model, "both", ...place);
  });
}

test("random networks give the same on two processors, in any memory", async (...place) => {
  for (let seed = 0; seed < 8; seed++) {
    await divide(randomNet(seed, 10 + 2 * seed), seed % 2 ? "gpu" : "both", ...place);
  }
});

async function openStage(kernels: Kernels, path: string, isa = ISA) {
  const plan = lower(cspStage(1), { target: "both" });
  await writePlan(plan, path);
  return { plan, network: await kernels.open(path, { isa }) };
}

test("a trace tells when each step was taken, on one clock", async (kernels, path) => {
  const { plan, network } = await openStage(kernels, path);
  using traced: Network = network;
  const flow = dataFlow(plan), random = new Random(1, "trace");
  const scheduler = new Scheduler(flow, randomCosts(random, plan.operators.length));
  const short = plan.operators.map(({ name }) => name === "short" ? "cpu" : "gpu");
  const { steps } = scheduler.schedule(short);
  traced.setSchedule(steps);
  await traced.run();
  const times = await traced.trace();
  assertEquals(times.length, steps.length);
  for (const { begin, end } of times) assert(0 < begin && begin < end);
  // The host takes one step after another, and so does the device.
  for (const host of [true, false]) {
    const own = times.filter((_, i) => (steps[i].kind !== "gpu") === host);
    for (const [i, { begin }] of own.entries()) if (i > 0) assert(begin >= own[i - 1].end);
  }
  const at = (kind: string, name: string) =>
    times[steps.findIndex((s) => s.kind === kind && plan.operators[s.index]?.name === name)];
  assertGreater(at("fetch", "fork").begin, at("gpu", "fork").end - 1e6);
  assertGreater(at("gpu", "join").begin, at("send", "short").begin);
});

test("schedules that cannot be executed are refused", async (kernels, path) => {
  const { plan, network } = await openStage(kernels, path);
  using both: Network = network;
  await assertRejects(() => both.run(), KernelError, "no schedule is set");
  const count = plan.operators.length;
  for (
    const steps of [
      [{ kind: "gpu", index: count }],
      [{ kind: "cpu", index: count }],
      [{ kind: "send", index: count + 1 }],
      [{ kind: "fetch", index: 0 }],
      [{ kind: "gpu", index: 0 }, { kind: "gpu", index: 0 }],
      [{ kind: "gpu", index: 0 }, { kind: "fetch", index: 0 }, { kind: "fetch", index: 0 }],
    ] as const
  ) {
    assertThrows(() => both.setSchedule(steps), KernelError, `step ${steps.length - 1} of the`);
  }
  await assertRejects(() => both.run(), KernelError, "no schedule is set");
  await assertRejects(() => both.profile(), KernelError, "are traced");
  for (const isa of ["opencl:untuned", ""]) {
    using one = (await openStage(kernels, path, isa)).network;
    assertThrows(() => one.setSchedule([]), KernelError, "for networks on both processors");
    await assertRejects(() => one.trace(), KernelError, "of networks on both processors");
  }
});

test("kerf-run takes a schedule from a file", async (kernels, path) => {
  const { plan, network } = await openStage(kernels, path);
  using both: Network = network;
  const flow = dataFlow(plan), random = new Random(1, "kerf-run");
  const scheduler = new Scheduler(flow, randomCosts(random, plan.operators.length));
  const { steps } = scheduler.schedule(randomAssignment(random, flow));
  both.setSchedule(steps);
  const [expected] = (await both.run()).values();
  const files = { schedule: `${path}.schedule`, output: `${path}.output` };
  const kinds = ["gpu", "cpu", "send", "fetch"];
  const pairs = steps.flatMap(({ kind, index }) => [kinds.indexOf(kind), index]);
  const { executable } = await build();
  const run = async (words: readonly number[], ...flags: string[]) => {
    await Deno.writeFile(files.schedule, new Uint8Array(Uint32Array.from(words).buffer));
    const args = [path, "--isa", ISA, "--schedule", files.schedule, ...flags];
    const { code, stdout, stderr } = await new Deno.Command(executable, { args }).output();
    return { code, text: new TextDecoder().decode(code ? stderr : stdout) };
  };
  try {
    const { code, text } = await run(pairs, "--profile", "--output", files.output);
    assertEquals(code, 0, text);
    const told = JSON.parse(text) as { isa: string; steps_ns: number[] };
    assertEquals([told.isa, told.steps_ns.length], [ISA, 2 * steps.length]);
    // Inputs that no file gives are zeros, as those that were never set.
    assertEquals(new Float32Array((await Deno.readFile(files.output)).buffer), expected);
    assertStringIncludes((await run([])).text, "no schedule in");
    assertStringIncludes((await run([3, 0])).text, "step 0 of the schedule (kind 3 of 0)");
    for (const [flags, step] of [[[], "run"], [["--warmup", "2"], "warm up"]] as const) {
      const args = [path, "--isa", ISA, ...flags];
      const { code, stderr } = await new Deno.Command(executable, { args }).output();
      const said = `kerf-run: cannot ${step}: no schedule is set that divides the network\n`;
      assertEquals([code, new TextDecoder().decode(stderr)], [1, said], "said once");
    }
  } finally {
    for (const file of Object.values(files)) await Deno.remove(file);
  }
});
