import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { tensor } from "../../graph/tensor.ts";
import { lower } from "../../kernels/plan/lower.ts";
import { writePlan } from "../../kernels/plan/write.ts";
import { openCl } from "../../kernels/testing/opencl.ts";
import { assertAgrees, reference } from "../../kernels/testing/reference.ts";
import { type CoexecutionSession, openCoexecution } from "./device.ts";
import { cspStage } from "./testing.ts";

const model = cspStage(2);

/** Loads the stage on a device of its own. */
async function withSession(
  argument: string,
  folder: string,
  use: (session: CoexecutionSession, labels: readonly string[]) => Promise<void>,
): Promise<void> {
  const path = `${folder}/plan`, labels: string[] = [];
  await writePlan(lower(model, { target: "both" }), path);
  const onProgress = (label: string) => labels.push(label);
  await using device = await openCoexecution({ argument, cache: `${folder}/cache`, onProgress });
  await using session = await device.load({ kind: "plan", path }, { threads: 2 });
  await use(session, labels);
}

function test(name: string, fn: (folder: string) => Promise<void>): void {
  Deno.test({
    name: `${name} (${openCl.needs})`,
    ignore: !openCl.device,
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        await fn(folder);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

test("a network gives the same divided and on either processor", async (folder) => {
  const { inputs, expected } = await reference(model, 1);
  const fed = new Map(model.inputs.map(({ name, shape }) => [
    name,
    tensor(inputs.get(name)!, shape),
  ]));
  for (const division of ["", ":gpu", ":cpu"]) {
    await withSession(`0:untuned${division}`, folder, async (session) => {
      const outputs = await session.run(fed);
      const floats = new Map([...outputs].map(([name, t]) => [name, Float32Array.from(t.data)]));
      assertAgrees(floats, expected, division);
      const processors = new Set(session.decision.assignment);
      if (division) assertEquals(processors, new Set([division.slice(1)]));
    });
  }
});

test("times are measured once for a plan, a device and a number of threads", async (folder) => {
  let first: CoexecutionSession["decision"] | undefined;
  await withSession("0:untuned", folder, (session, labels) => {
    assertEquals(labels.filter((label) => label.startsWith("timing")).length, 18);
    const { gpu, cpu, toCpu, toGpu } = session.costs;
    session.plan.operators.forEach(({ kind }, i) => {
      if (kind !== "clear") assert(gpu[i] > 0 && cpu[i] > 0);
    });
    for (const { fixed, perByte } of [toCpu, toGpu]) assert(fixed >= 0 && perByte >= 0);
    first = session.decision;
    return Promise.resolve();
  });
  await withSession("0:untuned", folder, (session, labels) => {
    assertEquals(labels.filter((label) => label.startsWith("timing")), []);
    assertEquals(session.decision, first);
    return Promise.resolve();
  });
});

test("the timeline has the steps of the decision with the times that they took", async (folder) => {
  await withSession("0:untuned", folder, async (session) => {
    const steps = await session.timeline();
    const names = ({ kind, index }: typeof steps[number]) => `${kind} ${index}`;
    assertEquals(steps.map(names), session.decision.schedule.steps.map(names));
    for (const { begin, end } of steps) assertGreater(end, begin);
    const request = { warmupCalls: 0, warmupMs: 0, samples: 1, layers: true };
    const { layers } = await session.measure(request);
    session.plan.operators.forEach(({ kind, name }, i) => {
      assertEquals(layers![i].name, name);
      if (kind !== "clear") assertGreater(layers![i].ns, 0);
    });
  });
});

Deno.test("halves are refused, as processors do not compute with them", async () => {
  await assertRejects(
    () => openCoexecution({ argument: "0:fp16" }),
    RangeError,
    'Cannot open device "coexec:0:fp16" as values that both processors use must be fp32',
  );
});
