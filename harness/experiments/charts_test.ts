import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { cellStyles } from "./cell_style.ts";
import { accuracyChart, partCharts, rateChart } from "./charts.ts";
import { curvePoints, penaltyChart, recoveryChart } from "./curve_charts.ts";
import { layerRateChart, traceChart } from "./detail_charts.ts";
import { summarise } from "./summary.ts";
import { exampleExperiment, exampleManifest, exampleRecord } from "./testing.ts";

const experiment = exampleExperiment();
const [shapes, weizmann, fights] = summarise(experiment);

Deno.test("fifteen cells are drawn in fifteen ways, the same in all charts", () => {
  const records = Array.from({ length: 16 }, (_, i) => exampleRecord({ cell: `cell ${i}` }));
  const [part] = summarise({ manifest: exampleManifest(), records });
  const looks = [...cellStyles(part)].map(([, { borderColor, borderDash, pointStyle }]) =>
    `${borderColor} ${borderDash} ${pointStyle}`
  );
  assertEquals(new Set(looks).size, 17);
});

Deno.test("metrics by method: the mean with its interval, every seed, and the dense network", () => {
  const { config: { data }, height, alternative } = accuracyChart(shapes)!;
  const [means, ...others] = data.datasets;
  assertEquals(data.labels?.length, 12);
  assertEquals(means.data.map(({ y }) => y), data.labels!.map((_, i) => i));
  assertEquals(others.length, 4);
  const { final } = shapes.cells[1];
  assertAlmostEquals(means.data[1].x, 100 * final!.value, 1e-3);
  assertAlmostEquals(means.data[1].low!, 100 * final!.low!, 1e-3);
  assertAlmostEquals(others[2].data[1].x, 100 * final!.values[2], 1e-3);
  assert(height > 300);
  assertStringIncludes(alternative, "Filter 8x4, heuristic, 2.6x ");
});

Deno.test("lines of the rate chart join the rates of one method, and are named by what they share", () => {
  const { config: { data: { datasets } } } = rateChart(shapes)!;
  const joined = datasets.filter(({ data, label }) => data.length > 1 && !label?.includes("dense"));
  assertEquals(joined.map(({ label, data }) => [label, data.length]), [["KGS 8x4, reweighted", 3]]);
  assertEquals(joined[0].data.map(({ x }) => Math.round(10 * x)), [26, 35, 50]);
  assertEquals(rateChart(weizmann), undefined);
});

Deno.test("stages follow one another on one axis of epochs, each with what was before it", () => {
  const { result } = shapes.cells[1].records[0];
  const points = curvePoints(result!.stages);
  assertEquals(points.map(({ spent }) => spent), [0, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10]);
  assertEquals(points.map(({ epoch }) => epoch), [0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4]);
  const lines = recoveryChart(shapes)!.config.data.datasets;
  assertEquals(lines.map(({ label }) => label), [
    ...shapes.cells.slice(1).map(({ label }) => label),
    "dense (dashed)",
  ]);
  assertEquals(lines[0].data[7].x, 6);
  assertAlmostEquals(lines[0].data[7].y, 100 * result!.cutMetrics!["top-1"]);
});

Deno.test("penalties are drawn where there are some, as parts of their highest value", () => {
  const [line] = penaltyChart(shapes)!.config.data.datasets;
  assertEquals(line.data.map(({ x }) => x), [1, 2, 3, 4, 5, 6]);
  assertEquals(line.data[0].y, 100);
  assertStringIncludes(line.data[1].detail!, "reweighted, epoch 2");
});

Deno.test("what has no numbers has no chart", () => {
  assertEquals(partCharts(fights), []);
  assertEquals(partCharts(shapes).map(({ name }) => name), [
    ...["accuracy", "rates", "recovery", "penalty"].map((name) => `${name}-c3d-moving-shapes`),
  ]);
  const records = [exampleRecord(), exampleRecord({ cell: "one-shot" })];
  const [oneShot] = summarise({ manifest: exampleManifest(), records });
  assertEquals(partCharts(oneShot).map(({ name }) => name), ["accuracy-c3d-moving-shapes"]);
});

Deno.test("layers that were left alone are told apart", () => {
  const record = shapes.cells[1].records[0];
  const [{ data, backgroundColor }] = layerRateChart(record)!.config.data.datasets;
  assertEquals(data.length, 7);
  assertEquals(new Set(backgroundColor as string[]).size, 2);
  assertStringIncludes(data[0].detail!, "conv1a: 1.00×, left as it is (first layer)");
  assertEquals(layerRateChart(exampleRecord()), undefined);
});

Deno.test("a trace is drawn as it asks for, leaving out what is no number", () => {
  const record = exampleRecord();
  const trace = {
    id: "t",
    title: "Trace",
    columns: ["step", "kind", "a", "b"],
    rows: [[1, "x", 5, 6], [2, "y", NaN, 7], [3, "z", "none", 8]],
    chart: { x: "step", y: ["a", "b"], dots: true },
  };
  const { datasets } = traceChart(record, trace)!.config.data;
  assertEquals(datasets.map(({ data }) => data.map(({ x, y }) => [x, y])), [
    [[1, 5]],
    [[1, 6], [2, 7], [3, 8]],
  ]);
  assertEquals("showLine" in datasets[0] && datasets[0].showLine, false);
  assertEquals(traceChart(record, { ...trace, chart: undefined }), undefined);
});
