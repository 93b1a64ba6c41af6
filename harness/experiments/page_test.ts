import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { withFolder } from "../../suites/datasets/testing.ts";
import { html } from "../report/html.ts";
import { writeResultsIndex } from "../report/publish_run.ts";
import { judgeClaims } from "./claims.ts";
import { renderExperimentPage } from "./page.ts";
import { printExperiment } from "./print.ts";
import { writeExperimentPage } from "./publish.ts";
import { openStore } from "./store.ts";
import { EXAMPLE_CLAIMS, exampleExperiment, exampleManifest, exampleRecord } from "./testing.ts";

const experiment = exampleExperiment();
const { manifest, records } = experiment;
const claims = judgeClaims(EXAMPLE_CLAIMS, experiment);

Deno.test("the page tells cells, reasons, claims and where numbers come from, and needs no network", async () => {
  const page = await renderExperimentPage(manifest, records, { claims });
  for (
    const text of [
      "Schemes and algorithms on 3-D networks (small), on m</h1>",
      "KGS 8x4, reweighted, 3.5x",
      "skipped: R(2+1)D has only thin kernels",
      "failed: Cannot go on as loss is NaN",
      "Not run: --data fights=FOLDER not given.",
      "rt3d.t1.c3d.heu.filter.2.6x.top1",
      'aria-label="Highest rates on C3D on moving shapes"',
      "&lt; 2.86× / &lt; 2.60×",
      "<small>weights / MACs</small>no loss from dense</button>",
      "against</strong>",
      "deno task experiment example --scale small",
      "Example Processor",
      'data-chart="recovery-c3d-moving-shapes"',
      'href="./traces/c3d-moving-shapes-kgs-reweighted-5x-1-search.csv"',
    ]
  ) assertStringIncludes(page, text);
  assert(!/(src|href)="(https?:)?\/\//.test(page));
  assert(!page.includes('id="latency"'));
});

Deno.test("every drawn figure has its chart", async () => {
  const page = await renderExperimentPage(manifest, records, { claims });
  const data = JSON.parse(/id="run-data">(.*?)<\/script>/s.exec(page)![1]);
  const names = (attribute: string) =>
    [...page.matchAll(new RegExp(`<figure[^>]* ?${attribute}="([^"]+)"`, "g"))]
      .map(([, name]) => name).sort();
  assertEquals(names("data-chart"), Object.keys(data.charts).sort());
  assertEquals(names("data-layer-chart"), Object.keys(data.layerCharts).sort());
});

Deno.test("latencies have their place", async () => {
  const latency = html`<p>12 ms</p>`;
  const page = await renderExperimentPage(manifest, records, { claims, latency });
  assertMatch(page, /<h2 id="latency">Latency<\/h2>\s*<p>12 ms<\/p>/);
});

Deno.test("hostile names stay text", async () => {
  const hostile = "</script><img onerror=x>";
  const record = { ...exampleRecord({ cell: hostile }), label: hostile };
  const page = await renderExperimentPage(
    exampleManifest({ title: hostile, command: hostile }),
    [record],
    { claims: [] },
  );
  assert(!page.includes("<img onerror"));
});

Deno.test("an experiment of which nothing is finished has a page, too", async () => {
  const page = await renderExperimentPage(manifest, [], { claims: [] });
  assertStringIncludes(page, "No cell is finished.");
});

Deno.test("the text has a table for each part and a line for each pair", () => {
  const text = printExperiment(experiment, claims);
  for (
    const line of [
      /^C3D on moving shapes, top-1 in %$/m,
      /^KGS 8x4, reweighted, 5x +91\.1 +\d+\.\d +\d+\.\d \[.*\] +.* 5\.00× +5\.50× .* 3$/m,
      /^highest rate of weights \/ MACs +no loss from dense +0\.5 points from dense$/m,
      /^KGS 8x4, reweighted +< 2\.86× \/ < 2\.60× +< 2\.86× \/ < 2\.60×$/m,
      /^ {2}diverged: failed: Cannot go on as loss is NaN$/m,
      /^ {2}not run: --data fights=FOLDER not given$/m,
      /^ {4}against {4}C3D on moving shapes: Filter .* ≥ KGS .*; −\d\.\d \[.*\] points of top-1$/m,
      /^ {4}undecided {2}R\(2\+1\)D on Weizmann: .*; one seed: this one is against$/m,
    ]
  ) assertMatch(text, line);
});

Deno.test("tables, charts and page are written beside the records, and the index lists them", async () => {
  await withFolder(async (results) => {
    const store = openStore(results, "m", manifest, "small", manifest.command);
    const { parts, cells, environment } = manifest;
    store.update({ parts, cells, environment });
    for (const record of records.slice(-4)) store.record(record);
    const stale = join(store.path, "traces", "stale.csv");
    await Deno.mkdir(join(store.path, "traces"));
    await Deno.writeTextFile(stale, "old");
    const page = await writeExperimentPage(store.path, EXAMPLE_CLAIMS);
    assertEquals(page, join(store.path, "index.html"));
    for (
      const file of [
        "cells.csv",
        "metrics.csv",
        "curves.csv",
        "layers.csv",
        "highest_rates.csv",
        "experiment.json",
      ]
    ) assert(existsSync(join(store.path, file)), file);
    assert(!existsSync(stale));
    const png = await Deno.readFile(join(store.path, "charts", "recovery-r2plus1d-weizmann.png"));
    assertEquals([...png.subarray(1, 4)], [..."PNG"].map((c) => c.charCodeAt(0)));
    const index = await Deno.readTextFile(await writeResultsIndex(results));
    assertStringIncludes(index, 'href="./m/experiments/example-small/index.html"');
    assertStringIncludes(index, "4 of 40 cells.");
  });
});
