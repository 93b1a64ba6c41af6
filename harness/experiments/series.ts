/**
 * Cells of one method with the same options, whatever their rate.
 *
 * @module
 */

import { canonicalJson } from "../case.ts";
import type { CellSummary } from "./summary.ts";

/** One method with the same options, at one or several rates. */
export interface Series {
  /** What people read: what the labels of its cells have in common, the rate apart. */
  readonly label: string;
  /** Compressor id. */
  readonly method: string;
  /** What the compressor is given. */
  readonly options: CellSummary["records"][number]["spec"]["options"];
  /** Its cells, as they come. */
  readonly cells: readonly CellSummary[];
}

/** Puts the cells of a part into series. */
export function seriesOf(cells: readonly CellSummary[]): Series[] {
  const groups = Map.groupBy(
    cells,
    ({ records: [{ spec }] }) => canonicalJson({ method: spec.method, options: spec.options }),
  );
  return [...groups.values()].map((cells) => {
    const { method, options } = cells[0].records[0].spec;
    return { label: commonLabel(cells), method, options, cells };
  });
}

/** `"KGS, 2.6x"` and `"KGS, 3.5x"` are `"KGS"`. */
function commonLabel(cells: readonly CellSummary[]): string {
  if (cells.length === 1) return cells[0].label;
  const without = new Set(cells.map(withoutRate));
  return without.size === 1 ? [...without][0] : commonStart(cells.map(({ label }) => label));
}

function withoutRate({ label, records: [{ spec }] }: CellSummary): string {
  const [rate] = Object.values(spec.target);
  return label.replace(new RegExp(`,? ${RegExp.escape(`${rate}x`)}( weights| MACs)?(?!\\w)`), "");
}

/** What labels begin with, without a torn-off last word. */
function commonStart(labels: readonly string[]): string {
  const [first, ...others] = labels.map((label) => label.split(" "));
  const differs = first.findIndex((word, i) => others.some((words) => words[i] !== word));
  const start = differs < 0 ? labels[0] : first.slice(0, differs).join(" ");
  return start.replace(/\W+$/, "") || labels[0];
}
