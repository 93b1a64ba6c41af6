import { assertEquals } from "@std/assert";
import type { CaseResult } from "../result.ts";
import { type LayerGrid, layerGrids } from "./layer_grid.ts";
import { countedRun, PHONES } from "./testdata/counted_run.ts";
import { exampleRun } from "./testdata/example_run.ts";

/** Lines as a reader sees them: value and ratio to dense of each row. */
function shown({ lines }: LayerGrid) {
  return lines.map(({ title, cells }) => [
    title,
    ...cells.map((cell) =>
      cell && (cell.ratio === undefined ? cell.value : [cell.value, Number(cell.ratio.toFixed(2))])
    ),
  ]);
}

Deno.test("a grid has layers with factors below them, then the rest and the whole call", () => {
  const grids = layerGrids(countedRun());
  const grid = grids.find(({ device, figure }) =>
    device === PHONES[1] && figure.id === "l1d-misses"
  )!;
  assertEquals(grid.columns, ["dense", "dense direct", "tucker tucker-2 + svd", "rt3d kgs 8x4"]);
  assertEquals(grid.source, "emulated");
  assertEquals(shown(grid), [
    ["conv1", 40, [60, 1.5], [40, 1], [30, 0.75]],
    ["conv2", 120, [240, 2], [80, 0.67], [90, 0.75]],
    ["in, 1x1", undefined, undefined, 30, undefined],
    ["core", undefined, undefined, 20, undefined],
    ["out, 1x1", undefined, undefined, 30, undefined],
    ["fc3", 500, [500, 1], [150, 0.3], [500, 1]],
    ["in", undefined, undefined, 100, undefined],
    ["out", undefined, undefined, 50, undefined],
    ["other layers", 10, [10, 1], [10, 1], [10, 1]],
    ["whole call", 670, [810, 1.21], [280, 0.42], [630, 0.94]],
  ]);
});

Deno.test("there is one grid for each figure and device, each with its source", () => {
  const grids = layerGrids(countedRun());
  const names = ["llc-misses", "l1d-misses", "dram", "energy", "cycles"];
  assertEquals(
    grids.map(({ device, figure }) => `${device} ${figure.id}`),
    PHONES.flatMap((device) => names.map((name) => `${device} ${name}`)),
  );
  assertEquals(grids.find(({ figure }) => figure.id === "energy")!.source, "modelled");
  assertEquals(layerGrids(exampleRun()), []);
});

Deno.test("rows of other threads are held against dense on as many", () => {
  const run = countedRun();
  const doubled = run.cases.map((row): CaseResult => ({
    ...row,
    id: `f${row.id.slice(1)}`,
    spec: { ...row.spec, threads: 4 },
    readings: row.readings?.map((one) =>
      one.value ? { ...one, value: { value: 10 * one.value.value, rounds: 1 } } : one
    ),
  }));
  const [grid] = layerGrids({ ...run, cases: [...run.cases, ...doubled] });
  const { cells } = grid.lines.at(-1)!;
  assertEquals(
    cells.map((cell) => cell?.ratio?.toFixed(2)).slice(4),
    cells.map((cell) => cell?.ratio?.toFixed(2)).slice(0, 4),
  );
  assertEquals(grid.columns[4], "dense, 4 threads");
});
