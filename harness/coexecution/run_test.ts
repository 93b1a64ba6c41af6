import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { openCoexecution } from "../../devices/coexecution/device.ts";
import { cspStage } from "../../devices/coexecution/testing.ts";
import { DeviceUnavailableError } from "../../devices/device.ts";
import { randomInputs } from "../../graph/testing.ts";
import { openCl } from "../../kernels/testing/opencl.ts";
import { withFolder } from "../../suites/datasets/testing.ts";
import { coexecute } from "./run.ts";
import { coexecutionCharts, coexecutionText } from "./report.ts";

const model = cspStage(1), inputs = randomInputs(model);

Deno.test({
  name: `a network is divided, run in three ways and told of (${openCl.needs})`,
  ignore: !openCl.device,
  async fn() {
    await withFolder(async (folder) => {
      const done: string[] = [];
      const found = await coexecute(model, inputs, {
        device: "0:untuned",
        calls: 3,
        onProgress: ({ label, done: ways, total }) => done.push(`${ways}/${total} ${label}`),
        open: (options) => openCoexecution({ ...options, cache: folder }),
      });
      assertEquals(done[0], "0/3 running in ONNX Runtime");
      assertEquals(done.at(-1), "2/3 timing coexec:0:untuned");
      const { decision, measured, ms } = found;
      assert(Object.values(ms).every((value) => value > 0));
      assert(decision.schedule.ns <= Math.min(decision.gpuOnly.ns, decision.cpuOnly.ns));
      assertEquals(measured.map(({ index }) => index), decision.schedule.steps.map((s) => s.index));

      const text = coexecutionText(found);
      assertStringIncludes(text, "csp-1 on ");
      assertStringIncludes(text, "1 thread\n");
      assertMatch(text, /^fork to join +short +[\d.]+ +[\d.]+ +[\d.]+ +(gpu|cpu) +[\d.]+$/m);
      assertStringIncludes(text, `fork to join: ${decision.regions[0].reason}`);
      assertMatch(text, /^both +[\d.]+ +[\d.]+$/m);
      const charts = coexecutionCharts(found);
      assertEquals(charts.map(({ name }) => name), ["timeline-predicted", "timeline-measured"]);
      assertMatch(charts[0].config.data.labels!.join(), /^GPU,CPU,[CG]PU alone$/);
      assertStringIncludes(charts[0].subtitle, "Modelled from measured times");
      assertEquals(found.costs.copies!.length % 2, 0, "each value is copied both ways");
      assertMatch(found.facts, /^.+ and this machine's processor.*; platform /);
    });
  },
});

Deno.test("a device that is not there is told of with what is missing", async () => {
  await assertRejects(
    () => coexecute(model, inputs, { device: "99" }),
    DeviceUnavailableError,
    'Cannot use device "coexec:99"',
  );
});

Deno.test("the work can be interrupted", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => coexecute(model, inputs, { signal }), Error, "enough");
});
