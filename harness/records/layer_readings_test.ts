import { assertEquals } from "@std/assert";
import { countedRun } from "../report/testdata/counted_run.ts";
import { LAYER_READING_COLUMNS, layerReadingRows } from "./layer_readings.ts";
import { fromCsv, toCsv } from "./schema.ts";

Deno.test("layers become rows that survive being written, and whole layers add up to the call", () => {
  const run = countedRun();
  const rows = layerReadingRows(run);
  assertEquals(fromCsv(LAYER_READING_COLUMNS, toCsv(LAYER_READING_COLUMNS, rows), "csv"), rows);
  for (const { id, readings = [], role, macs } of run.cases) {
    const whole = (quantity: string) =>
      rows.filter((row) => row.case === id && row.quantity === quantity && row.part === undefined)
        .reduce((sum, { value }) => sum + value, 0);
    if (role === "A/A") assertEquals(rows.some((row) => row.case === id), false);
    else {
      const told = readings.find((one) =>
        one.quantity === "l1d-misses" && one.operator === undefined
      );
      assertEquals([whole("macs"), whole("l1d-misses")], [macs ?? 0, told?.value?.value ?? 0]);
    }
  }
});

Deno.test("a row tells case, device, layer, part, unit and source", () => {
  const { manifest, cases } = countedRun();
  const tucker = cases.findLast(({ spec }) => spec.method === "tucker")!;
  const found = layerReadingRows({ manifest, cases }).filter((row) =>
    row.case === tucker.id && row.layer === "conv2" && row.part === "core"
  );
  const place = {
    run: manifest.run,
    case: tucker.id,
    label: "tucker tucker-2 + svd",
    device: "exynos-7420",
    threads: 1,
    layer: "conv2",
    part: "core",
  };
  assertEquals(found[0], {
    ...place,
    quantity: "macs",
    unit: "MAC",
    source: "derived",
    value: 10_000,
  });
  assertEquals(found.find(({ quantity }) => quantity === "dram-read"), {
    ...place,
    quantity: "dram-read",
    unit: "bytes",
    source: "emulated",
    value: 320,
  });
  assertEquals(found.find(({ quantity }) => quantity === "energy")?.source, "modelled");
  assertEquals(found.some(({ quantity }) => quantity === "l3-misses"), false);
});
