/**
 * Answers to questions about what emulated phones count.
 *
 * @module
 */

import { matchesPattern } from "../../graph/patterns.ts";
import type { Count, Counted } from "../../suites/claims/question.ts";
import { findSuite } from "../../suites/registry.ts";
import type { CaseResult } from "../result.ts";
import type { Answer } from "./finding.ts";
import type { Results } from "./results.ts";

/** The ratio of two counts of one run on an emulated device; the newest run that has both. */
export function answerCount(question: Count, { runs }: Results): Answer {
  const { suite, device, rate, of, against } = question;
  const command = `deno task bench ${suite} --devices ${device} --threads 1 --quick` +
    (rate === undefined ? "" : ` --rate ${rate}`);
  const wanted = rate ?? findSuite(suite).rate;
  for (const { run, folder } of runs) {
    const { manifest, cases } = run;
    if (manifest.suite !== suite || manifest.settings.rate !== wanted) continue;
    const [left, right] = [of, against].map((one) => countOf(one, cases, device));
    const value = left / right;
    if (!Number.isFinite(value)) continue;
    const isModelled = [of, against].some(({ quantity, per }) =>
      [quantity, per].some((name) => ["energy", "time", "cycles"].includes(name ?? ""))
    );
    const what = `${suite} on emulated ${device}: ${of.what} ÷ ${against.what}`;
    const source = isModelled ? "modelled" : "emulated";
    return {
      findings: [{ what, unit: "×", source, record: folder, value }],
      command: manifest.command,
    };
  }
  const missing = `no finished run of ${suite} at ${wanted}x has counts of ${device}`;
  return { findings: [], missing, command };
}

/** NaN where a row or a number is missing. */
function countOf(
  { method, scheme, quantity, per, operators = [] }: Counted,
  cases: readonly CaseResult[],
  device: string,
): number {
  const row = cases.find(({ spec, role, status }) =>
    status === "ok" && role !== "A/A" && spec.device === device && spec.method === method &&
    spec.scheme === scheme
  );
  if (!row) return NaN;
  const patterns = operators.map(matchesPattern);
  const isMeant = (name: string) => patterns.some((matches) => matches(name));
  const total = (name: string) => {
    if (name === "macs") {
      return row.layers.filter(({ operator }) => patterns.length === 0 || isMeant(operator))
        .reduce((sum, { macs }) => sum + macs, 0);
    }
    const readings = (row.readings ?? []).filter((reading) =>
      reading.quantity === name &&
      (patterns.length === 0
        ? reading.operator === undefined
        : reading.operator !== undefined && isMeant(reading.operator))
    );
    return readings.length === 0
      ? NaN
      : readings.reduce((sum, { value }) => sum + (value?.value ?? NaN), 0);
  };
  return total(quantity) / (per === undefined ? 1 : total(per));
}
