import { assertAlmostEquals, assertEquals } from "@std/assert";
import { parse } from "@std/csv";
import { fromCsv } from "../records/schema.ts";
import {
  CELL_COLUMNS,
  CURVE_COLUMNS,
  LAYER_COLUMNS,
  METRIC_COLUMNS,
  RATE_COLUMNS,
} from "./table_columns.ts";
import { experimentTables } from "./tables.ts";
import { exampleExperiment, exampleManifest, exampleRecord } from "./testing.ts";

const experiment = exampleExperiment();
const tables = experimentTables(experiment);

Deno.test("every record is a row of cells.csv, those without a result with their reason", () => {
  const rows = fromCsv(CELL_COLUMNS, tables.get("cells.csv")!, "cells.csv");
  assertEquals(rows.map(({ id }) => id), experiment.records.map(({ id }) => id));
  const last = rows.at(-1)!;
  assertEquals([last.status, last.reason], ["failed", "Cannot go on as loss is NaN"]);
  assertEquals([last.final, last.macs, last.metric_source], [undefined, undefined, undefined]);
  const kgs = rows.find(({ cell, seed }) => cell === "kgs-reweighted-3.5x" && seed === 2)!;
  const { result } = experiment.records.find(({ id }) => id === kgs.id)!;
  const dense = rows.find(({ cell, seed }) => cell === "dense" && seed === 2)!;
  assertEquals([kgs.dense, kgs.cut], [dense.final, result!.cutMetrics!["top-1"]]);
  assertEquals([kgs.target, kgs.target_rate], ["macs", 3.5]);
  assertAlmostEquals(kgs.macs_rate!, 3.5, 1e-5);
  assertEquals([kgs.metric_source, kgs.size_source], ["measured", "derived"]);
  assertEquals(JSON.parse(kgs.options), { algorithm: "reweighted", scheme: "KGS" });
});

Deno.test("metrics.csv has all metrics, curves.csv every epoch, layers.csv every layer", () => {
  const metrics = fromCsv(METRIC_COLUMNS, tables.get("metrics.csv")!, "metrics.csv");
  const done = experiment.records.flatMap(({ result }) => result ?? []);
  const compressed = done.filter(({ cutMetrics }) => cutMetrics);
  assertEquals(metrics.length, 2 * done.length + 2 * compressed.length);
  const curves = fromCsv(CURVE_COLUMNS, tables.get("curves.csv")!, "curves.csv");
  assertEquals(curves.length, 12 * compressed.length);
  const { rate, ...before } = curves[7];
  assertEquals([before.stage, before.epoch, before.spent, rate], ["retraining", 0, 6, undefined]);
  const layers = fromCsv(LAYER_COLUMNS, tables.get("layers.csv")!, "layers.csv");
  assertEquals(layers.length, 7 * compressed.length);
});

Deno.test("highest_rates.csv has every method, by weights and by MACs, for each loss that is allowed", () => {
  const rows = fromCsv(RATE_COLUMNS, tables.get("highest_rates.csv")!, "highest_rates.csv");
  const shapes = rows.filter(({ part }) => part === "c3d-moving-shapes");
  // Nine methods, of which one was tried at three rates.
  assertEquals(shapes.length, 9 * 4);
  const kgs = shapes.filter(({ label }) => label === "KGS 8x4, reweighted");
  assertEquals(kgs.map(({ points, of, bound, rate, tried }) => [points, of, bound, rate, tried]), [
    [0, "params", "below", 2.86, 3],
    [0, "macs", "below", 2.6, 3],
    [0.5, "params", "below", 2.86, 3],
    [0.5, "macs", "below", 2.6, 3],
  ]);
  assertEquals(new Set(rows.map(({ reference }) => reference)), new Set(["dense"]));
});

Deno.test("traces keep their own columns, in files whose names are safe", () => {
  const columns = ["format, as stored", "bytes"];
  const trace = { id: "a b", title: "T", columns, rows: [["x\ny", 1], ['"', 2]] };
  const record = exampleRecord({ part: "../up", cell: "a/b" }, {}, { traces: [trace] });
  const made = experimentTables({ manifest: exampleManifest(), records: [record] });
  const text = made.get("traces/.._up-a_b-1-a_b.csv")!;
  assertEquals(parse(text), [columns, ["x\ny", "1"], ['"', "2"]]);
});

Deno.test("numbers that went astray are empty cells", () => {
  const records = [exampleRecord({}, { "top-1": NaN })];
  const made = experimentTables({ manifest: exampleManifest(), records });
  const [row] = fromCsv(CELL_COLUMNS, made.get("cells.csv")!, "cells.csv");
  assertEquals([row.final, row.dense], [undefined, undefined]);
});
