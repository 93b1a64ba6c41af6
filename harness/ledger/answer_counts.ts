/**
 * Answers to questions about what emulated phones count.
 *
 * @module
 */

import { matchesPattern } from "../../graph/patterns.ts";
import type { Count, Counted } from "../../suites/claims/question.ts";
import type { CaseResult } from "../result.ts";
import { commandText, counting, rateOf } from "./commands.ts";
import type { Answer } from "./finding.ts";
import type { Results } from "./results.ts";

/** A count with where it comes from. */
interface Total {
  readonly value: number;
  readonly isModelled: boolean;
}

/** The ratio of two counts of one run on an emulated device; the newest run that has both. */
export function answerCount(question: Count, { runs }: Results): Answer {
  const { suite, device, of, against } = question;
  const wanted = rateOf(question);
  for (const { run: { manifest, cases }, folder } of runs) {
    const { settings: { rate, model } } = manifest;
    if (manifest.suite !== suite || rate !== wanted || model !== undefined) continue;
    const [left, right] = [of, against].map((one) => countOf(one, cases, device));
    const value = left.value / right.value;
    if (!Number.isFinite(value)) continue;
    return {
      findings: [{
        what: `${suite} on emulated ${device}: ${of.what} ÷ ${against.what}`,
        unit: "×",
        source: left.isModelled || right.isModelled ? "modelled" : "emulated",
        record: folder,
        value,
      }],
      command: manifest.command,
    };
  }
  return {
    findings: [],
    missing: `no finished run of ${suite} at ${wanted}x has these counts of ${device}`,
    command: commandText(counting([question])),
  };
}

/** NaN where a row or a number is missing. */
function countOf(
  { method, scheme, quantity, per, operators = [] }: Counted,
  cases: readonly CaseResult[],
  device: string,
): Total {
  const row = cases.find(({ spec, role, status }) =>
    status === "ok" && role !== "A/A" && spec.device === device && spec.method === method &&
    spec.scheme === scheme
  );
  if (!row) return { value: NaN, isModelled: false };
  const patterns = operators.map(matchesPattern);
  const isMeant = (name: string | undefined) =>
    patterns.length === 0
      ? name === undefined
      : name !== undefined && patterns.some((matches) => matches(name));
  const read = (row.readings ?? []).filter(({ quantity: name, operator }) =>
    [quantity, per].includes(name) && isMeant(operator)
  );
  const total = (name: string) => {
    if (name === "macs") {
      return row.layers.filter(({ operator }) => patterns.length === 0 || isMeant(operator))
        .reduce((sum, { macs }) => sum + macs, 0);
    }
    const some = read.filter(({ quantity }) => quantity === name);
    return some.length === 0
      ? NaN
      : some.reduce((sum, { value }) => sum + (value?.value ?? NaN), 0);
  };
  return {
    value: total(quantity) / (per === undefined ? 1 : total(per)),
    isModelled: read.some(({ source }) => source === "modelled"),
  };
}
