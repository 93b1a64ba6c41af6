/**
 * How the norms of groups are spread before and after they learnt under a penalty.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { groupShares, type PenalisedGroups } from "../../training/penalties/grouped.ts";
import type { Trace } from "../trace.ts";
import { normsIn } from "./relative.ts";

/** Bins for one power of ten, and powers of ten that are shown. */
const FINENESS = 5, DECADES = 5;

/**
 * A histogram over the logarithms of size-normalised L2 norms, so that one sees the gap open between
 * groups that go and groups that stay. The first bin has all smaller ones, zeros too.
 */
export function normHistogram(
  before: Model,
  after: Model,
  grouped: readonly PenalisedGroups[],
): Trace {
  const [old, now] = [before, after].map(({ weights }) =>
    grouped.map((groups) => {
      const sizes = groupShares(groups);
      return normsIn(weights, groups).map((norm, g) => norm / Math.sqrt(sizes[g]));
    })
  );
  const largest = [...old, ...now].flatMap((norms) => norms.reduce((a, b) => Math.max(a, b), 0))
    .reduce((a, b) => Math.max(a, b), Number.MIN_VALUE);
  const end = Math.floor(Math.log10(largest) * FINENESS) + 1;
  const bins = FINENESS * DECADES;
  const count = (layers: readonly Float64Array[]) => {
    const counts = new Float64Array(bins);
    for (const norm of layers.flatMap((norms) => [...norms])) {
      const bin = Math.floor(Math.log10(norm) * FINENESS) - end + bins;
      counts[Math.min(bins - 1, Math.max(0, bin))]++;
    }
    const all = counts.reduce((a, b) => a + b, 0);
    return counts.map((n) => 100 * n / all);
  };
  const [first, second] = [count(old), count(now)];
  return {
    id: "groups",
    title: "Norms of groups before and after learning under the penalty, divided by the root of " +
      "their size",
    columns: ["log10 of norm", "before (% of groups)", "after (% of groups)"],
    rows: Array.from({ length: bins }, (_, bin) => [
      Number(((end - bins + bin + 0.5) / FINENESS).toFixed(2)),
      Number(first[bin].toFixed(3)),
      Number(second[bin].toFixed(3)),
    ]),
    chart: { x: "log10 of norm", y: ["before (% of groups)", "after (% of groups)"] },
  };
}
