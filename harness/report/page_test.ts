import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCharts } from "./charts.ts";
import { chartPath, renderPage } from "./page.ts";
import { keyFinding } from "./finding.ts";
import { shownRows } from "./reading.ts";
import type { CaseResult, Estimate, Ratio, RunResult } from "../result.ts";
import { exampleRun } from "./testdata/example_run.ts";

/** Cells of a table by row, as a reader sees them; sections of one page are told apart by id. */
function tableAfter(page: string, id: string): string[][] {
  const body = page.slice(page.indexOf(`id="${id}"`)).match(/<tbody>(.*?)<\/tbody>/s)?.[1] ?? "";
  return [...body.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) =>
      cell.replace(/<[^>]*>/g, "").replace(/\s+/g, " ").replaceAll("&gt;", ">").trim()
    )
  );
}

/** Every text of a run that could come from outside, with `text` put after it. */
function hostile(run: RunResult, text: string): RunResult {
  const ours = ["role", "status", "verdict", "started", "finished"];
  return JSON.parse(
    JSON.stringify(run),
    (key, value) => typeof value === "string" && !ours.includes(key) ? value + text : value,
  );
}

Deno.test("every number in the comparison is the run's, to the digits shown", async () => {
  const run = exampleRun();
  const rows = tableAfter(await renderPage(run), "comparison");
  const si = (value: number) =>
    value >= 1e9 ? `${(value / 1e9).toPrecision(3)} G` : `${(value / 1e6).toPrecision(3)} M`;
  const mebibytes = (bytes: number) => {
    const size = bytes / 1048576;
    return bytes === 0 ? "0" : size.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3);
  };
  const estimate = (value: Estimate, digits: number) =>
    `${value.value.toFixed(digits)} [${value.low!.toFixed(digits)}–${value.high!.toFixed(digits)}]`;
  const expected = (row: CaseResult): string[] => {
    const costs = row.macs === undefined ? ["", "", "", "", ""] : [
      si(row.macs),
      `${row.rate!.toFixed(2)}×`,
      si(row.params!),
      mebibytes(row.valueBytes!),
      mebibytes(row.indexBytes!),
    ];
    const names = [row.spec.method, row.spec.scheme, ...costs];
    if (row.status !== "ok") return [...names, `${row.status}: ${row.reason}`];
    const speedup = (ratio: Ratio) =>
      ratio.verdict === "none shown"
        ? `~${estimate(ratio, 2)} no difference shown`
        : estimate(ratio, 2);
    const dense = speedup(row.speedupDense!);
    return [
      ...names,
      estimate(row.latency!, 1),
      row.role === "baseline" ? "" : dense,
      row.role === "direct" ? "" : speedup(row.speedupDirect!),
      row.role === "peer" ? "" : estimate(row.speedupPeer!, 2),
      row.efficiency?.value.toFixed(2) ?? "",
    ];
  };
  assertEquals(rows, run.cases.filter((row) => row.role !== "A/A").map(expected));
});

Deno.test("a row that is not ok shows no time anywhere on the page", async () => {
  const run = exampleRun();
  const telltale = 98765.4;
  const latency = { value: telltale, low: telltale, high: telltale, rounds: 10 };
  const cases = run.cases.map((row): CaseResult =>
    row.status === "ok" ? row : {
      ...row,
      latency,
      load: latency,
      speedupDense: { ...latency, verdict: "faster" },
      layers: row.layers.map((layer) => ({ ...layer, microseconds: latency })),
    }
  );
  const page = await renderPage({ ...run, cases });
  assert(!page.includes("98765"));
  assert(!page.includes("98.8"), "nor as milliseconds of a layer");
});

Deno.test("layers are told with decision, costs and time in milliseconds", async () => {
  const page = await renderPage(exampleRun());
  const row = exampleRun().cases.find((row) => row.label === "rt3d kgs 8x4")!;
  const section = page.slice(page.indexOf(`data-layers="${row.id}"`));
  const conv2 = section.match(/<th scope="row">conv2<\/th>.*?<\/tr>/s)?.[0] ?? "";
  assertStringIncludes(conv2, "keep 27.8 % of kgs 8x4");
  assertStringIncludes(conv2, "25.8 <small>[25.3–26.4]</small>");
});

Deno.test("the page tells finding, noise band, warnings, seeds, command and records", async () => {
  const run = exampleRun();
  const page = await renderPage(run);
  for (
    const text of [
      keyFinding(run),
      "0.988× to 1.011×",
      ...run.manifest.warnings.flatMap(({ cause, remedy }) => [cause, remedy]),
      run.manifest.command,
      run.manifest.input,
      "<dt>bootstrap</dt>",
      "gcc 12.2.0",
      'href="summary.csv"',
      'href="layers.csv"',
      'href="samples.csv"',
      'href="manifest.json"',
    ]
  ) assertStringIncludes(page, text);
});

Deno.test("the page needs no network, and its pictures only without scripts", async () => {
  const page = await renderPage(exampleRun());
  const markup = page.replace(/<script.*?<\/script>/gs, "");
  assert(!/(?:src|href)="(?:https?:)?\/\//.test(markup));
  assert(!/<link|@import/.test(markup));
  for (const chart of runCharts(exampleRun())) {
    assertStringIncludes(markup, `<noscript><img src="${chartPath(chart)}" alt="`);
    assertStringIncludes(markup, `data-chart="${chart.name}"`);
  }
});

Deno.test("headings that sort are buttons in cells with aria-sort", async () => {
  const page = await renderPage(exampleRun());
  const heads = page.match(/<thead>.*?<\/thead>/s)?.[0] ?? "";
  const cells = heads.match(/<th /g)?.length;
  assertEquals(heads.match(/aria-sort="none"/g)?.length, cells);
  assertEquals(heads.match(/<button type="button">/g)?.length, cells);
});

Deno.test("hostile names stay text in HTML, in attributes and in data", async () => {
  const attack = `</script><img src=x onerror=alert(1)>"' onload='alert(1)`;
  const run = hostile(exampleRun(), attack);
  const page = await renderPage(run);
  assert(!page.includes("<img src=x"));
  assert(!/<[^>]*"[^">]*" onload=/.test(page.replace(/<script.*?<\/script>/gs, "")));
  assertEquals(page.match(/<script/g)?.length, 3);
  assertEquals(page.match(/<\/script/g)?.length, 3);
  const json = page.match(/<script type="application\/json" id="run-data">(.*?)<\/script>/s)?.[1];
  const data = JSON.parse(json ?? "");
  const timed = shownRows(run).filter((row) => row.latency !== undefined);
  assertEquals(data.charts.latency.data.labels, timed.map((row) => row.label));
  assertStringIncludes(data.charts.latency.data.labels[0], attack);
});

Deno.test("a run without rows still gives a page", async () => {
  const page = await renderPage({ ...exampleRun(), cases: [], aaBand: undefined });
  assertStringIncludes(page, "No compressed model gave a time in this run.");
});
