import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { factorCharts, perThousandMacs } from "./chart_factors.ts";
import { chartPng } from "./charts_png.ts";
import { factorCosts } from "./factor_costs.ts";
import { L1D_MISSES } from "./figures.ts";
import { renderPage } from "./page.ts";
import { countedRun } from "./testdata/counted_run.ts";
import { exampleRun } from "./testdata/example_run.ts";

Deno.test("factors stand by kind beside the layers that they are in place of", () => {
  const [convolutions, fullyConnected, ...others] = factorCosts(countedRun());
  assertEquals(others.length, 2, "as many on the second device");
  const shown = ({ costs }: typeof convolutions) =>
    costs.map((one) => [one.title, one.macs, perThousandMacs(one, L1D_MISSES)]);
  assertEquals([convolutions.of, convolutions.count], ["convolutions", 1]);
  assertEquals(shown(convolutions), [
    ["in, 1x1", 2000, 15],
    ["core", 10_000, 2],
    ["out, 1x1", 2000, 15],
    ["all of these layers", 14_000, 80 / 14],
    ["the same, dense", 60_000, 2],
    ["the same, dense direct", 60_000, 4],
  ]);
  assertEquals(fullyConnected.of, "fully connected layers");
  assertEquals(shown(fullyConnected).map(([title, macs]) => [title, macs]), [
    ["in", 200],
    ["out", 100],
    ["all of these layers", 300],
    ["the same, dense", 1000],
    ["the same, dense direct", 1000],
  ]);
});

Deno.test("the page tells how much more often 1x1 factors miss, with reuse and energy", async () => {
  const page = await renderPage(countedRun());
  const section = page.slice(page.indexOf('id="factors"')).replace(/\s+/g, " ");
  assertStringIncludes(
    section,
    "1x1 factors miss the first and the last cache 7.50× and 7.50× as often as the core, " +
      "7.50× and 7.50× as often as the same layers, dense.",
  );
  const cells = /<th scope="row">core<\/th>(.*?)<\/tr>/.exec(section)![1].split(/<[^>]*>/)
    .filter((text) => text.trim() !== "");
  // 20 misses, a quarter of them at the last level; 20 bytes and 1 µJ for each.
  assertEquals(cells, [
    "10.0 k",
    "20",
    "2.00",
    "5",
    "0.50",
    "&lt;0.001",
    "25.00",
    "0.020",
    "2000.00",
  ]);
});

Deno.test("misses for each thousand MACs are drawn, both devices side by side", () => {
  const charts = factorCharts(countedRun());
  assertEquals(charts.map(({ name }) => name), ["factors-l1d-misses", "factors-llc-misses"]);
  const [{ config: { data } }] = charts;
  assertEquals(data.labels?.length, 5);
  assertEquals(data.datasets.map(({ label }) => label), ["snapdragon-865", "exynos-7420"]);
  assertEquals(data.datasets[1].data.map(({ x, y }) => [x, y]), [
    [15, 0],
    [2, 1],
    [15, 2],
    [2, 3],
    [4, 4],
  ]);
  for (const chart of charts) assert(chartPng(chart).length > 1000);
});

Deno.test("a run without factors or without readings has nothing of this", async () => {
  assertEquals(factorCosts(exampleRun()), []);
  const run = countedRun();
  const cases = run.cases.filter(({ spec }) => spec.method !== "tucker");
  assertEquals(factorCosts({ ...run, cases }), []);
  assert(!(await renderPage({ ...run, cases })).includes('id="factors"'));
});
