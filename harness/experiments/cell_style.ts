/**
 * How cells are drawn, the same in all charts of their part.
 *
 * @module
 */

import type { Mark } from "../report/chart_marks.ts";
import type { ChartConfig } from "../report/chart_spec.ts";
import { PALETTE } from "../report/chart_style.ts";
import { DENSE } from "./records.ts";
import type { PartSummary } from "./summary.ts";

/** One series of a chart. */
export type Dataset = ChartConfig["data"]["datasets"][number];

/** Colour of what all cells are held against. */
const DENSE_COLOUR = "#5f6772";

/** How a cell is drawn in all charts of its part. */
export interface CellStyle {
  /** Of lines and dots. */
  readonly borderColor: string;
  /** Of the inside of dots. */
  readonly backgroundColor: string;
  /** Of lines: what has the same colour differs in it. */
  readonly borderDash: number[];
  /** Of dots. */
  readonly pointStyle: "circle" | "rect" | "triangle" | "rectRot";
}

const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3]];
const POINTS = ["circle", "rect", "triangle", "rectRot"] as const;

/** Styles by cell: six colours, then the same with other dashes and dots; the dense network is grey. */
export function cellStyles({ cells }: PartSummary): ReadonlyMap<string, CellStyle> {
  const compressed = cells.filter(({ cell }) => cell !== DENSE);
  const styles = new Map(compressed.map(({ cell }, i) => {
    const colour = PALETTE[i % PALETTE.length];
    const turn = Math.floor(i / PALETTE.length) % DASHES.length;
    return [cell, {
      borderColor: colour,
      backgroundColor: colour,
      borderDash: DASHES[turn],
      pointStyle: POINTS[turn],
    }];
  }));
  const dense: CellStyle = {
    borderColor: DENSE_COLOUR,
    backgroundColor: DENSE_COLOUR,
    borderDash: [5, 4],
    pointStyle: "circle",
  };
  return styles.set(DENSE, dense);
}

/** A legend below the plot that tells dashes and dots apart. */
export const LEGEND: NonNullable<NonNullable<ChartConfig["options"]>["plugins"]>["legend"] = {
  position: "bottom",
  align: "start",
  labels: { usePointStyle: true, boxHeight: 7, padding: 12 },
};

/** Height that a legend of so many entries takes, in CSS pixels. */
export function legendHeight(entries: number): number {
  return 30 + 26 * Math.ceil(entries / 3);
}

/** The dense network as a dashed line through these points. */
export function denseLine(data: Mark[]): Dataset {
  return {
    label: "dense (dashed)",
    data,
    showLine: true,
    pointRadius: 0,
    pointHitRadius: 0,
    pointStyle: "line",
    borderWidth: 1.25,
    borderDash: [5, 4],
    borderColor: DENSE_COLOUR,
  };
}
