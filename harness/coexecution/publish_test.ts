import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { dirname, join } from "node:path";
import { decide } from "../../devices/coexecution/decide.ts";
import { cspStage, paperCosts } from "../../devices/coexecution/testing.ts";
import { lower } from "../../kernels/plan/lower.ts";
import { withFolder } from "../../suites/datasets/testing.ts";
import { writeResultsIndex } from "../report/publish_run.ts";
import { publishCoexecution, readCoexecution } from "./publish.ts";
import type { Coexecution } from "./report.ts";

/** A stage of 8 blocks with the times of YOLObile, as if it had run as it was reckoned. */
function example(device = "a GPU and a CPU"): Coexecution {
  const plan = lower(cspStage(8), { target: "both" });
  const costs = { ...paperCosts(plan), copies: [{ to: "gpu" as const, bytes: 4096, ns: 125_000 }] };
  const decision = decide(plan, costs);
  return {
    ...{ network: "csp-8", id: "coexec:0", device, facts: `${device}; units 2`, threads: 4 },
    ...{ calls: 5, plan, costs, decision, measured: decision.schedule.steps },
    ms: { gpu: 6, cpu: 40, both: 5 },
  };
}

async function published(
  found: Coexecution,
  use: (folder: string, page: string, results: string) => void | Promise<void>,
): Promise<void> {
  await withFolder(async (results) => {
    const page = await publishCoexecution(found, {
      results,
      machine: "here",
      started: new Date("2026-01-02T03:04:05Z"),
      command: "deno task coexecute csp",
      input: "a picture",
    });
    await use(dirname(page), await Deno.readTextFile(page), results);
  });
}

Deno.test("a co-execution leaves its times as CSV, in milliseconds", async () => {
  const found = example(), { decision, costs, plan } = found;
  await published(found, async (folder) => {
    const lines = async (name: string) =>
      (await Deno.readTextFile(join(folder, name))).trimEnd().split(/\r?\n/).map((l) =>
        l.split(",")
      );
    const [, short, long] = await lines("branches.csv");
    const [first] = decision.regions[0].branches;
    assertEquals(short.slice(0, 6), [
      ...["fork to join", "short"],
      ...[first.gpuNs, first.cpuNs, first.copyNs].map((ns) => `${ns / 1e6}`),
      "cpu",
    ]);
    assertEquals(long[5], "gpu");
    assertEquals((await lines("copies.csv"))[1], [
      ...["gpu", "4096", "0.125"],
      `${(costs.toGpu.fixed + 4096 * costs.toGpu.perByte) / 1e6}`,
    ]);
    const operators = (await lines("operators.csv")).slice(1);
    const working = plan.operators.filter(({ kind }) => kind !== "clear");
    assertEquals(operators.map(([name]) => name), working.map(({ name }) => name));
    const steps = (await lines("steps.csv")).slice(1);
    assertEquals(steps.length, decision.schedule.steps.length);
    for (const [, , begin, end, ...measured] of steps) assertEquals(measured, [begin, end]);
  });
});

Deno.test("its page tells decisions, formula, charts and origin, and the list of runs has it", async () => {
  const found = example();
  await published(found, async (folder, page, results) => {
    for (
      const text of [
        "csp-8 on both processors of here",
        "The CPU takes 1 of 2 branches. One run took 5.00 ms on both, 6.00 ms on the GPU alone and " +
        "40.0 ms on the CPU alone: 1.20× the speed of the faster one (medians of 5 runs",
        "max(g1, c2 + t) &lt; g1 + g2",
        "to the GPU: t = 0.100 ms + ",
        found.decision.regions[0].reason,
        "deno task coexecute csp",
        "<dt>device coexec:0</dt><dd>a GPU and a CPU; units 2</dd>",
        ...["operators", "branches", "copies", "steps"].map((name) => `href="${name}.csv"`),
      ]
    ) assertStringIncludes(page, text);
    for (const name of ["timeline-predicted", "timeline-measured"]) {
      assertStringIncludes(page, `data-chart="${name}"`);
      assert((await Deno.stat(join(folder, "charts", `${name}.png`))).size > 1000);
    }
    const list = await Deno.readTextFile(await writeResultsIndex(results));
    assertStringIncludes(list, 'href="./here/coexecution/2026-01-02T03-04-05-csp-8/index.html"');
    assertStringIncludes(list, "1.20× the speed of the faster one");
  });
});

Deno.test("names of devices stay text, and a damaged record is refused and not listed", async () => {
  await published(example("<img src=x onerror=alert(1)>"), async (folder, page, results) => {
    assert(!page.includes("<img src=x"));
    const path = join(folder, "run.json"), text = await Deno.readTextFile(path);
    assertEquals(readCoexecution(folder).branches, { all: 2, cpu: 1 });
    for (
      const [damaged, message] of [
        ["{", "it is no JSON"],
        [text.replace('"schema": 1', '"schema": 99'), '"schema" must be 1'],
        [text.replace('"threads": 4', '"threads": "4"'), '"threads" must be of type integer'],
      ]
    ) {
      await Deno.writeTextFile(path, damaged);
      assertThrows(() => readCoexecution(folder), SyntaxError, message);
    }
    const list = await Deno.readTextFile(await writeResultsIndex(results));
    assertStringIncludes(list, "There are no runs yet.");
  });
});
