import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCharts } from "./charts.ts";
import { countedFinding } from "./counted.ts";
import { keyFinding } from "./finding.ts";
import { renderPage } from "./page.ts";
import { howToRead } from "./reading.ts";
import { renderMarkdown, renderTable } from "./table.ts";
import { countedRun } from "./testdata/counted_run.ts";
import { exampleRun } from "./testdata/example_run.ts";
import { toldRun } from "./testdata/told_run.ts";

Deno.test("without times the finding is the least modelled energy of each device, named so", () => {
  assertEquals(
    keyFinding(countedRun()),
    ["snapdragon-865", "exynos-7420"].map((device) =>
      `On ${device}, tucker tucker-2 + svd takes the least energy of 2 compressed models, 0.42× the ` +
      "energy of dense (modelled), and 0.42× its bytes from and to memory (emulated), at 3.09× fewer MACs. "
    ).join("") + "Nothing was timed: none of this is a latency.",
  );
});

Deno.test("without a model of energy bytes count, and without compressed models dense alone", () => {
  const run = countedRun();
  const cases = run.cases.filter(({ spec }) => spec.device === "exynos-7420");
  const unmodelled = cases.map((row) => ({
    ...row,
    readings: row.readings?.filter(({ source }) => source === "emulated"),
  }));
  assertStringIncludes(
    keyFinding({ ...run, cases: unmodelled }),
    "0.42× the traffic with memory of dense (emulated), at",
  );
  assertEquals(
    keyFinding({ ...run, cases: cases.filter(({ role }) => role === "baseline") }),
    "On exynos-7420, a call of dense takes 0.670 mJ of energy, modelled; 0.013 MiB of bytes read " +
      "from and written to memory, emulated. Nothing was timed: none of this is a latency.",
  );
});

Deno.test("a run with times keeps its finding, and one that failed counts nothing", () => {
  assertEquals(countedFinding(exampleRun()), undefined);
  assertEquals(countedFinding(toldRun()), undefined);
  const run = countedRun();
  const cases = run.cases.map((row) => ({ ...row, status: "invalid" as const }));
  assertEquals(keyFinding({ ...run, cases }), "No compressed model gave a time in this run.");
});

Deno.test("without times there are no charts, columns or words of times", async () => {
  const run = countedRun();
  const page = await renderPage(run);
  const names = runCharts(run).map(({ name }) => name);
  assert(!names.some((name) => ["latency", "speedup", "layers"].includes(name)), names.join());
  const text = page.replace(/<(script|style).*?<\/\1>/gs, "");
  for (const word of ["median latency", "speed-up", "efficiency", "Noise band", "time to load"]) {
    assert(!text.includes(word), word);
    assert(!renderTable(run).includes(word), word);
  }
  const places = ["comparison", "readings", "by-layer", "factors", "charts", "warnings"];
  const order = places.map((id) => page.indexOf(`id="${id}"`));
  assertEquals(order.toSorted((a, b) => a - b), order);
  assertEquals(order.includes(-1), false);
  assertStringIncludes(howToRead(run).join(" "), "are modelled");
});

Deno.test("a row that was skipped says so where no column of times is left", async () => {
  const run = countedRun();
  const texts = [renderTable(run), renderMarkdown(run), await renderPage(run)];
  for (const text of texts) assertStringIncludes(text, "skipped: the rate must be at most 2");
  const columns = renderMarkdown(run).split("\n\n")[0].split("\n").map((line) =>
    line.split(/(?<!\\)\|/).length
  );
  assertEquals(new Set(columns).size, 1);
});

Deno.test("the page has one table by layer for each figure and device, chosen by a script", async () => {
  const page = await renderPage(countedRun());
  const chosen = [
    ...page.matchAll(/<section data-chosen data-figure="(.*?)" data-device="(.*?)">/g),
  ];
  assertEquals(chosen.length, 10);
  for (const [name, i] of [["figure", 1], ["device", 2]] as const) {
    const select = new RegExp(`data-chooses="${name}">(.*?)</select>`, "s").exec(page)![1];
    const options = [...select.matchAll(/value="(.*?)"/g)].map(([, value]) => value);
    assertEquals(options, [...new Set(chosen.map((match) => match[i]))]);
  }
  assertStringIncludes(page, 'href="layer_readings.csv"');
});
