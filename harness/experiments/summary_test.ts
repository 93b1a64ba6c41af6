import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { experimentFinding, seedMean, studentQuantile, summarise } from "./summary.ts";
import { exampleExperiment, exampleFailure, exampleManifest, exampleRecord } from "./testing.ts";

Deno.test("quantiles of Student's t are those of printed tables", () => {
  const printed = [
    ...[[1, 12.706], [2, 4.303], [3, 3.182], [4, 2.776], [5, 2.571], [9, 2.262], [10, 2.228]],
    ...[[29, 2.045], [30, 2.042], [120, 1.98]],
  ];
  for (const [freedom, value] of printed) {
    assertAlmostEquals(studentQuantile(0.95, freedom), value, 5e-4);
  }
  assertAlmostEquals(studentQuantile(0.99, 4), 4.604, 5e-4);
});

Deno.test("a mean over seeds has Student's interval, from two seeds on", () => {
  const { value, low, high } = seedMean([1, 2, 3])!;
  // 4.3027 / sqrt(3), with a standard deviation of 1.
  assertEquals(value, 2);
  assertAlmostEquals(high! - value, 2.4841, 1e-4);
  assertAlmostEquals(value - low!, 2.4841, 1e-4);
  assertEquals(seedMean([0.5]), { value: 0.5, values: [0.5] });
  assertEquals(seedMean([]), undefined);
});

Deno.test("loss is against the dense network of the same seed, in points", () => {
  const records = [
    exampleRecord({ seed: 1 }, { "top-1": 0.9 }),
    exampleRecord({ seed: 2 }, { "top-1": 0.8 }),
    exampleRecord({ seed: 1, cell: "a" }, { "top-1": 0.89 }, { cutMetrics: { "top-1": 0.5 } }),
    exampleRecord({ seed: 2, cell: "a" }, { "top-1": 0.77 }, { cutMetrics: { "top-1": 0.6 } }),
    // Without a dense network there is no loss.
    exampleRecord({ seed: 3, cell: "a" }, { "top-1": 0.99 }),
  ];
  const [{ metric, cells: [dense, a] }] = summarise({ manifest: exampleManifest(), records });
  assertEquals(metric, "top-1");
  assertEquals(dense.loss, undefined);
  assertEquals(a.loss?.values.map((points) => Math.round(10 * points)), [10, 30]);
  assertAlmostEquals(a.loss!.value, 2);
  assertAlmostEquals(a.cut!.value, 0.55);
  assertEquals(a.final?.values, [0.89, 0.77, 0.99]);
});

Deno.test("of one seed with two settings the later record counts", () => {
  const old = exampleRecord({ cell: "a", setting: { epochs: 1 } }, { "top-1": 0.1 });
  const late = { ...exampleRecord({ cell: "a" }), finished: "2026-02-01T00:00:00.000Z" };
  const [{ cells: [a] }] = summarise({ manifest: exampleManifest(), records: [late, old] });
  assertEquals(a.records, [late]);
});

Deno.test("seeds without a result are told, and are none of the means", () => {
  const records = [
    exampleRecord({ cell: "a", seed: 1 }, { "top-1": 0.7 }),
    exampleFailure({ cell: "a", seed: 2 }, "failed", "out of memory"),
    exampleFailure({ cell: "b", seed: 1 }, "skipped", "no such layer"),
    exampleFailure({ cell: "b", seed: 2 }, "skipped", "no such layer"),
    exampleRecord({ cell: "c" }, { "top-1": NaN }),
  ];
  const [{ cells: [a, b, c] }] = summarise({ manifest: exampleManifest(), records });
  assertEquals(a.problems, ["seed 2 failed: out of memory"]);
  assertEquals(a.final, { value: 0.7, values: [0.7] });
  assertEquals([b.problems, b.results, b.final], [["skipped: no such layer"], [], undefined]);
  assertEquals(c.final, undefined);
});

Deno.test("parts come in the manifest's order, those without records too", () => {
  const { manifest, records } = exampleExperiment();
  assertEquals(
    summarise({ manifest, records }).map(({ part, cells }) => [part.id, cells.length]),
    [["c3d-moving-shapes", 12], ["r2plus1d-weizmann", 4], ["c3d-fights", 0]],
  );
});

Deno.test("the finding tells how far it is, what lost least, and what has no result", () => {
  const { manifest, records } = exampleExperiment();
  const finding = experimentFinding({ manifest, records: records.slice(1) });
  assertStringIncludes(finding, "39 of 40 cells.");
  assertStringIncludes(finding, "C3D on moving shapes: least loss 1.");
  assertStringIncludes(finding, "points, KGS 8x4, reweighted, 2.6x.");
  assertStringIncludes(finding, "Without a result: tucker, diverged.");
  const tuned = exampleRecord({ cell: "dense-tuned", method: "dense" }, { "top-1": 0.99 });
  assertEquals(
    experimentFinding({ manifest, records: [...records.slice(1), tuned] }).replace(
      "40 of",
      "39 of",
    ),
    finding,
  );
});
