import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { RunResult } from "../result.ts";
import { deviceTitle, deviceTitles, withOneAlgorithm } from "./devices.ts";
import { renderPage } from "./page.ts";
import { keyFinding } from "./finding.ts";
import { howToRead } from "./reading.ts";
import { renderTable } from "./table.ts";
import { exampleRun } from "./testdata/example_run.ts";

const NAME = "pocl (a CPU, by OpenCL)";

/** The example on this machine, and on an OpenCL device whose dense rows are of one form. */
function onTwo(): RunResult {
  const { manifest, cases } = exampleRun();
  const here = cases.map((row) =>
    row.role === "direct"
      ? { ...row, layers: row.layers.map((layer) => ({ ...layer, kind: `direct ${layer.kind}` })) }
      : row
  );
  const there = cases.filter(({ role }) => role !== "peer")
    .map((row) => ({ ...row, id: `${row.id}b`, spec: { ...row.spec, device: "opencl:0" } }));
  const environment = { ...manifest.environment, "device opencl:0": `${NAME}; units 2` };
  return { manifest: { ...manifest, environment }, cases: [...here, ...there] };
}

Deno.test("devices are told with what they are, in the table and on the page", async () => {
  const run = onTwo();
  assertEquals(deviceTitles(run), ["host, Intel Xeon Platinum 8375C", `opencl:0, ${NAME}`]);
  assertEquals(deviceTitle(exampleRun(), "elsewhere"), "elsewhere");
  assertStringIncludes(renderTable(run), `\non opencl:0, ${NAME}\n`);
  assertStringIncludes(await renderPage(run), `on opencl:0, ${NAME};`);
  assertStringIncludes(keyFinding(run), "our dense model there");
  const alone = { ...run, cases: run.cases.filter(({ spec }) => spec.device === "opencl:0") };
  assertStringIncludes(renderTable(alone), `\non opencl:0, ${NAME}\n`);
  assert(!renderTable(exampleRun()).includes("\non host"));
});

Deno.test("where both dense rows are the same program it is said", () => {
  const run = onTwo();
  assertEquals(withOneAlgorithm(run), ["opencl:0"]);
  assertStringIncludes(howToRead(run).join("\n"), "On opencl:0 there is one algorithm");
  const alone = { ...run, cases: run.cases.filter(({ spec }) => spec.device === "host") };
  assert(!howToRead(alone).join().includes("one algorithm"));
  assertEquals(withOneAlgorithm({ cases: [] }), []);
});

Deno.test("a run without peers has no column for them", () => {
  const run = exampleRun();
  const cases = run.cases.filter(({ role }) => role !== "peer");
  assertStringIncludes(renderTable(run), "ONNX Runtime");
  assert(!renderTable({ ...run, cases }).split("\n")[1].includes("peer"));
});
