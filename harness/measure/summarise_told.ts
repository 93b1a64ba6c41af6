/**
 * What devices told of a case, summed up over rounds.
 *
 * @module
 */

import { NOTHING_TOLD, type ReadingRow, type Told, tracesOf } from "../records/told.ts";
import type { CaseResult, ReadingResult } from "../result.ts";
import { estimateMedian } from "./statistics.ts";

/** Cases with what their devices told of them, from the same rows in memory and from records. */
export function withTold(
  cases: readonly CaseResult[],
  { readings, power, conditions }: Told = NOTHING_TOLD,
): readonly CaseResult[] {
  const readingsOf = Map.groupBy(readings, (row) => row.case);
  const powerOf = Map.groupBy(power, (row) => row.case);
  const throttledOf = Map.groupBy(
    conditions.filter(({ what }) => what === "throttled"),
    (row) => row.case,
  );
  return cases.map((row) => {
    const traces = powerOf.get(row.id), read = readingsOf.get(row.id);
    const throttled = throttledOf.get(row.id);
    return {
      ...row,
      ...(read && { readings: summariseReadings(read) }),
      ...(traces && { power: tracesOf(traces) }),
      ...(throttled && {
        throttled: throttled.map(({ round = 0, reason = "" }) => `round ${round + 1}: ${reason}`),
      }),
    };
  });
}

/**
 * Readings of one case: of those that several rounds took, the median. Operators that share a name, as
 * the paddings of a layer may, are one, and what they have adds up.
 */
export function summariseReadings(rows: readonly ReadingRow[]): readonly ReadingResult[] {
  const same = ({ operator = "", quantity, source }: ReadingRow) =>
    JSON.stringify([operator, quantity, source]);
  return [...Map.groupBy(rows, same).values()].map((group): ReadingResult => {
    const values = [...Map.groupBy(group, ({ round }) => round).values()].flatMap((rows) => {
      const known = rows.flatMap(({ value }) => value ?? []);
      return known.length > 1 && rows[0].operator !== undefined
        ? known.reduce((sum, value) => sum + value)
        : known;
    });
    const { operator, quantity, source, unavailable, origin } = group.find(({ value }) =>
      value !== undefined
    ) ?? group[0];
    return {
      quantity,
      source,
      ...(operator !== undefined && { operator }),
      ...(values.length > 0 && { value: estimateMedian(values) }),
      ...(unavailable !== undefined && { unavailable }),
      ...(origin !== undefined && { origin }),
    };
  });
}
