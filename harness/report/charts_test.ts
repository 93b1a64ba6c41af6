import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { GlobalFonts } from "@napi-rs/canvas";
import { PNG } from "pngjs";
import { layerComparison } from "./chart_layers.ts";
import { drawMarks, type Mark } from "./chart_marks.ts";
import { bytesChart, latencyChart, runCharts, speedupChart } from "./charts.ts";
import { chartPng } from "./charts_png.ts";
import { exampleRun } from "./testdata/example_run.ts";

Deno.test("charts are plain data that survives JSON", () => {
  for (const { config } of runCharts(exampleRun())) {
    assertEquals(JSON.parse(JSON.stringify(config)), config);
  }
});

Deno.test("every axis of values has a title with its unit", () => {
  const units = { latency: ", ms", speedup: ", ×", layers: ", ms", bytes: ", MiB" };
  for (const { name, config } of runCharts(exampleRun())) {
    const titles = JSON.stringify(config.options?.scales);
    assertStringIncludes(titles, units[name as keyof typeof units]);
  }
});

Deno.test("latencies and their intervals are drawn as measured, and rows without one are named", () => {
  const run = exampleRun();
  const { config, subtitle } = latencyChart(run);
  const timed = run.cases.filter((row) => row.role !== "A/A" && row.status === "ok");
  assertEquals(config.data.labels, timed.map((row) => row.label));
  assertEquals(
    config.data.datasets[0].data.map(({ x, low, high }) => [x, low, high]),
    timed.map(({ latency }) => [latency?.value, latency?.low, latency?.high]),
  );
  assertStringIncludes(subtitle, "autocompress filter+column (invalid)");
  assertStringIncludes(subtitle, "yolobile pattern (skipped)");
  assertStringIncludes(subtitle, "measured on xeon-8375c-2core");
});

Deno.test("a method has the same colour in every chart", () => {
  const run = exampleRun();
  const bars = latencyChart(run).config.data;
  const latencyColour = (label: string) => {
    const colours: unknown = bars.datasets[0].backgroundColor;
    assert(Array.isArray(colours));
    return colours[bars.labels?.indexOf(label) ?? -1];
  };
  const points = speedupChart(run).config.data.datasets;
  for (const label of ["rt3d kgs 8x4", "rt3d filter", "yolobile block-punched 8x4"]) {
    const point = points.find((set) => set.data.some((mark) => mark.label === label));
    assertEquals(point?.backgroundColor, latencyColour(label));
  }
  assertEquals(latencyColour("rt3d kgs 8x4"), latencyColour("rt3d filter"));
  const stored = bytesChart(run).config.data;
  const values: unknown = stored.datasets[0].backgroundColor;
  assert(Array.isArray(values));
  assertEquals(values[stored.labels?.indexOf("rt3d filter") ?? -1], latencyColour("rt3d filter"));
});

Deno.test("layer times add up to the operators' times", () => {
  const run = exampleRun();
  const row = run.cases.find((row) => row.label === "rt3d kgs 8x4")!;
  const sets = layerComparison(run, row)!.config.data.datasets;
  const drawn = sets[1].data.reduce((sum, mark) => sum + mark.x, 0);
  const recorded = row.layers.reduce((sum, layer) => sum + layer.microseconds!.value, 0) / 1000;
  assert(Math.abs(drawn - recorded) < 1e-9 * recorded);
});

Deno.test("a row is compared with the dense model only when both have layer times", () => {
  const run = exampleRun();
  for (const label of ["dense", "onnxruntime dense", "autocompress filter+column"]) {
    assertEquals(layerComparison(run, run.cases.find((row) => row.label === label)!), undefined);
  }
});

Deno.test("the function that the page embeds draws whiskers and labels all by itself", () => {
  // Made from its source text in an empty scope, as in the page.
  const embedded = new Function(`"use strict"; return (${drawMarks.toString()});`)();
  const lines: number[][] = [];
  const texts: [string, number, number][] = [];
  const nothing = () => {};
  const ctx = {
    save: nothing,
    restore: nothing,
    beginPath: nothing,
    stroke: nothing,
    moveTo: (x: number, y: number) => void lines.push([x, y]),
    lineTo: (x: number, y: number) => void lines[lines.length - 1].push(x, y),
    measureText: (text: string) => ({ width: 7 * text.length }),
    fillText: (text: string, x: number, y: number) => void texts.push([text, x, y]),
  };
  const chart = (horizontal: boolean, marks: readonly Mark[]) => ({
    ctx,
    options: {},
    chartArea: { top: 0, bottom: 100 },
    data: { datasets: [{ data: marks }] },
    getSortedVisibleDatasetMetas: () => [{
      index: 0,
      vScale: { isHorizontal: () => horizontal, getPixelForValue: (value: number) => value },
      data: marks.map(({ x, y }) => ({ getProps: () => ({ x, y }), options: { radius: 4 } })),
    }],
  });

  embedded(chart(true, [{ x: 40, y: 10, low: 35, high: 50, label: "40" }]));
  assertEquals(lines[0], [35, 10, 50, 10], "from one end of the interval to the other");
  assertEquals(texts[0][0], "40");
  assertGreater(texts[0][1], 50, "the label is clear of the whisker");

  texts.length = 0;
  embedded(chart(false, [{ x: 10, y: 50, label: "lower" }, { x: 12, y: 48, label: "upper" }]));
  assertEquals(texts.map(([text]) => text), ["upper", "lower"]);
  assertGreater(texts[1][2] - texts[0][2], 10, "labels of near points give way to one another");
});

Deno.test("charts become PNG files with ink on white paper", () => {
  for (const spec of runCharts(exampleRun())) {
    const bytes = chartPng(spec);
    assertEquals([...bytes.slice(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const { width, data } = PNG.sync.read(bytes as never);
    assertEquals(width, 1920);
    assertEquals([...data.slice(0, 4)], [255, 255, 255, 255], "the corner is paper");
    const colours = new Set<number>();
    for (let i = 0; i < data.length; i += 4) {
      colours.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
      assertEquals(data[i + 3], 255);
    }
    assertGreater(colours.size, 20);
  }
});

Deno.test("charts are drawn in the same font on every machine", () => {
  const inter = GlobalFonts.families.find(({ family }) => family === "Inter");
  assertEquals(inter?.styles.map(({ weight }) => weight), [400, 600]);
});

Deno.test("a run without times has no charts of times", () => {
  const run = exampleRun();
  const cases = run.cases.map((row) => ({ ...row, status: "failed" as const }));
  assertEquals(runCharts({ ...run, cases }).map(({ name }) => name), ["bytes"]);
  assertEquals(runCharts({ ...run, cases: [] }), []);
});
