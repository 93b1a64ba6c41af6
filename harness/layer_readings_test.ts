import { assertEquals } from "@std/assert";
import { addUp, type LayerReading, layerReadings } from "./layer_readings.ts";
import { factorOf } from "./layer_parts.ts";
import { countedRun } from "./report/testdata/counted_run.ts";

function layersOf(label: string): readonly LayerReading[] {
  return layerReadings(countedRun().cases.find((row) => row.label === label)!);
}

/** Layer, part, MACs and misses of the first cache. */
function told({ layer, part, macs, told }: LayerReading) {
  return [layer, part, macs, told.get("l1d-misses")?.value.value];
}

Deno.test("an operator is of the factor behind its layer's name, whatever the lowering cut it into", () => {
  assertEquals(
    ["conv2", "conv2/group 0", "conv2/phase 0 1 0/padding", "conv2/padding"]
      .map((name) => factorOf("conv2", name)),
    ["", "", "", ""],
  );
  assertEquals(factorOf("conv2", "conv2/core/phase 0 0 0/padding"), "core");
  assertEquals(factorOf("stem/conv", "stem/conv/in/group 1"), "in");
});

Deno.test("groups and paddings add up to their layer, also where they share a name", () => {
  assertEquals(layersOf("dense").map(told), [
    ["conv1", "", 8000, 40],
    ["pool1", "", 0, 10],
    ["conv2", "", 60_000, 120],
    ["fc3", "", 1000, 500],
  ]);
  assertEquals(layersOf("dense direct").map(told)[0], ["conv1", "", 8000, 60]);
});

Deno.test("behind a factorised layer stand its factors, which add up to it", () => {
  assertEquals(layersOf("tucker tucker-2 + svd").map(told), [
    ["conv1", "", 8000, 40],
    ["pool1", "", 0, 10],
    ["conv2", "", 14_000, 80],
    ["conv2", "in", 2000, 30],
    ["conv2", "core", 10_000, 20],
    ["conv2", "out", 2000, 30],
    ["fc3", "", 300, 150],
    ["fc3", "in", 200, 100],
    ["fc3", "out", 100, 50],
  ]);
  const fullyConnected = layersOf("tucker tucker-2 + svd").filter((one) => one.fullyConnected);
  assertEquals(new Set(fullyConnected.map(({ layer }) => layer)), new Set(["fc3"]));
});

Deno.test("a sum keeps its source, and lacks what one of its parts lacks", () => {
  const [conv1, , conv2] = layersOf("dense");
  const { macs, told } = addUp([conv1, conv2]);
  assertEquals(macs, 68_000);
  assertEquals(told.get("dram-read"), { source: "emulated", value: { value: 2560, rounds: 1 } });
  assertEquals(told.get("cycles")?.source, "modelled");
  const without = new Map(conv2.told);
  without.delete("cycles");
  assertEquals(addUp([conv1, { ...conv2, told: without }]).told.has("cycles"), false);
});

Deno.test("a row without readings of operators has no layers of this kind", () => {
  const [row] = countedRun().cases;
  assertEquals(layerReadings({ ...row, readings: [] }), []);
  const whole = row.readings!.filter(({ operator }) => operator === undefined);
  assertEquals(layerReadings({ ...row, readings: whole }), []);
});
