import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Reading } from "../../devices/reading.ts";
import type { Count } from "../../suites/claims/question.ts";
import { answerCount } from "./answer_counts.ts";
import { type InventedRow, type InventedRun, ofResults, writeRun } from "./testing.ts";

const DENSE = { method: "dense", scheme: "", what: "of the dense network" };
const TUCKER = { method: "tucker", scheme: "", what: "of the compressed one" };

function count(change: Partial<Count>): Count {
  return {
    kind: "count",
    suite: "alexnet",
    device: "exynos-7420",
    rate: 2,
    of: { ...DENSE, quantity: "l1d-misses" },
    against: { ...TUCKER, quantity: "l1d-misses" },
    rule: { statement: "", direction: { low: 1, high: Infinity } },
    ...change,
  };
}

function reading(quantity: Reading["quantity"], value: number, operator?: string): Reading {
  const source = quantity === "energy" || quantity === "time" ? "modelled" : "emulated";
  return { quantity, source, value, ...(operator !== undefined && { operator }) };
}

function row(method: string, readings: readonly Reading[], change: Partial<InventedRow> = {}) {
  return { method, device: "exynos-7420", readings, ...change };
}

function answer(asked: Count, rows: readonly InventedRow[], change: Partial<InventedRun> = {}) {
  return ofResults(
    (folder) => writeRun(folder, { folder: "m/one", suite: "alexnet", rate: 2, rows, ...change }),
    (results) => answerCount(asked, results),
  );
}

const MISSES = [
  row("dense", [reading("l1d-misses", 300), reading("l1d-misses", 1, "conv1")]),
  row("tucker", [reading("l1d-misses", 100), reading("l1d-misses", 1, "conv1/in")]),
];

Deno.test("a ratio of counts is exact and of the whole call", () => {
  const { findings: [found] } = answer(count({}), MISSES);
  assertEquals([found.value, found.source, found.record], [3, "emulated", "m/one"]);
  assertEquals([found.low, found.repeats], [undefined, undefined]);
});

Deno.test("a quotient of quantities is modelled when one of them is", () => {
  const power = (
    joule: number,
    second: number,
  ) => [reading("energy", joule), reading("time", second)];
  const asked = count({
    of: { ...DENSE, quantity: "energy", per: "time" },
    against: { ...TUCKER, quantity: "energy", per: "time" },
  });
  const rows = [row("dense", power(4, 2)), row("tucker", power(3, 3))];
  const { findings: [found] } = answer(asked, rows);
  assertEquals([found.value, found.source], [2, "modelled"]);
});

Deno.test("operators are summed by their names, and MACs are of the same ones", () => {
  const operators = { "conv1/in": [], "conv1/out/a": [], "conv1/core": [], "fc6/in": [] };
  const readings = Object.keys(operators).map((name, i) => reading("l1d-misses", 10 ** i, name));
  const asked = count({
    of: { ...TUCKER, quantity: "l1d-misses", per: "macs", operators: ["conv*/in*", "conv*/out*"] },
    against: { ...TUCKER, quantity: "l1d-misses", per: "macs", operators: ["conv*/core*"] },
  });
  const { findings: [found] } = answer(asked, [
    row("tucker", readings, { layers: operators, macs: 5 }),
  ]);
  assertAlmostEquals(found.value, (1 + 10) / 10 / (100 / 5));
});

Deno.test("other devices, rates, rows that did not end well and missing quantities do not count", () => {
  const none = (
    rows: readonly InventedRow[],
    change: Partial<InventedRun> = {},
    asked = count({}),
  ) => {
    const { findings, missing, command } = answer(asked, rows, change);
    assertEquals(findings, []);
    assertEquals(missing, "no finished run of alexnet at 2x has these counts of exynos-7420");
    assertEquals(
      command,
      "deno task bench alexnet --methods tucker --devices exynos-7420 --rate 2 --threads 1 --quick",
    );
  };
  none(MISSES.map((one) => ({ ...one, device: "snapdragon-865" })));
  none(MISSES, { rate: 3 });
  none(MISSES, { finished: undefined });
  none(MISSES, { settings: { model: "alexnet.onnx" } });
  none([MISSES[0], { ...MISSES[1], status: "invalid", reason: "wrong" }]);
  none(MISSES, {}, count({ against: { ...TUCKER, quantity: "l2-misses" } }));
  none(MISSES.with(1, row("tucker", [reading("l1d-misses", 0)])));
});
