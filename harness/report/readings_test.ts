import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { CaseResult, RunResult } from "../result.ts";
import { runCharts } from "./charts.ts";
import { toldCharts } from "./charts_told.ts";
import { chartPng } from "./charts_png.ts";
import { renderPage } from "./page.ts";
import { shownRows } from "./reading.ts";
import {
  readingColumns,
  readingGroups,
  readingLines,
  readingOrigins,
  unavailableReadings,
} from "./readings.ts";
import { renderMarkdown, renderTable } from "./table.ts";
import { countedRun, NO_L3 } from "./testdata/counted_run.ts";
import { exampleRun } from "./testdata/example_run.ts";
import { NO_COUNTERS, PHONE, toldRun } from "./testdata/told_run.ts";

/** Text of the cells of a row under a device, by heading. */
function cellsOf(run: RunResult, device: string, label: string): Record<string, string> {
  const group = readingGroups(run).find((one) => one.device === device)!;
  const row = group.rows.find((candidate) => candidate.label === label)!;
  return Object.fromEntries(
    readingColumns(group).map((column) => [
      [column.group, column.title].join(" ").trim(),
      `${column.text(row)} ${column.interval(row)}`.trim(),
    ]),
  );
}

Deno.test("every number of energy and events stands with its unit and its source", () => {
  const run = toldRun();
  const { latency, macs } = run.cases.find(({ label }) => label === "dense")!;
  assertEquals(cellsOf(run, "host", "dense"), {
    "case": "dense",
    "measured energy, mJ": (7 * latency!.value).toFixed(1),
    "measured power, W": "9.00",
  });
  assertEquals(cellsOf(run, PHONE, "dense"), {
    "case": "dense",
    "emulated last-level misses": `${(macs! / 1e9).toFixed(1)} M`,
    "emulated DRAM, MiB": (macs! / 12 / 2 ** 20).toFixed(1),
    "modelled energy, mJ": (macs! * 1e-9).toFixed(1),
  });
});

Deno.test("beside a number stands its ratio to dense on the same device", () => {
  const row = cellsOf(countedRun(), "snapdragon-865", "tucker tucker-2 + svd");
  assertEquals(row, {
    "case": "tucker tucker-2 + svd",
    "emulated instructions": "280 k 0.42×",
    "emulated vector share": "40 %",
    "emulated L1D accesses": "84.0 k 0.42×",
    "emulated L1D misses": "280 0.42×",
    "emulated L2 misses": "140 0.42×",
    "emulated L3 misses": "70 0.42×",
    "emulated last-level misses": "70 0.42×",
    "emulated DRAM, MiB": "0.005 0.42×",
    "modelled cycles": "560 k 0.42×",
    "modelled energy, mJ": "0.280 0.42×",
  });
  assert(!("emulated L3 misses" in cellsOf(countedRun(), "exynos-7420", "dense")));
});

Deno.test("what could not be had is told once, with its reason, and never as a number", async () => {
  const run = toldRun();
  const [missing, ...others] = unavailableReadings(run);
  assertEquals(others, []);
  assertEquals(missing, `llc-misses (on host, on onnxruntime): unavailable: ${NO_COUNTERS}`);
  const [host] = readingGroups(run);
  assert(!readingColumns(host).some(({ title }) => title.startsWith("last-level")));
  const page = (await renderPage(run)).replace(/<script.*?<\/script>/gs, "");
  assertEquals(page.split(NO_COUNTERS).length, 2);
  assertEquals(unavailableReadings(countedRun()), [
    `l3-misses (on exynos-7420): unavailable: ${NO_L3}`,
  ]);
});

Deno.test("in a terminal each device has a table that says what was not measured", () => {
  const lines = readingLines(toldRun());
  assertEquals(lines[0], "Energy and events of one call");
  assertEquals(lines.filter((line) => line.startsWith("on ")), [
    "on host: measured",
    `on ${PHONE}: emulated; modelled, no latencies: mJ`,
  ]);
  const counted = readingLines(countedRun());
  assertEquals(counted.slice(1, 6).map((line) => line.split(/\s{2,}/)).slice(1), [
    [
      ..."case,instr,vector,L1D acc,L1D miss,L2,L3,last,DRAM MiB,cycles,mJ,× dense".split(","),
    ],
    counted[3].split("  "),
    ["dense", "670 k", "40 %", "201 k", "670", "335", "167.5", "167.5", "0.013", "1.34 M", "0.670"],
    [
      ..."dense direct,810 k,40 %,243 k,810,405,202.5,202.5,0.015,1.62 M,0.810,1.21".split(","),
    ],
  ]);
  for (const run of [toldRun(), countedRun()]) {
    assertEquals(renderTable(run).split("\n").filter((line) => line.length > 120), []);
  }
});

Deno.test("long names leave room in a terminal at the cost of what can be spared", () => {
  const run = countedRun();
  const cases = run.cases.map((row) => ({ ...row, label: row.label.padEnd(36, "x") }));
  const lines = readingLines({ ...run, cases });
  assertEquals(lines.filter((line) => line.length > 120), []);
  assert(!lines[2].includes("L1D acc") && lines[2].includes("L1D miss"), lines[2]);
});

Deno.test("a run of times alone has nothing of this kind", async () => {
  const run = exampleRun();
  assertEquals(toldCharts(run), []);
  assert(!(await renderPage(run)).includes('id="readings"'));
  assert(!renderTable(run).includes("Energy and events"));
});

Deno.test("origins are told once, with the quantities that come from them", () => {
  assertEquals(readingOrigins(toldRun()), [
    "energy, power: measured, powercap intel-rapl:0 (package-0) at 100 Hz",
    "llc-misses, dram-read, dram-written: emulated",
    "energy: modelled, 1 pJ a MAC",
  ]);
});

Deno.test("charts by layer add up to what the operators have, on the devices that count", () => {
  const run = toldRun();
  const charts = toldCharts(run);
  assertEquals(charts.map(({ name }) => name), ["layers-llc-misses", "layers-dram", "power"]);
  const [misses, dram] = charts.map(({ config: { data } }) => data);
  const label = `rt3d kgs 8x4 on ${PHONE}`;
  const place = misses.labels!.indexOf(label);
  const drawn = misses.datasets.reduce((sum, { data }) => sum + data[place].x, 0);
  const row = run.cases.find((row) => row.spec.device === PHONE && row.label === "rt3d kgs 8x4")!;
  const told = row.layers.reduce((sum, { macs }) => sum + macs / 1000 / 1e6, 0);
  assert(Math.abs(drawn - told) < 1e-6 * told);
  assert((misses.labels as string[]).every((text) => text.endsWith(PHONE)));
  const mebibytes = dram.datasets.reduce((sum, { data }) => sum + data[place].x, 0);
  assert(Math.abs(mebibytes - told * 1e9 / 12 / 2 ** 20) < 1e-6 * mebibytes);
});

Deno.test("power is drawn from rest into the first calls, by the clock of the calls", () => {
  const { config, subtitle } = toldCharts(toldRun()).find(({ name }) => name === "power")!;
  const { data } = config.data.datasets[0];
  assert(data[0].x < 0 && data[0].y === 2, "at rest");
  assert(data.at(-1)!.y === 9);
  // The first sample behind the begin has the power of the calls.
  assertEquals(data.find(({ x }) => x > 1e-9)!.y, 9);
  assertStringIncludes(subtitle, "package-0, sampled at 100 Hz");
});

Deno.test("charts of readings become PNG files, and stand on the page with words and picture", async () => {
  const run = toldRun();
  const page = await renderPage(run);
  for (const chart of toldCharts(run)) {
    assert(chartPng(chart).length > 1000);
    assertStringIncludes(page, `data-chart="${chart.name}"`);
    assertStringIncludes(page, `<noscript><img src="charts/${chart.name}.png"`);
    assert(runCharts(run).some(({ name }) => name === chart.name), "its file is written");
  }
});

Deno.test("devices stand side by side in one table, and an emulated one shows no time anywhere", () => {
  const run = toldRun();
  const heading = renderMarkdown(run).split("\n")[0];
  assertStringIncludes(heading, "| device |");
  assert(!renderMarkdown(exampleRun()).split("\n")[0].includes("device"));
  const labels = shownRows(run).map(({ label }) => label);
  assert(labels.includes("rt3d kgs 8x4 on host") && labels.includes("onnxruntime dense"));
  const latency = runCharts(run)[0];
  assert(!(latency.config.data.labels as string[]).some((label) => label.endsWith(PHONE)));
  assertStringIncludes(latency.subtitle, `all on ${PHONE} (not timed)`);
  assert(!latency.subtitle.includes(`dense on ${PHONE}`));
  assertStringIncludes(renderTable(run), "An emulated device has no times");
});

Deno.test("layers show what the device counted of each", async () => {
  const run = toldRun();
  const row = run.cases.find((row) => row.spec.device === PHONE && row.label === "dense")!;
  const page = await renderPage(run);
  const section = page.slice(page.indexOf(`data-layers="${row.id}"`));
  const conv2 = section.match(/<th scope="row">conv2<\/th>.*?<\/tr>/s)?.[0] ?? "";
  assertStringIncludes(conv2, "11.1 M <small>emulated</small>");
});

Deno.test("a row that was held back says so in its name", () => {
  const run = exampleRun();
  const cases = run.cases.map((row): CaseResult =>
    row.label === "rt3d filter" ? { ...row, throttled: ["round 2: cpu0 was throttled"] } : row
  );
  assertStringIncludes(renderTable({ ...run, cases }), "rt3d filter (throttled)");
});
