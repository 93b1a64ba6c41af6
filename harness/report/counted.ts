/**
 * What a run found whose devices count and have no times.
 *
 * @module
 */

import { findIn, type Told } from "../layer_readings.ts";
import { machineOf } from "../measure/fastest_peer.ts";
import type { CaseResult, RunResult } from "../result.ts";
import { DRAM, ENERGY, type Figure, ratioTo } from "./figures.ts";
import { formatRatio } from "./format.ts";
import { labelOnDevice } from "./devices.ts";
import { isCounted, shownRows } from "./reading.ts";

/** What a row was told of the whole call. */
export function wholeCall({ readings = [] }: CaseResult) {
  return readings.filter(({ operator }) => operator === undefined);
}

/** A figure of the whole call. */
export function figureOf(row: CaseResult, figure: Figure): Told | undefined {
  return figure.of(findIn(wholeCall(row)));
}

/** The dense model on the same machine and as many threads. */
export function denseBeside(
  row: CaseResult,
  rows: readonly CaseResult[],
  role: "baseline" | "direct" = "baseline",
): CaseResult | undefined {
  return rows.find((other) =>
    other.role === role && other.spec.model === row.spec.model &&
    other.spec.threads === row.spec.threads && machineOf(other) === machineOf(row)
  );
}

/** The finding of such a run, device by device; undefined for a run of another kind. */
export function countedFinding(run: RunResult): string | undefined {
  if (!isCounted(run)) return undefined;
  const rows = shownRows(run);
  const findings = [...Map.groupBy(rows, machineOf)].flatMap(([device, own]) =>
    findingOn(device, own) ?? []
  );
  return [...findings, "Nothing was timed: none of this is a latency."].join(" ");
}

/** The least energy by the model, or else the fewest bytes, of the compressed models of a device. */
function findingOn(device: string, rows: readonly CaseResult[]): string | undefined {
  const told = rows.filter(({ status }) => status === "ok");
  for (const [figure, name] of [[ENERGY, "energy"], [DRAM, "traffic with memory"]] as const) {
    const found = told.filter(({ role }) => role === "subject").flatMap((row) => {
      const own = figureOf(row, figure), dense = denseBeside(row, told);
      const ratio = ratioTo(own, dense && figureOf(dense, figure));
      return own && dense && ratio !== undefined ? [{ row, own, dense, ratio }] : [];
    });
    if (found.length === 0) continue;
    const { row, own, dense, ratio } = found.reduce((a, b) => b.ratio < a.ratio ? b : a);
    const bytes = figure === ENERGY ? bytesBeside(row, dense) : "";
    const rate = row.rate === undefined ? "" : `, at ${formatRatio(row.rate)} fewer MACs`;
    const least = found.length > 1
      ? `takes the least ${name} of ${found.length} compressed models, `
      : "takes ";
    return `On ${device}, ${labelOnDevice(row)} ${least}${
      formatRatio(ratio)
    } the ${name} of dense ` +
      `(${own.source})${bytes}${rate}.`;
  }
  return denseOn(device, told);
}

function bytesBeside(row: CaseResult, dense: CaseResult): string {
  const own = figureOf(row, DRAM);
  const ratio = ratioTo(own, figureOf(dense, DRAM));
  return own && ratio !== undefined
    ? `, and ${formatRatio(ratio)} its bytes from and to memory (${own.source})`
    : "";
}

/** Where nothing compressed was counted: what the model as it is takes. */
function denseOn(device: string, rows: readonly CaseResult[]): string | undefined {
  const dense = rows.find(({ role }) => role === "baseline");
  const facts = [ENERGY, DRAM].flatMap((figure) => {
    const told = dense && figureOf(dense, figure);
    const { unit, format } = figure.shown;
    return told
      ? [`${format(told.value.value)} ${unit} of ${figure.description}, ${told.source}`]
      : [];
  });
  return facts.length > 0 ? `On ${device}, a call of dense takes ${facts.join("; ")}.` : undefined;
}
