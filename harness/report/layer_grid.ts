/**
 * One figure of one device as a grid: layers of the dense model, and factors below them, against rows
 * of the comparison.
 *
 * @module
 */

import { type LayerReading, layerReadings, type Told } from "../layer_readings.ts";
import { machineOf } from "../measure/fastest_peer.ts";
import type { CaseResult, RunResult } from "../result.ts";
import { REST, weightedLayers } from "./chart_layers.ts";
import { denseBeside, figureOf } from "./counted.ts";
import { compareFactors, factorTitle } from "./factor_costs.ts";
import { CYCLES, DRAM, ENERGY, type Figure, L1D_MISSES, LAST_MISSES, ratioTo } from "./figures.ts";
import { labelOnDevice } from "./devices.ts";
import { shownRows } from "./reading.ts";

/** What is told by layer, the most telling first. */
const BY_LAYER: readonly Figure[] = [LAST_MISSES, L1D_MISSES, DRAM, ENERGY, CYCLES];

/** A number with its ratio to the dense model's of the same layer. */
export interface GridCell {
  /** The number, in the records' unit. */
  readonly value: number;
  /** ÷ that of the dense model; absent for that itself, and for factors. */
  readonly ratio?: number;
}

/** A layer, a factor, or the whole call. */
export interface GridLine {
  /** `"conv2"`, `"core"`, `"other layers"` or `"whole call"`. */
  readonly title: string;
  /** What the line is. */
  readonly kind: "layer" | "factor" | "rest" | "whole";
  /** One for each row of the comparison; none where it has no such layer or factor. */
  readonly cells: readonly (GridCell | undefined)[];
}

/** A grid. */
export interface LayerGrid {
  /** Id of the device. */
  readonly device: string;
  /** What is told. */
  readonly figure: Figure;
  /** Where it comes from, e.g. `"emulated"`. */
  readonly source: Told["source"];
  /** Names of the rows of the comparison. */
  readonly columns: readonly string[];
  /** Layers in the order of the model, each with the factors that a row has of it. */
  readonly lines: readonly GridLine[];
}

/** All grids of a run, device by device; none where nothing was told of operators. */
export function layerGrids(run: RunResult): readonly LayerGrid[] {
  const told = shownRows(run).flatMap((row) => {
    const readings = layerReadings(row);
    return readings.length > 0 ? [{ row, readings }] : [];
  });
  return [...Map.groupBy(told, ({ row }) => machineOf(row))].flatMap(([device, own]) =>
    BY_LAYER.flatMap((figure) => gridOf(device, figure, own) ?? [])
  );
}

/** A row with what was told of its layers. */
interface ToldRow {
  readonly row: CaseResult;
  readonly readings: readonly LayerReading[];
}

function gridOf(device: string, figure: Figure, told: readonly ToldRow[]): LayerGrid | undefined {
  const rows = told.map(({ row }) => row);
  const source = rows.map((row) => figureOf(row, figure)?.source).find((one) => one !== undefined);
  if (source === undefined) return undefined;
  const weighted = weightedLayers(rows);
  const line = (
    kind: GridLine["kind"],
    title: string,
    valueOf: (row: ToldRow) => Told | undefined,
  ): GridLine => ({
    title,
    kind,
    cells: told.map((own) => {
      const found = valueOf(own);
      if (found === undefined) return undefined;
      const dense = told.find(({ row }) => row === denseBeside(own.row, rows));
      const ratio = kind === "factor" || dense === undefined || dense === own
        ? undefined
        : ratioTo(found, valueOf(dense));
      return { value: found.value.value, ...(ratio !== undefined && { ratio }) };
    }),
  });
  const partOf = ({ readings }: ToldRow, layer: string, part: string) => {
    const found = readings.find((one) => one.layer === layer && one.part === part);
    return found && figure.of((quantity) => found.told.get(quantity));
  };
  const restOf = ({ readings }: ToldRow): Told | undefined => {
    const others = readings.filter(({ layer, part }) => part === "" && !weighted.has(layer))
      .flatMap(({ told }) => figure.of((quantity) => told.get(quantity)) ?? []);
    const value = others.reduce((sum, { value }) => sum + value.value, 0);
    return others.length > 0 ? { source, value: { value, rounds: 1 } } : undefined;
  };
  const layers = [...weighted].flatMap((layer) => {
    const factors = told.flatMap(({ readings }) =>
      readings.filter((one) => one.layer === layer && one.part !== "")
    );
    const titles = new Map(
      factors.map(({ part, fullyConnected }) => [part, factorTitle(part, fullyConnected)]),
    );
    return [
      line("layer", layer, (row) => partOf(row, layer, "")),
      ...[...titles].toSorted(([a], [b]) => compareFactors(a, b))
        .map(([part, title]) => line("factor", title, (row) => partOf(row, layer, part))),
    ];
  });
  const rest = line("rest", REST, restOf);
  return {
    device,
    figure,
    source,
    columns: rows.map(labelOnDevice),
    lines: [
      ...layers,
      ...(rest.cells.some((cell) => cell) ? [rest] : []),
      line("whole", "whole call", ({ row }) => figureOf(row, figure)),
    ],
  };
}
